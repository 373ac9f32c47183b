"""What a model says of the columns that it was trained on: which ones, in which order, and of which type.

A fitted object that knows the names of its columns is believed first, then the signature of its ``MLmodel``, then the
input example beside it; the categories that an encoder learned say more of a column's type than a signature does. Runs
in the child, where a model file is opened.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sandbox.child.libraries.native import Native
from sandbox.child.words import claims
from sandbox.child.words.claims import Claim
from sandbox.child.words.classes import library_of
from sandbox.files.mlmodel import MlmodelError

NUMBERS, WHOLE, TEXT, TRUTH, TIME = "numbers", "whole numbers", "text", "truth values", "times"
SIGNED = {
    "integer": WHOLE, "long": WHOLE, "float": NUMBERS, "double": NUMBERS,
    "string": TEXT, "boolean": TRUTH, "datetime": TIME,
}  # fmt: skip
"""Types of a column in a signature -> what is wanted."""


@dataclass(frozen=True)
class ColumnType:
    """kind: of the values; None where they mix. known: the categories of an encoder. category: pandas' own type of
    categories is wanted, as XGBoost does."""

    kind: str | None
    known: tuple[Any, ...] = ()
    category: bool = False


@dataclass(frozen=True)
class Described:
    """What stands beside a model's file. columns: None where nothing names them."""

    columns: tuple[str, ...] | None
    expected: dict[str, ColumnType]


NO_DATA = Described(None, {})


def described(folder: Path, mlmodel: dict[str, Any]) -> Described:
    """By the signature, else by the input example. Raises MlmodelError."""
    return _signature(mlmodel) or _example(folder, mlmodel) or NO_DATA


def _signature(mlmodel: dict[str, Any]) -> Described | None:
    inputs = mlmodel.get("signature", {}).get("inputs", [])
    if not inputs or any("name" not in column or column["type"] == "tensor" for column in inputs):
        return None
    expected = {column["name"]: ColumnType(SIGNED.get(column["type"])) for column in inputs}
    return Described(tuple(expected), expected)


def _example(folder: Path, mlmodel: dict[str, Any]) -> Described | None:
    info = mlmodel.get("saved_input_example_info", {})
    if info.get("type") != "dataframe" or info.get("pandas_orient") != "split":
        return None
    try:
        example = json.loads((folder / info["artifact_path"]).read_text("utf-8"))
        names, values = tuple(map(str, example.get("columns") or ())), zip(*example["data"], strict=True)
        known = {name: _of(column) for name, column in zip(names, values, strict=True)}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise MlmodelError(f"its input example cannot be read as MLflow writes it ({type(error).__name__})") from error
    return Described(names, known) if names else None


def names_of(fitted: Any) -> tuple[str, ...] | None:
    """The columns that a fitted object knows by name, in its order; None where it knows none."""
    return names_said(fitted).value


def names_said(fitted: Any) -> Claim[tuple[str, ...]]:
    attribute = "feature_names" if is_booster(fitted) else "feature_names_in_"
    said = claims.names(getattr(fitted, attribute, None), attribute)
    return Claim() if said.value is not None and _are_made_up(fitted, said.value) else said


def is_lightgbm(fitted: Any) -> bool:
    """Whether it is LightGBM's own model, of its scikit-learn interface or stored in its own format."""
    return library_of(fitted) == "lightgbm" or getattr(fitted, "kind", None) == "LightGBM"


def _are_made_up(fitted: Any, names: Sequence[Any]) -> bool:
    """LightGBM names the columns of an array itself, and hands those names out like any other."""
    library = library_of(fitted)
    return (library == "lightgbm" or isinstance(fitted, Native)) and all(
        str(name) in (f"Column_{place}", str(place)) for place, name in enumerate(names)
    )


def count_of(fitted: Any) -> int | None:
    """How many columns it was trained on; None where it does not know."""
    return count_said(fitted).value


def count_said(fitted: Any) -> Claim[int]:
    return claims.count(fitted.num_features() if is_booster(fitted) else getattr(fitted, "n_features_in_", None))


def wanted_by(fitted: Any, columns: Sequence[str]) -> dict[str, ColumnType]:
    """What the encoders within a fitted object, and XGBoost, know of the columns that it takes."""
    return dict(_walk(fitted, list(columns)))


def _walk(fitted: Any, columns: list[str]) -> Iterator[tuple[str, ColumnType]]:
    if (learned := getattr(fitted, "categories_", None)) is not None and len(learned) == len(columns):
        yield from ((name, _of(values)) for name, values in zip(columns, learned, strict=True))
    elif hasattr(fitted, "transformers_"):
        for _, part, chosen in fitted.transformers_:
            yield from _walk(part, picked(columns, chosen))
    elif hasattr(fitted, "steps"):
        yield from _through(fitted.steps, columns)
    elif isinstance(fitted, Native):
        yield from fitted.column_kinds(columns).items()
    elif (lightgbm := getattr(fitted, "booster_", None)) is not None:
        yield from lightgbm_kinds(lightgbm, columns).items()
    elif (booster := _booster(fitted)) is not None:
        yield from _xgboost(booster, columns)
    else:
        for part in _parts(fitted):
            yield from _walk(part, columns)


def _through(steps: Sequence[tuple[str, Any]], columns: list[str]) -> Iterator[tuple[str, ColumnType]]:
    """As far as the columns stay the same ones, as behind an imputer."""
    for _, step in steps:
        yield from _walk(step, columns)
        names = getattr(step, "get_feature_names_out", None)
        if step not in ("passthrough", None) and (names is None or not _same_columns(step, names, columns)):
            return


def _same_columns(step: Any, names: Any, columns: list[str]) -> bool:
    try:
        return list(names(columns)) == columns
    except (ValueError, AttributeError):  # it was fitted on columns that have other names, or none
        return getattr(step, "n_features_in_", None) == len(columns) == len(names())


def picked(columns: list[str], chosen: Any) -> list[str]:
    """Columns as a ColumnTransformer writes them: names, places, a slice or a mask."""
    if isinstance(chosen, str) or np.isscalar(chosen):
        chosen = [chosen]
    if not isinstance(chosen, slice) and len(chosen) and isinstance(chosen[0], str):
        return list(chosen)
    return list(np.asarray(columns, dtype=object)[chosen if isinstance(chosen, slice) else np.asarray(chosen)])


WRAPPED = ("best_estimator_", "estimator_", "estimator", "_preprocessor")
WRAPPED_LISTS = ("calibrated_classifiers_", "estimators_")


def _parts(fitted: Any) -> Iterator[Any]:
    """Of an object that hands its columns on: one model of each kind that it holds."""
    yield from (part for name in WRAPPED if (part := getattr(fitted, name, None)) is not None)
    for name in WRAPPED_LISTS:
        parts = getattr(fitted, name, None)
        yield from parts if isinstance(parts, list) else ()
    yield from (part for _, part in getattr(fitted, "transformer_list", ()))


def is_booster(fitted: Any) -> bool:
    return type(fitted).__name__ == "Booster" and library_of(fitted) == "xgboost"


def _booster(fitted: Any) -> Any:
    if is_booster(fitted):
        return fitted
    return fitted.get_booster() if hasattr(fitted, "get_booster") else None


def _xgboost(booster: Any, columns: list[str]) -> Iterator[tuple[str, ColumnType]]:
    """Only of the columns of categories does it know more than that they are numbers."""
    types = booster.feature_types
    if not types or "c" not in types or len(types) != len(columns):
        return
    learned = dict(booster.get_categories(export_to_arrow=True).to_arrow() or ())
    for name, own, kind in zip(columns, booster.feature_names or columns, types, strict=True):
        values = learned.get(own)
        if kind == "c" and values is not None:
            known = _of(values.to_pylist())
            yield name, ColumnType(known.kind, known.known, category=True)


def lightgbm_kinds(booster: Any, columns: list[str]) -> dict[str, ColumnType]:
    """The categories that LightGBM's Booster has of pandas: it keeps them one list after the other, without names."""
    learned = booster.pandas_categorical or []
    infos = booster.dump_model(num_iteration=1)["feature_infos"] if learned else {}
    own = booster.feature_name()
    chosen = [columns[place] for place, name in enumerate(own) if infos.get(name, {}).get("values")]
    if len(own) != len(columns) or len(chosen) != len(learned):
        return {}
    known = map(_of, learned)
    return {name: ColumnType(of.kind, of.known, category=True) for name, of in zip(chosen, known, strict=True)}


def _of(values: Any) -> ColumnType:
    """What categories, or the values of an example, have in common."""
    known = tuple(getattr(value, "item", lambda value=value: value)() for value in values)
    present = [value for value in known if not _is_missing(value)]
    return ColumnType(_kind(present), known)


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value) or value is pd.NA


def _kind(values: Sequence[Any]) -> str | None:
    for kind, types in ((TRUTH, (bool,)), (WHOLE, (int,)), (NUMBERS, (int, float)), (TEXT, (str,))):
        if values and all(isinstance(value, types) and (kind == TRUTH) == isinstance(value, bool) for value in values):
            return kind
    return None
