"""What the predictions of a booster are by its objective, where they are no numbers of what its target counts.

None: they are, or the objective is somebody's own. XGBoost, LightGBM and CatBoost's regressors take the exponent
themselves where they learned a logarithm (Poisson, Gamma, Tweedie). An objective for shares (``reg:logistic``,
``cross_entropy``) predicts the share.
"""

import json
from typing import Any

XGBOOST = {
    "binary": "tells two classes apart",
    "multi": "tells classes apart",
    "rank": "puts rows into an order",
    "survival:cox": "gives a hazard",
}
"""What an objective is, or begins with."""

LIGHTGBM = {
    "binary": "tells two classes apart",
    "multiclass": "tells classes apart",
    "multiclassova": "tells classes apart",
    "lambdarank": "puts rows into an order",
    "rank_xendcg": "puts rows into an order",
    "cross_entropy_lambda": "gives an intensity",
}
CATBOOST_RANKS = (
    "YetiRank", "YetiRankPairwise", "PairLogit", "PairLogitPairwise", "QueryRMSE", "QuerySoftMax", "QueryCrossEntropy",
    "GroupQuantile", "StochasticFilter", "StochasticRank", "LambdaMart",
)  # fmt: skip
CATBOOST = {
    **dict.fromkeys(CATBOOST_RANKS, "puts rows into an order"),
    "Cox": "gives a hazard",
    "SurvivalAft": "gives the logarithm of a time",
    "LogLinQuantile": "gives the logarithm of a quantile",
}
LOGARITHMS = ("Poisson", "Tweedie")
"""Losses of CatBoost of which its regressor takes the exponent."""


def xgboost_objective(booster: Any) -> str:
    return str(json.loads(booster.save_config())["learner"]["objective"]["name"])


def lightgbm_objective(booster: Any) -> str:
    return str(booster.dump_model(num_iteration=1).get("objective") or "of its own").partition(" ")[0]


def catboost_loss(model: Any) -> str:
    """Without its parameters."""
    return str(model.get_all_params().get("loss_function")).partition(":")[0]


def is_ranking(loss: str) -> bool:
    """A loss of CatBoost."""
    return loss in CATBOOST_RANKS


def of_xgboost(objective: str) -> str | None:
    return _said(objective, XGBOOST.get(objective) or XGBOOST.get(objective.partition(":")[0]))


def of_lightgbm(objective: str) -> str | None:
    return _said(objective, LIGHTGBM.get(objective))


def of_catboost(loss: str, *, classifies: bool = False, raw: bool = False) -> str | None:
    """raw: of the plain class ``CatBoost``, or a graph that it wrote, which take no exponent."""
    if raw and loss in LOGARITHMS:
        return f"its objective {loss} learns a logarithm, and it does not take the exponent as CatBoostRegressor does"
    return _said(loss, "tells classes apart" if classifies else CATBOOST.get(loss))


def _said(objective: str, meaning: str | None) -> str | None:
    return None if meaning is None else f"its objective {objective[:50]} {meaning}"
