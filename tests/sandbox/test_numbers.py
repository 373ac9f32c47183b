"""Models that are asked for numbers: each gives those of its own library's estimator, or a sentence that says what it
gives instead."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import catboost
import joblib
import lightgbm
import mlflow.catboost
import mlflow.onnx
import mlflow.xgboost
import numpy as np
import onnx
import pandas as pd
import pytest
import skl2onnx
import xgboost
from skl2onnx.common.data_types import FloatTensorType
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sandbox.errors import ModelError
from sandbox.session import open_model
from sandbox.warm import WarmParent
from tests.sandbox.test_flavours import pyfunc

RNG = np.random.default_rng(5)
ROWS = pd.DataFrame({"age": RNG.normal(size=200), "visits": RNG.normal(size=200)})
COUNTS = RNG.poisson(np.exp(1 + ROWS["age"])).astype(float) + 0.1
SHARES, YES, CODES = COUNTS / COUNTS.max(), (COUNTS > 2).astype(int), COUNTS.clip(0, 2).astype(int)
GROUPS = [20] * 10


def numbers(path: Path, warm: WarmParent) -> np.ndarray:
    with open_model(path, warm=warm) as session:
        return session.numbers(ROWS)


def refusal(path: Path, warm: WarmParent) -> str:
    with pytest.raises(ModelError) as caught:
        numbers(path, warm)
    return str(caught.value)


# CatBoost


def cat(loss: str, y: Any, **more: Any) -> catboost.CatBoost:
    settings = {"loss_function": loss, "iterations": 5, "verbose": False, "allow_writing_files": False}
    return catboost.CatBoost({**settings, "thread_count": 1}).fit(catboost.Pool(ROWS, y, **more))


CATBOOST_NUMBERS = (
    *("RMSE", "MAE", "Quantile:alpha=0.3", "Expectile:alpha=0.3", "MAPE", "Lq:q=2", "Huber:delta=1", "LogCosh"),
    *("Poisson", "Tweedie:variance_power=1.5"),
)


@pytest.mark.parametrize("loss", CATBOOST_NUMBERS)
@pytest.mark.parametrize("alone", [False, True])
def test_each_loss_of_catboost_gives_what_its_regressor_predicts(
    tmp_path: Path, warm: WarmParent, loss: str, alone: bool
) -> None:
    model = catboost.CatBoostRegressor(
        loss_function=loss, iterations=5, verbose=False, allow_writing_files=False, thread_count=1
    ).fit(ROWS, COUNTS)
    mlflow.catboost.save_model(model, tmp_path / "m", pip_requirements=[])
    model.save_model(str(tmp_path / "model.cbm"))
    found = numbers(tmp_path / "model.cbm" if alone else tmp_path / "m", warm)
    np.testing.assert_allclose(found, model.predict(ROWS))


CATBOOST_OTHERS = {
    "YetiRank": "puts rows into an order", "QueryRMSE": "puts rows into an order", "Cox": "gives a hazard",
    "LogLinQuantile": "gives the logarithm of a quantile", "SurvivalAft": "gives the logarithm of a time",
    "Logloss": "tells classes apart", "MultiClass": "tells classes apart",
}  # fmt: skip


@pytest.mark.parametrize("loss", CATBOOST_OTHERS)
def test_other_models_of_catboost_are_refused(tmp_path: Path, warm: WarmParent, loss: str) -> None:
    ranks = "order" in CATBOOST_OTHERS[loss]
    targets = {"Logloss": YES, "MultiClass": CODES, "SurvivalAft": np.column_stack([COUNTS, COUNTS + 1])}
    more = {"group_id": np.repeat(range(10), 20)} if ranks else {}
    model = cat(loss, targets.get(loss, SHARES if ranks else COUNTS), **more)
    model.save_model(str(tmp_path / "model.cbm"))
    said = f"its objective {loss} {CATBOOST_OTHERS[loss]}, expected a regressor"
    assert said in refusal(tmp_path / "model.cbm", warm)


NO_EXPONENT = "learns a logarithm, and it does not take the exponent as CatBoostRegressor does"


@pytest.mark.parametrize(
    ("loss", "kind", "said"),
    [
        ("Poisson", catboost.CatBoostRegressor, ""),
        ("Poisson", catboost.CatBoost, f"its objective Poisson {NO_EXPONENT}"),
        (
            "LogLinQuantile",
            catboost.CatBoostRegressor,
            "its objective LogLinQuantile gives the logarithm of a quantile",
        ),
    ],
)
def test_catboost_at_the_end_of_a_pipeline(tmp_path: Path, warm: WarmParent, loss: str, kind: Any, said: str) -> None:
    settings = {"loss_function": loss, "iterations": 5, "verbose": False, "allow_writing_files": False}
    model = make_pipeline(StandardScaler(), kind(**settings) if kind is not catboost.CatBoost else kind(settings))
    joblib.dump(model.fit(ROWS, COUNTS), tmp_path / "model.pkl")
    if said:
        assert said in refusal(tmp_path / "model.pkl", warm)
    else:
        np.testing.assert_allclose(numbers(tmp_path / "model.pkl", warm), model.predict(ROWS))


@pytest.mark.parametrize("loss", ["RMSE", "Poisson", "Tweedie"])
def test_a_graph_that_catboost_wrote_lacks_the_exponent(tmp_path: Path, warm: WarmParent, loss: str) -> None:
    model = cat(f"{loss}:variance_power=1.5" if loss == "Tweedie" else loss, COUNTS)
    model.save_model(str(tmp_path / "model.onnx"), format="onnx")
    signature = mlflow.models.infer_signature(ROWS)
    mlflow.onnx.save_model(onnx.load(tmp_path / "model.onnx"), tmp_path / "m", signature=signature, pip_requirements=[])
    if loss == "RMSE":
        np.testing.assert_allclose(numbers(tmp_path / "m", warm), model.predict(ROWS), rtol=1e-4)
    else:
        assert f"its objective {loss} {NO_EXPONENT}" in refusal(tmp_path / "m", warm)


# XGBoost and LightGBM


def xgb(objective: str, y: Any, **more: Any) -> xgboost.Booster:
    rows = xgboost.DMatrix(ROWS, y)
    if objective.startswith("rank"):
        rows.set_group(GROUPS)
    if objective == "survival:aft":
        rows.set_float_info("label_lower_bound", y)
        rows.set_float_info("label_upper_bound", y)
    return xgboost.train({"objective": objective, "nthread": 1, **more}, rows, 5)


XGBOOST = {
    "reg:squarederror": COUNTS, "reg:squaredlogerror": COUNTS, "reg:absoluteerror": COUNTS,
    "reg:pseudohubererror": COUNTS, "reg:logistic": SHARES, "reg:gamma": COUNTS, "reg:tweedie": COUNTS,
    "count:poisson": COUNTS, "survival:aft": COUNTS,
}  # fmt: skip


@pytest.mark.parametrize("objective", XGBOOST)
def test_each_objective_of_xgboost_gives_what_its_regressor_predicts(
    tmp_path: Path, warm: WarmParent, objective: str
) -> None:
    model = xgb(objective, XGBOOST[objective])
    mlflow.xgboost.save_model(model, tmp_path / "m", pip_requirements=[])
    model.save_model(tmp_path / "model.ubj")
    regressor = xgboost.XGBRegressor()
    regressor.load_model(tmp_path / "model.ubj")
    np.testing.assert_allclose(numbers(tmp_path / "m", warm), regressor.predict(ROWS), rtol=1e-6)


XGBOOST_OTHERS = {
    "binary:logistic": (YES, "tells two classes apart"), "binary:logitraw": (YES, "tells two classes apart"),
    "binary:hinge": (YES, "tells two classes apart"), "multi:softmax": (CODES, "tells classes apart"),
    "rank:pairwise": (YES, "puts rows into an order"), "survival:cox": (COUNTS, "gives a hazard"),
}  # fmt: skip


@pytest.mark.parametrize("objective", XGBOOST_OTHERS)
def test_other_models_of_xgboost_are_refused(tmp_path: Path, warm: WarmParent, objective: str) -> None:
    y, said = XGBOOST_OTHERS[objective]
    model = xgb(objective, y, **({"num_class": 3} if "multi" in objective else {}))
    model.save_model(tmp_path / "model.ubj")
    assert f"its objective {objective} {said}, expected a regressor" in refusal(tmp_path / "model.ubj", warm)


LIGHTGBM = {
    "regression": COUNTS, "regression_l1": COUNTS, "huber": COUNTS, "fair": COUNTS, "poisson": COUNTS,
    "quantile": COUNTS, "mape": COUNTS, "gamma": COUNTS, "tweedie": COUNTS, "cross_entropy": SHARES,
}  # fmt: skip
LIGHTGBM_OTHERS = {
    "binary": (YES, "tells two classes apart"), "multiclass": (CODES, "tells classes apart"),
    "multiclassova": (CODES, "tells classes apart"), "lambdarank": (CODES, "puts rows into an order"),
    "rank_xendcg": (CODES, "puts rows into an order"), "cross_entropy_lambda": (SHARES, "gives an intensity"),
}  # fmt: skip


def lgb(objective: str, y: Any) -> lightgbm.Booster:
    rows = lightgbm.Dataset(ROWS, y, group=GROUPS if "rank" in objective else None)
    several = {"num_class": 3} if "multi" in objective else {}
    return lightgbm.train({"objective": objective, "verbose": -1, "num_threads": 1, **several}, rows, 5)


@pytest.mark.parametrize("objective", LIGHTGBM)
def test_each_objective_of_lightgbm_gives_what_its_regressor_predicts(
    tmp_path: Path, warm: WarmParent, objective: str
) -> None:
    y = LIGHTGBM[objective]
    lgb(objective, y).save_model(tmp_path / "model.txt")
    regressor = lightgbm.LGBMRegressor(objective=objective, n_estimators=5, verbose=-1, n_jobs=1).fit(ROWS, y)
    np.testing.assert_allclose(numbers(tmp_path / "model.txt", warm), regressor.predict(ROWS))


@pytest.mark.parametrize("objective", LIGHTGBM_OTHERS)
def test_other_models_of_lightgbm_are_refused(tmp_path: Path, warm: WarmParent, objective: str) -> None:
    y, said = LIGHTGBM_OTHERS[objective]
    model = lgb(objective, y)
    model.save_model(tmp_path / "model.txt")
    joblib.dump(model, tmp_path / "model.pkl")
    for file in ("model.txt", "model.pkl"):
        assert f"its objective {objective} {said}, expected a regressor" in refusal(tmp_path / file, warm)


# scikit-learn


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (RandomForestClassifier(3), "got the classifier RandomForestClassifier, expected a regressor"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "got the classifier LogisticRegression"),
        (GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2), "got the classifier LogisticRegression"),
        (xgboost.XGBClassifier(n_estimators=2), "its objective binary:logistic tells two classes apart"),
        (lightgbm.LGBMClassifier(n_estimators=2, verbose=-1), "its objective binary tells two classes apart"),
        (KMeans(2, n_init=1), "got the clusterer KMeans"),
        (IsolationForest(n_estimators=3), "got the outlier detector IsolationForest"),
    ],
)
def test_what_is_no_regressor_is_named(tmp_path: Path, warm: WarmParent, model: Any, said: str) -> None:
    joblib.dump(model.fit(ROWS, YES), tmp_path / "model.pkl")
    assert said in refusal(tmp_path / "model.pkl", warm)


@pytest.mark.parametrize("several", [False, True])
def test_a_regressor_gives_its_numbers(tmp_path: Path, warm: WarmParent, several: bool) -> None:
    model = LinearRegression().fit(ROWS, np.column_stack([COUNTS, YES]) if several else COUNTS)
    joblib.dump(model, tmp_path / "model.pkl")
    np.testing.assert_allclose(numbers(tmp_path / "model.pkl", warm), model.predict(ROWS))


def test_graphs_in_onnx(tmp_path: Path, warm: WarmParent) -> None:
    inputs = [("age", FloatTensorType([None, 1])), ("visits", FloatTensorType([None, 1]))]

    def stored(model: Any) -> Path:
        path = tmp_path / f"{type(model[-1]).__name__}.onnx"
        path.write_bytes(skl2onnx.convert_sklearn(model, initial_types=inputs).SerializeToString())
        return path

    both = ColumnTransformer([("both", "passthrough", ["age", "visits"])])
    counts = make_pipeline(both, PoissonRegressor()).fit(ROWS, COUNTS)
    np.testing.assert_allclose(numbers(stored(counts), warm), counts.predict(ROWS), rtol=1e-4)
    classes = make_pipeline(both, LogisticRegression()).fit(ROWS, YES)
    assert "its output output_label is the label of a class" in refusal(stored(classes), warm)


# Whatever a model of somebody's own gives


def test_numbers_among_objects_are_numbers(tmp_path: Path, warm: WarmParent) -> None:
    path = pyfunc(tmp_path, lambda rows: [Decimal(str(round(value, 3))) for value in rows["age"]])
    np.testing.assert_allclose(numbers(path, warm), ROWS["age"].round(3))


def test_probabilities_among_objects_are_numbers(tmp_path: Path, warm: WarmParent) -> None:
    path = pyfunc(tmp_path, lambda rows: np.array([0.25] * len(rows), dtype=object))
    with open_model(path, warm=warm) as session:
        assert session.predict_proba(ROWS).tolist() == [[0.75, 0.25]] * len(ROWS)


def beyond(value: float) -> Callable[[pd.DataFrame], Any]:
    return lambda rows: np.where(np.arange(len(rows)) == 3, value, 1.0)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda rows: rows["age"] > 0, "its predictions are truth values, "),
        (lambda rows: rows["age"].astype(str).to_numpy("U"), "its predictions are text, '"),
        (lambda rows: ["slight"] * len(rows), "its predictions are text, 'slight' for one, expected numbers"),
        (lambda rows: [None] * len(rows), "its predictions hold None, a NoneType, expected numbers"),
        (lambda rows: rows["age"].to_numpy() + 1j, "its predictions are complex numbers, "),
        (lambda rows: np.array(["2020-01-01"] * len(rows), "M8[D]"), "its predictions are times, "),
        (lambda rows: np.ma.masked_less(rows["age"].to_numpy(), 0), "its predictions have gaps (masked values)"),
        (beyond(np.inf), "the model predicts no finite number for 1 of 200 rows, inf for row 4"),
        (beyond(np.nan), "the model predicts no finite number for 1 of 200 rows, nan for row 4"),
    ],
)
def test_what_is_no_number_is_told(tmp_path: Path, warm: WarmParent, answer: Any, said: str) -> None:
    assert said in refusal(pyfunc(tmp_path, answer), warm)
