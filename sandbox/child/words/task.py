"""What a model is for: to tell classes apart, or to give numbers. Runs in the child."""

import json
from typing import Any

from sandbox.child import answers, evidence
from sandbox.child.libraries.native import Native

CLASSIFIER, REGRESSOR = "classifier", "regressor"
XGBOOST = {"binary": CLASSIFIER, "multi": CLASSIFIER, "reg": REGRESSOR, "count": REGRESSOR}
"""What an objective of XGBoost begins with."""


def task_of(model: Any) -> str | None:
    """None where the model does not say."""
    last = answers.innermost(model)
    if isinstance(last, Native):
        return last.task()
    if evidence.is_booster(last):
        return XGBOOST.get(_settings(last)["objective"]["name"].partition(":")[0])
    if (tagged := answers.estimator_type(model)) in (CLASSIFIER, REGRESSOR):
        return tagged
    return CLASSIFIER if getattr(model, "classes_", None) is not None else None


def outputs_of(model: Any, classes: list[Any] | None) -> int | None:
    """How many classes it gives a probability for: those that it tells apart, or, of a booster of XGBoost, which has no
    names for them, what its objective says."""
    if not evidence.is_booster(model):
        return len(classes) if classes is not None and hasattr(model, "predict_proba") else None
    settings = _settings(model)
    name, several = settings["objective"]["name"], int(settings["learner_model_param"].get("num_class", 0))
    if name == answers.CLASSES:
        return several
    return 2 if name.startswith("binary:") and name != "binary:hinge" else None


def _settings(booster: Any) -> Any:
    return json.loads(booster.save_config())["learner"]
