"""The model: one scikit-learn pipeline with its preprocessing inside, ending in XGBoost."""

from typing import TYPE_CHECKING

import pandas as pd

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


def train(features: pd.DataFrame, target: pd.Series, categorical: tuple[str, ...]) -> "Pipeline":
    """A fitted pipeline. Categories are one-hot encoded, those never seen in training as all zeros; numbers, missing
    ones included, go to XGBoost as they are. One thread and a fixed seed: the same rows give the same model."""
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder
    from xgboost import XGBClassifier

    encode = ColumnTransformer(
        [("categories", OneHotEncoder(handle_unknown="ignore"), list(categorical))], remainder="passthrough"
    )
    model = XGBClassifier(**HYPERPARAMETERS, n_jobs=1, tree_method="hist")
    return Pipeline([("encode", encode), ("model", model)]).fit(features, target)
