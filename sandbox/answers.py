"""What a model answers, as the probability of the class that is wanted; refused where it has none to give. Runs in the
child, where a model file is opened.
"""

import json
from typing import Any

import numpy as np
import pandas as pd

from sandbox import labels
from sandbox.align import Refused
from sandbox.evidence import is_booster
from sandbox.labels import Labels

NUMBER_OF_1 = {"binary:logistic", "reg:logistic"}
"""Objectives of XGBoost whose predictions are the probability of 1."""

MARGIN = "binary:logitraw"
"""Gives the margin before the sigmoid: the loss is that of binary:logistic, whose predictions are the sigmoid of the
same margin, so that the sigmoid is the probability that the model was trained for."""

CLASSES = "multi:softprob"
SCORED = (*sorted(NUMBER_OF_1), MARGIN, CLASSES)
"""Objectives of a booster that is scored."""


def probability(model: Any, features: Any, wanted: Labels | None) -> np.ndarray:
    """One for each row. wanted: as in `labels.column_of`."""
    if is_booster(model):
        return _of_booster(model, _matrix(model, features), wanted)
    last = innermost(model)
    if hasattr(model, "predict_proba"):
        return _of_classifier(model, last, features, wanted)
    if _is_xgboost(last) and _objective(last.get_booster()) in NUMBER_OF_1:
        return _one_of(np.asarray(model.predict(features)), wanted)
    raise Refused(_without_probabilities(last))


def name_of(model: Any) -> str:
    """What a model is, in a word: XGBoost, or the class of what a pipeline ends in."""
    last = innermost(model)
    return "XGBoost" if type(last).__module__.partition(".")[0] == "xgboost" else type(last).__name__


def innermost(model: Any) -> Any:
    """What a pipeline ends in, and a search has found."""
    while True:
        inner = model.steps[-1][1] if hasattr(model, "steps") else getattr(model, "best_estimator_", None)
        if inner is None:
            return model
        model = inner


def _is_xgboost(model: Any) -> bool:
    return hasattr(model, "get_booster")


def _objective(booster: Any) -> str:
    return str(json.loads(booster.save_config())["learner"]["objective"]["name"])


def _of_classifier(model: Any, last: Any, features: Any, wanted: Labels | None) -> np.ndarray:
    objective = _objective(last.get_booster()) if _is_xgboost(last) else None
    if objective == "binary:hinge":
        raise Refused(f"its objective {objective} gives classes, no probabilities")
    classes = _classes(model)
    column = 1 if classes is None else labels.column_of(classes, wanted)
    table = np.asarray(model.predict_proba(features))
    if table.ndim != 2 or table.shape[1] != 2:
        raise Refused(f"probabilities of shape {table.shape} came, two classes were wanted")
    if objective == MARGIN:
        ones = _sigmoid(table[:, 1])
        table = np.column_stack([1 - ones, ones])
    if classes is None and wanted is not None:
        raise Refused(f"it has no classes_ that say which of its two columns means {wanted.positive!r}")
    # Without classes_, the columns are taken for those of 0 and 1, as the target's labels are.
    return table[:, column]


def _classes(model: Any) -> list[Any] | None:
    classes = getattr(model, "classes_", None)
    if classes is None:
        return None
    if isinstance(classes, list) and any(isinstance(part, np.ndarray) for part in classes):
        raise Refused(f"it predicts {len(classes)} targets at once, one was wanted")
    found: list[Any] = np.asarray(classes).tolist()
    return found


def _of_booster(booster: Any, rows: Any, wanted: Labels | None) -> np.ndarray:
    objective = _objective(booster)
    found = np.asarray(booster.predict(rows))
    if objective == MARGIN:
        return _one_of(_sigmoid(found), wanted)
    if objective in NUMBER_OF_1:
        return _one_of(found, wanted)
    if objective == CLASSES:
        labels.column_of(range(found.shape[1]), wanted)
        return _one_of(found[:, 1], wanted)
    raise Refused(f"its objective {objective} gives no probabilities; one of {', '.join(SCORED)} was wanted")


def _matrix(booster: Any, features: Any) -> Any:
    import xgboost

    types, frame = booster.feature_types, isinstance(features, pd.DataFrame)
    if frame and booster.feature_names is None:
        features, frame = features.to_numpy(), False
    codes = bool(types) and "c" in types and not (frame and "category" in map(str, features.dtypes))
    # Categories of which it knows the codes only came to it as such.
    return xgboost.DMatrix(features, feature_types=types if codes else None, enable_categorical=True)


def _one_of(ones: np.ndarray, wanted: Labels | None) -> np.ndarray:
    """From the probability of 1, that of the class that is wanted: XGBoost trains on 0 and 1."""
    return ones if labels.column_of((0, 1), wanted) == 1 else 1 - ones


def _sigmoid(margin: np.ndarray) -> np.ndarray:
    probability: np.ndarray = 1 / (1 + np.exp(-np.asarray(margin, dtype=float)))
    return probability


def _without_probabilities(model: Any) -> str:
    name = type(model).__name__
    if _is_xgboost(model):
        return f"a {name} with the objective {_objective(model.get_booster())} gives numbers, no probabilities"
    if hasattr(model, "decision_function") and hasattr(model, "classes_"):
        return f"a {name} gives no probabilities (it has no predict_proba); in a CalibratedClassifierCV it would"
    if getattr(model, "_estimator_type", None) == "regressor" or name.endswith("Regressor"):
        return f"a {name} came, which predicts numbers and no probabilities; a classifier was wanted"
    return f"a {name} came, a classifier with predict_proba was wanted"
