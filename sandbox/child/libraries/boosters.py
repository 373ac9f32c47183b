"""Boosters of LightGBM and CatBoost that were stored in the formats of their own libraries."""

from pathlib import Path
from typing import Any

import numpy as np

from sandbox.child import evidence
from sandbox.child.align import Refused
from sandbox.child.evidence import TEXT, ColumnType
from sandbox.child.libraries.native import Native
from sandbox.child.words import objectives
from sandbox.child.words.classes import library_of

LIGHTGBM_BINARY, LIGHTGBM_SEVERAL = {"binary", "cross_entropy"}, {"multiclass", "multiclassova"}
"""Objectives of LightGBM whose predictions are probabilities."""

LIGHTGBM_NUMBERS = {
    "regression", "regression_l1", "huber", "fair", "poisson", "quantile", "mape", "gamma", "tweedie",
}  # fmt: skip


class LightGBM(Native):
    """A ``lightgbm.Booster``, which does not know what its classes are called."""

    kind = "LightGBM"

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.feature_names_in_ = model.feature_name()
        self.n_features_in_ = model.num_feature()
        self._objective = objectives.lightgbm_objective(model)

    def task(self) -> str | None:
        classifies = self._objective in LIGHTGBM_BINARY | LIGHTGBM_SEVERAL
        return "classifier" if classifies else "regressor" if self._objective in LIGHTGBM_NUMBERS else None

    def predict(self, rows: Any) -> Any:
        return self.model.predict(rows)

    def predict_proba(self, rows: Any) -> Any:
        if self._objective in LIGHTGBM_SEVERAL:
            return self.model.predict(rows)
        if self._objective not in LIGHTGBM_BINARY:
            raise Refused(f"its objective {self._objective} gives no probabilities, expected binary or multiclass")
        ones = self.model.predict(rows)
        return np.column_stack([1 - ones, ones])

    def column_kinds(self, columns: list[str]) -> dict[str, ColumnType]:
        return evidence.lightgbm_kinds(self.model, columns)

    def instead_of_numbers(self) -> str | None:
        return objectives.of_lightgbm(self._objective)


def load_lightgbm(file: Path) -> LightGBM:
    import lightgbm

    return LightGBM(lightgbm.Booster(model_file=file))


class CatBoost(Native):
    """A model of CatBoost, classifier or not."""

    kind = "CatBoost"

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.feature_names_in_ = model.feature_names_
        self.n_features_in_ = len(model.feature_names_)
        if len(model.classes_):
            self.classes_ = model.classes_

    def task(self) -> str | None:
        return "classifier" if hasattr(self, "classes_") else "regressor"

    def predict(self, rows: Any) -> Any:
        return self.model.predict(rows)

    def predict_proba(self, rows: Any) -> Any:
        if not hasattr(self.model, "predict_proba"):
            raise Refused("got a model of CatBoost that knows no classes, expected a classifier")
        return self.model.predict_proba(rows)

    def column_kinds(self, columns: list[str]) -> dict[str, ColumnType]:
        """CatBoost knows a category by its text, whole numbers included."""
        return {columns[place]: ColumnType(TEXT) for place in self.model.get_cat_feature_indices()}

    def instead_of_numbers(self) -> str | None:
        return objectives.of_catboost(objectives.catboost_loss(self.model), classifies=len(self.model.classes_) > 0)


def known(model: Any) -> Any:
    """The same; behind its protocol where it is a fitted model of CatBoost, which forgets in a pickle how many columns
    it was trained on."""
    if library_of(model) != "catboost" or not getattr(model, "is_fitted", lambda: False)():
        return model
    return CatBoost(model)


def load_catboost(file: Path) -> CatBoost:
    import catboost

    found = catboost.CatBoost().load_model(file)
    return CatBoost(_class_of(found)().load_model(file))


def _class_of(found: Any) -> Any:
    """The class whose ``predict`` is meant for a model of this loss: CatBoost's plain one never takes the exponent."""
    import catboost

    loss = objectives.catboost_loss(found)
    if len(found.classes_):
        return catboost.CatBoostClassifier
    return catboost.CatBoostRanker if objectives.is_ranking(loss) else catboost.CatBoostRegressor
