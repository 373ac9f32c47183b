"""What a model answers, as the probability of the class that is wanted; refused where it has none to give. Runs in the
child, where a model file is opened.
"""

from typing import Any

import numpy as np
import pandas as pd

from sandbox import labels
from sandbox.child.align import Refused
from sandbox.child.evidence import is_booster
from sandbox.child.libraries.native import Native
from sandbox.child.words import claims
from sandbox.child.words.claims import Claim
from sandbox.child.words.classes import library_of
from sandbox.child.words.objectives import xgboost_objective as _objective
from sandbox.labels import Labels

NUMBER_OF_1 = {"binary:logistic", "reg:logistic"}
"""Objectives of XGBoost whose predictions are the probability of 1."""

MARGIN = "binary:logitraw"
"""Gives the margin before the sigmoid: the loss is that of binary:logistic, whose predictions are the sigmoid of the
same margin, so that the sigmoid is the probability that the model was trained for."""

CLASSES = "multi:softprob"
SCORED = (*sorted(NUMBER_OF_1), MARGIN, CLASSES)
"""Objectives of a booster that is scored."""

TOLERANCE = float(np.sqrt(np.finfo("float32").eps))
"""By so much may the probabilities of a row miss 1, as in scikit-learn for numbers of 32 bits."""


def predictions(model: Any, features: Any) -> np.ndarray:
    """What the model's own ``predict`` gives."""
    return np.asarray(given(model, features))


def given(model: Any, features: Any) -> Any:
    """The same, of whatever type."""
    return model.predict(matrix(model, features) if is_booster(model) else features)


def probability(model: Any, features: Any, labels_of_target: Labels | None) -> np.ndarray:
    """One for each row. wanted: as in `labels.column_of`."""
    if is_booster(model) or not hasattr(model, "predict_proba"):
        table = probabilities(model, features)  # XGBoost trains on 0 and 1
        return _column(table, labels.column_of(range(table.shape[1]), labels_of_target))
    said = classes_said(model.classes_for(features) if isinstance(model, Native) else getattr(model, "classes_", None))
    if said.fault:
        raise Refused(said.fault)
    classes = said.value
    column = 1 if classes is None else labels.column_of(classes, labels_of_target)
    table = probabilities(model, features)
    if table.ndim != 2 or table.shape[1] != 2:
        raise Refused(f"got probabilities of shape {table.shape}, expected two classes")
    if classes is None and labels_of_target is not None:
        raise Refused(f"it has no classes_ that say which of its two columns means {labels_of_target.positive!r}")
    # Without classes_, the columns are taken for those of 0 and 1, as the target's labels are.
    return _column(table, column)


def _column(table: np.ndarray, number: int) -> np.ndarray:
    chosen: np.ndarray = table[:, number]
    return chosen


def probabilities(model: Any, features: Any) -> np.ndarray:
    """One for each row and class, of shape (rows, classes)."""
    table = np.asarray(_table(model, features))
    if table.ndim == 2:
        _check_sums(table.astype(float))
    return table


def _check_sums(table: np.ndarray) -> None:
    """Raises Refused where the probabilities of a row are none of classes of which one is right. What is no probability
    by itself is told elsewhere."""
    sums = table.sum(axis=1)
    odd = np.flatnonzero((np.abs(sums - 1) > TOLERANCE) & ((table >= 0) & (table <= 1)).all(axis=1))
    if len(odd):
        raise Refused(
            f"the probabilities of {len(odd):,} of {len(table):,} rows do not add up to 1, those of row {odd[0] + 1:,} "
            f"to {sums[odd[0]]:.4g}; expected one probability for each of the classes that exclude each other"
        )


def _table(model: Any, features: Any) -> Any:
    if is_booster(model):
        return _of_booster(model, matrix(model, features))
    last = innermost(model)
    if hasattr(model, "predict_proba"):
        return _of_classifier(model, last, features)
    if _is_xgboost(last) and _objective(last.get_booster()) in NUMBER_OF_1:
        return _two(np.asarray(model.predict(features)))
    raise Refused(_without_probabilities(last))


def classes_of(model: Any) -> list[Any] | None:
    """That the model tells apart, in its order; None where it does not say."""
    return classes_of_one(model).value


def classes_of_one(model: Any) -> Claim[list[Any]]:
    """Of a model that predicts one target; of another, nothing is said."""
    if is_booster(model):
        return Claim()
    try:
        return classes_said(getattr(model, "classes_", None))
    except Refused:
        return Claim()


def name_of(model: Any) -> str:
    """What a model is, in a word: XGBoost, or the class of what a pipeline ends in."""
    last = innermost(model)
    if isinstance(last, Native):
        return last.kind
    return "XGBoost" if library_of(last) == "xgboost" else type(last).__name__


def innermost(model: Any) -> Any:
    """What a pipeline ends in, and a search has found."""
    while True:
        inner = model.steps[-1][1] if hasattr(model, "steps") else getattr(model, "best_estimator_", None)
        if inner is None:
            return model
        model = inner


def _is_xgboost(model: Any) -> bool:
    return hasattr(model, "get_booster")


def _of_classifier(model: Any, last: Any, features: Any) -> np.ndarray:
    objective = _objective(last.get_booster()) if _is_xgboost(last) else None
    if objective == "binary:hinge":
        raise Refused(f"its objective {objective} gives classes, no probabilities")
    table = np.asarray(model.predict_proba(features))
    if objective == MARGIN and table.ndim == 2:
        return _two(_sigmoid(table[:, 1]))
    return table


def classes_said(classes: Any) -> Claim[list[Any]]:
    if isinstance(classes, list) and any(isinstance(part, np.ndarray) for part in classes):
        raise Refused(f"it predicts {len(classes)} targets at once, expected one")
    return claims.classes(classes)


def _of_booster(booster: Any, rows: Any) -> np.ndarray:
    objective = _objective(booster)
    found = np.asarray(booster.predict(rows))
    if objective == MARGIN:
        return _two(_sigmoid(found))
    if objective in NUMBER_OF_1:
        return _two(found)
    if objective == CLASSES:
        return found
    raise Refused(f"its objective {objective} gives no probabilities, expected one of {', '.join(SCORED)}")


def matrix(booster: Any, features: Any) -> Any:
    import xgboost

    types, frame = booster.feature_types, isinstance(features, pd.DataFrame)
    if frame and booster.feature_names is None:
        features, frame = features.to_numpy(), False
    codes = bool(types) and "c" in types and not (frame and "category" in map(str, features.dtypes))
    # Categories of which it knows the codes only came to it as such.
    return xgboost.DMatrix(features, feature_types=types if codes else None, enable_categorical=True)


def _two(ones: np.ndarray) -> np.ndarray:
    """From the probability of 1, those of 0 and 1."""
    return np.column_stack([1 - ones, ones])


def _sigmoid(margin: np.ndarray) -> np.ndarray:
    probability: np.ndarray = 1 / (1 + np.exp(-np.asarray(margin, dtype=float)))
    return probability


def estimator_type(model: Any) -> str | None:
    """What kind of estimator it says it is, as scikit-learn has it since 1.6, and before."""
    tags = model.__sklearn_tags__() if hasattr(model, "__sklearn_tags__") else None
    found = getattr(tags, "estimator_type", getattr(model, "_estimator_type", None))
    return found if isinstance(found, str) else None


def _without_probabilities(model: Any) -> str:
    name = type(model).__name__
    if _is_xgboost(model):
        return f"a {name} with the objective {_objective(model.get_booster())} gives numbers, no probabilities"
    if hasattr(model, "decision_function") and hasattr(model, "classes_"):
        return f"a {name} gives no probabilities (it has no predict_proba); in a CalibratedClassifierCV it would"
    if estimator_type(model) == "regressor" or name.endswith("Regressor"):
        return f"got a {name}, which predicts numbers and no probabilities, expected a classifier"
    return f"got a {name}, expected a classifier with predict_proba"
