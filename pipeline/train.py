"""The model: one scikit-learn pipeline with its preprocessing inside, ending in XGBoost."""

from typing import TYPE_CHECKING

import pandas as pd

from batch_zero.text import quoted
from datasets.frames import DataError
from lifecycle.experiment import DataSpec
from metrics.tasks import Task

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

HYPERPARAMETERS: dict[str, int | float] = {
    "n_estimators": 200,
    "max_depth": 4,
    "learning_rate": 0.08,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
    "min_child_weight": 5,
    "random_state": 0,
}


def train(spec: DataSpec, features: pd.DataFrame, target: pd.Series) -> "Pipeline":
    """A fitted pipeline for the experiment's task; the target as ``datasets.frames`` makes it.

    Categories are one-hot encoded, those never seen in training as all zeros; numbers, missing ones included, go to
    XGBoost as they are. One thread and a fixed seed: the same rows give the same model. Raises DataError where the rows
    do not hold every class.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder
    from xgboost import XGBClassifier, XGBRegressor

    _check_classes(spec, target)
    encode = ColumnTransformer(
        [("categories", OneHotEncoder(handle_unknown="ignore"), list(spec.categorical))], remainder="passthrough"
    )
    kind = XGBRegressor if spec.task is Task.REGRESSION else XGBClassifier
    model = kind(**HYPERPARAMETERS, n_jobs=1, tree_method="hist")
    return Pipeline([("encode", encode), ("model", model)]).fit(features, target)


def _check_classes(spec: DataSpec, target: pd.Series) -> None:
    """A model tells apart what it has seen."""
    absent = [label for code, label in enumerate(spec.classes) if code not in set(target)]
    if spec.task is Task.MULTICLASS and absent:
        raise DataError(
            f"target {spec.target!r}: got no row of {quoted(absent)} to train on, expected some of each of the classes "
            f"in [data]: {quoted(spec.classes)}"
        )
