"""Shapley values of trees, from shap's TreeExplainer: exact for what the trees themselves know of the data, and fast.

Each library's model has one quantity that its trees add up, and that is explained: the margin of boosters, the
probability of forests. Shapes, of which shap has three, are made one.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from sandbox.child import answers, evidence
from sandbox.child.explaining import library
from sandbox.child.explaining.parts import MARGIN, NO_CLASS, PREDICTION, PROBABILITY, Parts, chosen_class
from sandbox.child.libraries.native import Native
from sandbox.child.words.classes import library_of

BAGGED = ("RandomForest", "ExtraTrees", "DecisionTree", "ExtraTree")
BOOSTED = ("GradientBoosting", "HistGradientBoosting")
CLOSE = 1e-3
"""So far may the values miss the output: boosters count in single precision."""

FIRST_ROWS = 1


class NotTreesError(Exception):
    """Why it is explained in another way; a part of a sentence."""


def unfit(model: Any) -> str:
    """Why it is not to be explained here; empty where it may be, and shap is imported then."""
    try:
        _outputs_of(model.model if isinstance(model, Native) else model)
        library.shap()
    except NotTreesError as error:
        return str(error)
    except ImportError:
        return "shap is not installed here"
    return ""


def of(model: Any, features: Any, *, classifies: bool, ends: float) -> Parts:
    """Of as many rows, from the first on, as there is time for. model: what a pipeline ends in. features: as it takes
    them. Raises NotTreesError where there is no saying."""
    inner = model.model if isinstance(model, Native) else model
    outputs = _outputs_of(inner)
    try:
        explainer = library.shap().TreeExplainer(inner)
        return _in_parts(explainer, inner, outputs, features, classifies=classifies, ends=ends)
    except NotTreesError:
        raise
    except Exception as error:  # shap's own, of many kinds, and what a library says of rows that shap hands on
        words = str(error).strip().splitlines()[:1]
        raise NotTreesError(": ".join(["TreeExplainer does not take it", *words])[:300]) from error


def _in_parts(
    explainer: Any, model: Any, outputs: Callable[[Any], Any], features: Any, *, classifies: bool, ends: float
) -> Parts:
    rows, done, at_once, found = len(features), 0, FIRST_ROWS, []
    while done < rows and (perf_counter() < ends or not done):
        part = features.iloc[done : done + at_once] if hasattr(features, "iloc") else features[done : done + at_once]
        begun = perf_counter()
        found.append(_of_rows(explainer, model, outputs(part), part, classifies=classifies))
        if found[-1].gap > CLOSE:
            raise NotTreesError(f"TreeExplainer's values miss the model's output by {found[-1].gap:.2g}")
        done += at_once
        at_once = max(1, min(2 * at_once, int(at_once * (ends - perf_counter()) / 4 / (perf_counter() - begun + 1e-9))))
    return Parts.joined(found)


def _of_rows(explainer: Any, model: Any, outputs: Any, rows: Any, *, classifies: bool) -> Parts:
    shown = answers.matrix(model, rows) if evidence.is_booster(model) else rows
    values = np.asarray(explainer.shap_values(shown, check_additivity=False), dtype=float)
    values = values[:, :, None] if values.ndim == 2 else values
    base = np.atleast_1d(np.asarray(explainer.expected_value, dtype=float))
    outputs = np.asarray(outputs, dtype=float).reshape(len(values), -1)
    if not values.shape[2] == len(base) == outputs.shape[1]:
        raise NotTreesError(f"TreeExplainer gives {values.shape[2]} outputs, and the model has {outputs.shape[1]}")
    if not classifies and len(base) > 1:
        raise NotTreesError(f"its trees give {len(base)} numbers for each row")
    column = chosen_class(outputs)
    places = np.arange(len(values))
    one_margin = classifies and len(base) == 1 and _is_margin(model)
    classes = np.ones_like(column) if one_margin else column if classifies else np.full_like(column, NO_CLASS)
    kind = _kind(model, rows, outputs, classifies=classifies)
    return Parts(values[places, :, column], base[column], outputs[places, column], classes, kind)


def _kind(model: Any, rows: Any, outputs: np.ndarray, *, classifies: bool) -> str:
    """Of a booster that counts, say, the trees add up the logarithm of what it predicts."""
    if classifies:
        return MARGIN if _is_margin(model) else PROBABILITY
    predicted = np.asarray(answers.given(model, rows), dtype=float)
    return PREDICTION if np.allclose(outputs[:, 0], predicted, rtol=CLOSE, atol=CLOSE) else MARGIN


def _is_margin(model: Any) -> bool:
    return not type(model).__name__.startswith(BAGGED)


def _outputs_of(model: Any) -> Callable[[Any], Any]:
    """What the trees of a model add up, as the model itself has it."""
    package, name = library_of(model), type(model).__name__
    if package == "xgboost":
        if evidence.is_booster(model):
            return lambda rows: model.predict(answers.matrix(model, rows), output_margin=True)
        return lambda rows: model.predict(rows, output_margin=True)
    if package == "lightgbm":
        return lambda rows: model.predict(rows, raw_score=True)
    if package == "catboost":
        return lambda rows: model.predict(rows, prediction_type="RawFormulaVal")
    if package == "sklearn" and name.startswith(BAGGED):
        return model.predict_proba if hasattr(model, "classes_") else model.predict  # type: ignore[no-any-return]
    if package == "sklearn" and name.startswith(BOOSTED):
        if hasattr(model, "classes_"):
            return model.decision_function  # type: ignore[no-any-return]
        logarithm = getattr(model, "loss", None) in ("poisson", "gamma")
        return lambda rows: np.log(model.predict(rows)) if logarithm else model.predict(rows)
    raise NotTreesError(f"a {name} is not made of trees that TreeExplainer takes")
