"""The rows as a model wants them: the columns that it was trained on, in its order, of the types that it was trained
with. What does not fit is refused. Runs in the child, where a model file is opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sandbox.child import evidence
from sandbox.child.evidence import TEXT, TIME, TRUTH, WHOLE, ColumnType, Described

MISSING = "missing"
"""What our own pipeline writes for a category that is not there."""

TRUTHS = {"True": True, "False": False, "true": True, "false": False, "TRUE": True, "FALSE": False}
SHOWN = 8


class Refused(Exception):
    """Something about the model that the user can understand."""


@dataclass(frozen=True)
class Rows:
    """frame: what the parent handed over. prepared, features: name -> column of the frame, of every column as it was
    prepared, and of the experiment's features as our own pipeline types them. in_order: those features are the model's,
    in its order, should it know no names."""

    frame: Any
    prepared: dict[str, str]
    features: dict[str, str]
    in_order: bool = False

    def __len__(self) -> int:
        return len(self.frame)

    def column(self, name: str, expected: ColumnType | None) -> Any:
        raw = self.frame[self.prepared[name]].rename(name)
        ours = self.frame[self.features[name]].rename(name) if name in self.features else raw
        if expected is None or expected.kind is None:
            return raw if _is_plain(raw) else ours
        fitting = _text(raw, ours, expected) if expected.kind == TEXT else _cast(raw, expected.kind)
        return fitting.astype("category") if expected.category else fitting


def aligned(rows: Rows, fitted: Any, beside: Described, separate: bool = False) -> Any:
    """For a fitted object, a frame of the columns that it wants. separate: it is a preprocessor, which is shown
    every column where it doesn't say which ones it wants."""
    places = taken(rows, fitted, beside, separate)
    names = list(places)
    if (count := evidence.count_of(fitted)) not in (None, len(names)):
        raise Refused(f"it was trained on {count} columns, and {len(names)} are named beside it: {_listed(names)}")
    types = {name: beside.expected[column] for name, column in places.items() if column in beside.expected}
    types |= evidence.wanted_by(fitted, names)
    return pd.DataFrame({name: rows.column(places[name], types.get(name)) for name in names})


def taken(rows: Rows, fitted: Any, beside: Described, separate: bool = False) -> dict[str, str]:
    """The columns that it wants by its own names, in its order -> what the rows call them."""
    names = evidence.names_of(fitted) or beside.columns or _unnamed(rows, fitted, separate)
    places = _places(rows, fitted, names, beside)
    if absent := [name for name in names if name not in places]:
        wanted, missing = ("column", "is") if len(absent) == 1 else ("columns", "are")
        there = f"there {'is' if len(rows.prepared) == 1 else 'are'} {_listed(rows.prepared)}"
        raise Refused(f"it wants the {wanted} {_listed(absent)}, which {missing} missing; {there}")
    return {name: places[name] for name in names}


def _places(rows: Rows, fitted: Any, names: Sequence[str], beside: Described) -> dict[str, str]:
    """Under which name the rows have each of the columns; those that they have not are left out. LightGBM writes ``_``
    for a blank in a name: what stands beside the model knows the names, else the one column that may be meant does."""
    if not evidence.is_lightgbm(fitted):
        return {name: name for name in names if name in rows.prepared}
    known = beside.columns or ()
    if [_as_lightgbm(column) for column in known] == list(names):
        return {name: column for name, column in zip(names, known, strict=True) if column in rows.prepared}
    places = {}
    for name in names:
        alike = [column for column in rows.prepared if _as_lightgbm(column) == name]
        if len(alike) > 1:
            raise Refused(f"its column {name!r} may be {_listed(alike)}: LightGBM writes _ for a blank in a name")
        if alike:
            places[name] = alike[0]
    return places


def _as_lightgbm(column: str) -> str:
    return column.replace(" ", "_")


def _unnamed(rows: Rows, fitted: Any, separate: bool) -> Sequence[str]:
    """Of an object that knows no names, and nothing beside it does either."""
    names = list(rows.prepared if separate else rows.features)
    count = evidence.count_of(fitted)
    if count is None:  # somebody's own class, which picks its columns itself
        return names
    if count == len(rows.features) and (rows.in_order or count == 1):
        return list(rows.features)
    raise Refused(
        f"it was trained on {count} columns without names, and no signature or input example beside it says which; "
        f"log it with an input example: there are {_listed(names)}"
    )


def renamed(transformed: Any, preprocessor: Any, model: Any) -> Any:
    """What a preprocessor made, with the names that the model knows its columns by."""
    names = evidence.names_of(model)
    if names is None or not hasattr(transformed, "shape"):
        return transformed
    if isinstance(transformed, pd.DataFrame):
        made = [str(name) for name in transformed.columns]
    else:
        made = [str(name) for name in _made_by(preprocessor)]
    if len(made) == transformed.shape[1] and set(names) <= set(made):
        return _framed(transformed, made)[list(names)]
    if len(names) != transformed.shape[1]:
        raise Refused(f"it wants {len(names)} columns, and its preprocessor makes {transformed.shape[1]}")
    # Where the names are others, the preprocessor's own order is what its author named.
    return _framed(transformed, names)


def _made_by(preprocessor: Any) -> Sequence[str]:
    try:
        return list(preprocessor.get_feature_names_out())
    except (AttributeError, ValueError):  # it doesn't know
        return []


def _framed(transformed: Any, names: Sequence[str]) -> Any:
    if isinstance(transformed, pd.DataFrame):
        return transformed.set_axis(list(names), axis=1)
    dense = transformed.toarray() if hasattr(transformed, "toarray") else transformed
    return pd.DataFrame(dense, columns=list(names))


def _is_plain(values: Any) -> bool:
    """NumPy's own numbers, truth values and times, and text."""
    return isinstance(values.dtype, np.dtype) or pd.api.types.is_string_dtype(values)


def _cast(values: Any, kind: str) -> Any:
    if kind == TRUTH:
        return _truth(values)
    if kind == TIME:
        return _parsed(values, kind, lambda found: pd.to_datetime(found, errors="coerce"))
    numbers = values if _is_number(values) else _parsed(values, kind, _to_numbers)
    numbers = pd.Series(numbers.to_numpy("float64", na_value=np.nan), name=values.name)
    whole = kind == WHOLE and bool((numbers % 1 == 0).all())
    # A fraction, or a gap, among whole numbers is a number that the model never saw, not another type.
    return numbers.astype("int64") if whole else numbers


def _is_number(values: Any) -> bool:
    return pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)


def _to_numbers(values: Any) -> Any:
    return pd.to_numeric(values.map(lambda value: TRUTHS.get(value, value), na_action="ignore"), errors="coerce")


def _parsed(values: Any, kind: str, parse: Any) -> Any:
    found = parse(values)
    if (odd := found.isna() & values.notna()).any():
        raise _unfit(values, kind, values[odd].iloc[0])
    return found


def _truth(values: Any) -> Any:
    if _is_number(values):
        found = values.astype("float64").map({0.0: False, 1.0: True})
    else:
        found = values.map(lambda value: TRUTHS.get(str(value)), na_action="ignore")
    if (odd := found.isna() & values.notna()).any():
        raise _unfit(values, TRUTH, values[odd].iloc[0])
    return found.astype("bool") if found.notna().all() else found.astype("object")


def _text(raw: Any, ours: Any, expected: ColumnType) -> Any:
    """The way of writing a value under which the model knows the most of them. A missing one stays so, unless the
    model knows it as our own pipeline writes it."""
    if not pd.api.types.is_string_dtype(raw) and not _is_number(raw) and raw.dtype != object:
        raise _unfit(raw, TEXT, raw.iloc[0])
    there = raw.notna()
    if not pd.api.types.is_string_dtype(ours):
        ours = raw.astype(object).where(there, MISSING).astype(str).str.removesuffix(".0")
    written = [ours, raw.astype(object).where(there, MISSING).astype(str)]
    if _is_number(raw):
        written.append(raw.astype("float64").astype(object).where(there, MISSING).astype(str))
    known = set(expected.known)
    best = max(written, key=lambda texts: texts[there].isin(known).sum())  # the first where none is better
    return best.astype(object) if MISSING in known else best.astype(object).where(there, np.nan)


def _unfit(values: Any, kind: str, example: Any) -> Refused:
    got = "text" if pd.api.types.is_string_dtype(values) else str(values.dtype)
    return Refused(f"column {values.name!r}: got {got} ({str(example)[:30]!r}), expected {kind}")


def _listed(names: Any) -> str:
    shown = ", ".join(repr(str(name)[:30]) for name in list(names)[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"
