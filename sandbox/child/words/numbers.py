"""A model's predictions as numbers of what its target counts; refused where they are something else: classes, places in
a ranking, hazards, logarithms. Runs in the child, where a model file is opened.
"""

import numbers
from decimal import Decimal
from typing import Any

import numpy as np

from sandbox.child import answers, evidence
from sandbox.child.align import Refused
from sandbox.child.libraries.native import Native
from sandbox.child.words import objectives
from sandbox.child.words.classes import library_of

EXPECTED = "expected a regressor, which predicts the numbers of the target"
KINDS = {"b": "truth values", "U": "text", "S": "text", "M": "times", "m": "spans of time", "c": "complex numbers"}
"""Of arrays in NumPy."""


def predicted(model: Any, features: Any) -> np.ndarray:
    """One number for each row, or several."""
    if (other := _instead(model)) is not None:
        raise Refused(f"{other}, {EXPECTED}")
    return as_numbers(answers.given(model, features), "its predictions")


def as_numbers(found: Any, what: str) -> np.ndarray:
    """Numbers of any type, those among objects too (decimals, say). what: they are, for the sentence."""
    if np.ma.is_masked(found):
        raise Refused(f"{what} have gaps (masked values), expected a number for each row")
    values = np.asarray(found)
    if values.dtype.kind in "fiu":
        return values
    if values.dtype.kind != "O":
        came = KINDS.get(values.dtype.kind, str(values.dtype))
        example = f", {str(values.flat[0])[:40]!r} for one" if values.size else ""
        raise Refused(f"{what} are {came}{example}, expected numbers")
    for value in values.flat:
        if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real | Decimal):
            raise Refused(f"{what} hold {repr(value)[:40]}, a {type(value).__name__}, expected numbers")
    return values.astype(float)


def _instead(model: Any) -> str | None:
    """What the model is, where its ``predict`` gives no number of the target; None where it does, or nothing tells."""
    last = answers.innermost(model)
    if isinstance(last, Native):
        return last.instead_of_numbers()
    if (of_library := _of_library(last)) is not None:
        return of_library
    name, kind = type(last).__name__, answers.estimator_type(model)
    if kind not in (None, "regressor"):
        return f"got the {kind.replace('_', ' ')} {name}"
    if kind is None and getattr(model, "classes_", None) is not None:
        return f"got a {name}, which tells classes apart"
    return None


def _of_library(last: Any) -> str | None:
    """Of the estimators and boosters whose objective says what they predict."""
    library = library_of(last)
    if evidence.is_booster(last) or hasattr(last, "get_booster"):
        booster = last if evidence.is_booster(last) else last.get_booster()
        return objectives.of_xgboost(objectives.xgboost_objective(booster))
    if library == "lightgbm":
        return objectives.of_lightgbm(objectives.lightgbm_objective(getattr(last, "booster_", last)))
    if library == "catboost":
        raw = type(last).__name__ == "CatBoost"
        return objectives.of_catboost(objectives.catboost_loss(last), classifies=len(last.classes_) > 0, raw=raw)
    return None
