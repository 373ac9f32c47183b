"""How features move a model's answers, from the real child: held against shap in this process, against games whose
Shapley values are known, and against models that mean ill."""

import itertools
import time
from collections.abc import Callable
from math import factorial
from pathlib import Path
from typing import Any

import catboost
import cloudpickle
import joblib
import lightgbm
import mlflow.pyfunc
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shap
import skl2onnx
import xgboost
from skl2onnx.common.data_types import FloatTensorType
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from sandbox.errors import ModelError
from sandbox.explanation import NO_CLASS, Explanation
from sandbox.limits import Limits
from sandbox.session import open_model
from sandbox.warm import WarmParent
from sandbox.wire import tables
from tests.sandbox.attacks import ANSWERS_ITSELF, OPENED, frame, model_that, writes

RNG = np.random.default_rng(5)
COUNT = 60
NUMBERS = pd.DataFrame(
    {"age": RNG.normal(45, 12, COUNT), "visits": RNG.poisson(3, COUNT) * 1.0, "income": RNG.normal(50, 9, COUNT)}
)
MIXED = NUMBERS.assign(
    # the one-hot parts of "plan" are called like those of "plan_a"
    plan=RNG.choice(["a_x", "b"], COUNT),
    plan_a=RNG.choice(["x", "y", "z"], COUNT),
)
CATEGORIES = MIXED.astype({"plan": "category", "plan_a": "category"})
Y = ((NUMBERS["age"] > 45) ^ (MIXED["plan_a"] == "z")).astype(int)
SEVERAL = (NUMBERS["visits"].clip(2, 4) - 2).astype(int)
TARGET = 1e4 + 30 * NUMBERS["age"] + NUMBERS["visits"] ** 2
FEW = {"n_estimators": 15, "random_state": 0}
CAT: dict[str, Any] = {"iterations": 15, "verbose": False, "allow_writing_files": False, "thread_count": 1}


def kept(folder: Path, model: Any) -> Path:
    joblib.dump(model, folder / "model.joblib")
    return folder / "model.joblib"


def of(path: Path, warm: WarmParent | None, rows: pd.DataFrame = MIXED, **more: Any) -> Explanation:
    options = {"ask": "predict_proba", "budget_s": 60.0, **more}
    preprocessor, limits = options.pop("preprocessor", None), options.pop("limits", None)
    with open_model(path, limits, preprocessor=preprocessor, warm=warm) as session:
        return session.explain(rows, **options)


def refusal(*arguments: Any, **more: Any) -> str:
    with pytest.raises(ModelError) as caught:
        of(*arguments, **more)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Trees: what shap says in this process


def margin(model: Any, rows: pd.DataFrame) -> np.ndarray:
    return model.predict(rows, output_margin=True)


def raw(model: Any, rows: pd.DataFrame) -> np.ndarray:
    return model.predict(rows, raw_score=True)


def cat_raw(model: Any, rows: pd.DataFrame) -> np.ndarray:
    return model.predict(rows, prediction_type="RawFormulaVal")


def decision(model: Any, rows: pd.DataFrame) -> np.ndarray:
    return model.decision_function(rows)


def chances(model: Any, rows: pd.DataFrame) -> np.ndarray:
    return model.predict_proba(rows)


def predicted(model: Any, rows: pd.DataFrame) -> np.ndarray:
    return model.predict(rows)


def logarithm(model: Any, rows: pd.DataFrame) -> np.ndarray:
    return np.log(model.predict(rows))


LGBM = {"n_estimators": 15, "verbose": -1, "n_jobs": 1}
TREES: dict[str, tuple[Any, pd.DataFrame, pd.Series, Callable[..., np.ndarray], str]] = {
    "XGBoost": (xgboost.XGBClassifier(**FEW), NUMBERS, Y, margin, "margin"),
    "XGBoost with a base": (xgboost.XGBClassifier(**FEW, base_score=0.3), NUMBERS, Y, margin, "margin"),
    "XGBoost, several classes": (xgboost.XGBClassifier(**FEW), NUMBERS, SEVERAL, margin, "margin"),
    "XGBoost, categories": (xgboost.XGBClassifier(**FEW, enable_categorical=True), CATEGORIES, Y, margin, "margin"),
    "XGBoost, a number": (xgboost.XGBRegressor(**FEW), NUMBERS, TARGET, margin, "prediction"),
    "XGBoost, a count": (
        xgboost.XGBRegressor(**FEW, objective="count:poisson"), NUMBERS, NUMBERS["visits"], margin, "margin",
    ),
    "LightGBM": (lightgbm.LGBMClassifier(**LGBM), NUMBERS, Y, raw, "margin"),
    "LightGBM, several classes": (lightgbm.LGBMClassifier(**LGBM), NUMBERS, SEVERAL, raw, "margin"),
    "LightGBM, categories": (
        lightgbm.LGBMClassifier(**LGBM, min_data_per_group=1), CATEGORIES, Y, raw, "margin",
    ),
    "LightGBM, a number": (lightgbm.LGBMRegressor(**LGBM), NUMBERS, TARGET, raw, "prediction"),
    "CatBoost": (catboost.CatBoostClassifier(**CAT), NUMBERS, Y, cat_raw, "margin"),
    "CatBoost, several classes": (catboost.CatBoostClassifier(**CAT), NUMBERS, SEVERAL, cat_raw, "margin"),
    "CatBoost, categories": (
        catboost.CatBoostClassifier(**CAT, cat_features=["plan", "plan_a"]), MIXED, Y, cat_raw, "margin",
    ),
    "CatBoost, a number": (catboost.CatBoostRegressor(**CAT), NUMBERS, TARGET, cat_raw, "prediction"),
    "random forest": (RandomForestClassifier(**FEW), NUMBERS, Y, chances, "probability"),
    "random forest, several classes": (RandomForestClassifier(**FEW), NUMBERS, SEVERAL, chances, "probability"),
    "random forest, a number": (RandomForestRegressor(**FEW), NUMBERS, TARGET, predicted, "prediction"),
    "extra trees": (ExtraTreesClassifier(**FEW), NUMBERS, Y, chances, "probability"),
    "gradient boosting": (GradientBoostingClassifier(**FEW), NUMBERS, Y, decision, "margin"),
    "gradient boosting, a number": (GradientBoostingRegressor(**FEW), NUMBERS, TARGET, predicted, "prediction"),
    "histograms": (HistGradientBoostingClassifier(max_iter=15), NUMBERS, Y, decision, "margin"),
    "histograms, several classes": (
        HistGradientBoostingClassifier(max_iter=15), NUMBERS, SEVERAL, decision, "margin",
    ),
    "histograms, a number": (HistGradientBoostingRegressor(max_iter=15), NUMBERS, TARGET, predicted, "prediction"),
    "histograms, a count": (
        HistGradientBoostingRegressor(max_iter=15, loss="poisson"), NUMBERS, NUMBERS["visits"], logarithm, "margin",
    ),
    "a tree": (DecisionTreeClassifier(max_depth=4), NUMBERS, Y, chances, "probability"),
}  # fmt: skip


@pytest.mark.parametrize("kind", TREES)
def test_trees_are_explained_as_shap_does(tmp_path: Path, warm: WarmParent, kind: str) -> None:
    model, rows, y, output, what = TREES[kind]
    model.fit(rows, y)
    found = of(kept(tmp_path, model), warm, ask="predict_proba" if hasattr(model, "predict_proba") else "predict")
    assert (found.method, found.kind, found.why) == ("TreeExplainer", what, "")
    assert found.columns == tuple(rows.columns)
    assert found.rows_used == COUNT
    explainer = shap.TreeExplainer(model)
    values = np.asarray(explainer.shap_values(rows, check_additivity=False))
    outputs, base = np.asarray(output(model, rows)), np.broadcast_to(explainer.expected_value, values.shape[2:] or (1,))
    if values.ndim == 2:
        values, outputs = values[:, :, None], outputs.reshape(-1, 1)
    classes = np.ones(COUNT, int) if outputs.shape[1] == 2 else outputs.argmax(axis=1)
    places = np.arange(COUNT)
    np.testing.assert_allclose(found.values, values[places, :, classes], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.base, base[classes], rtol=1e-5)
    np.testing.assert_allclose(found.output, outputs[places, classes], rtol=1e-5)
    assert found.gaps.max() < 1e-5 * max(1, np.abs(found.output).max())
    if what == "prediction" or kind.endswith("a count"):
        assert set(found.classes) == {NO_CLASS}
    else:
        assert found.classes.tolist() == (classes.tolist() if "several" in kind else [1] * COUNT)


def test_boosters_in_files_of_their_own(tmp_path: Path, warm: WarmParent) -> None:
    grown = xgboost.XGBClassifier(**FEW).fit(NUMBERS, Y)
    grown.save_model(tmp_path / "model.ubj")
    light = lightgbm.LGBMClassifier(**LGBM).fit(NUMBERS, SEVERAL)
    light.booster_.save_model(tmp_path / "model.txt")
    cat = catboost.CatBoostClassifier(**CAT).fit(NUMBERS, Y)
    cat.save_model(tmp_path / "model.cbm")
    for name, model in {"model.ubj": grown, "model.cbm": cat}.items():
        found = of(tmp_path / name, warm, MIXED[MIXED.columns[::-1]])
        assert (found.method, found.columns) == ("TreeExplainer", tuple(NUMBERS))
        np.testing.assert_allclose(found.values, shap.TreeExplainer(model).shap_values(NUMBERS), rtol=1e-4, atol=1e-5)
    found = of(tmp_path / "model.txt", warm)
    every = np.asarray(shap.TreeExplainer(light).shap_values(NUMBERS))
    predicted_class = light.predict(NUMBERS)
    assert found.classes.tolist() == predicted_class.tolist()
    np.testing.assert_allclose(found.values, every[np.arange(COUNT), :, predicted_class])


def test_names_that_lightgbm_writes_otherwise_come_back_as_the_rows_have_them(tmp_path: Path, warm: WarmParent) -> None:
    rows = NUMBERS.rename(columns={"age": "the age"})
    model = lightgbm.LGBMClassifier(**LGBM).fit(rows, Y)
    assert of(kept(tmp_path, model), warm, rows).columns == ("the age", "visits", "income")


# Pipelines


def coded(**options: Any) -> ColumnTransformer:
    parts = [
        ("codes", OneHotEncoder(handle_unknown="ignore", **options), ["plan_a", "plan"]),
        ("numbers", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["income", "age"]),
        ("nothing", "drop", ["visits"]),
    ]
    return ColumnTransformer(parts)


def gappy(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(income=rows["income"].where(rows.index % 7 > 0))


SOURCES = ["plan_a"] * 3 + ["plan"] * 2 + ["income", "age", "income"]


@pytest.mark.parametrize("sparse", [False, True])
def test_one_hot_parts_are_summed_to_their_column(tmp_path: Path, warm: WarmParent, sparse: bool) -> None:
    rows = gappy(MIXED)
    model = make_pipeline(coded(sparse_output=sparse), RandomForestClassifier(**FEW)).fit(rows, Y)
    found = of(kept(tmp_path, model), warm, rows)
    made = model[:-1].transform(rows)
    dense = made.toarray() if hasattr(made, "toarray") else made
    parts = np.asarray(shap.TreeExplainer(model[-1]).shap_values(dense))[:, :, 1]
    expected = pd.DataFrame(parts.T).groupby(SOURCES).sum().T
    assert (found.method, found.columns) == ("TreeExplainer", tuple(rows.columns))
    for place, name in enumerate(found.columns):
        np.testing.assert_allclose(found.values[:, place], expected.get(name, 0.0), atol=1e-9)
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), model.predict_proba(rows)[:, 1], atol=1e-9)


def test_a_preprocessor_of_its_own_a_search_and_a_selection(tmp_path: Path, warm: WarmParent) -> None:
    rows = gappy(MIXED.replace("a_x", "a"))  # parts of one name each, which the model knows in another order
    first = coded(sparse_output=False).fit(rows)
    made = pd.DataFrame(first.transform(rows), columns=first.get_feature_names_out())[lambda found: found.columns[::-1]]
    model = xgboost.XGBClassifier(**FEW).fit(made, Y)
    joblib.dump(first, tmp_path / "first.joblib")
    found = of(kept(tmp_path, model), warm, rows, preprocessor=tmp_path / "first.joblib")
    expected = pd.DataFrame(shap.TreeExplainer(model).shap_values(made).T).groupby(SOURCES[::-1]).sum().T
    assert found.method == "TreeExplainer"
    for place, name in enumerate(found.columns):
        np.testing.assert_allclose(found.values[:, place], expected.get(name, 0.0), atol=1e-5)

    chosen = make_pipeline(SelectKBest(k=2), GridSearchCV(RandomForestClassifier(**FEW), {"max_depth": [3]}, cv=2))
    chosen.fit(NUMBERS, Y)
    found = of(kept(tmp_path, chosen), warm)
    dropped = list(NUMBERS)[int(np.flatnonzero(~chosen[0].get_support())[0])]
    assert found.method == "TreeExplainer"
    assert not found.values[:, found.columns.index(dropped)].any()
    np.testing.assert_allclose(found.output, chosen.predict_proba(NUMBERS)[:, 1])


def test_columns_that_are_made_of_several_are_explained_from_before(tmp_path: Path, warm: WarmParent) -> None:
    model = make_pipeline(PCA(2), RandomForestClassifier(**FEW)).fit(NUMBERS, Y)
    found = of(kept(tmp_path, model), warm)
    assert (found.method, found.columns) == ("permutation", tuple(NUMBERS))
    assert found.why == "what PCA makes is not of one column each"
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), model.predict_proba(NUMBERS)[:, 1], atol=1e-9)


# Any model


def shapley(function: Callable[[pd.DataFrame], np.ndarray], rows: pd.DataFrame, background: pd.DataFrame) -> np.ndarray:
    """By the definition: over all subsets of the features, the mean over the background for those that are missing."""
    count = rows.shape[1]

    def worth(row: pd.DataFrame, kept_columns: tuple[int, ...]) -> float:
        mixed = background.copy()
        for column in kept_columns:
            mixed.isetitem(column, row.iloc[[0] * len(background), column].reset_index(drop=True))
        return float(np.mean(function(mixed)))

    values = np.zeros(rows.shape)
    for place in range(len(rows)):
        row = rows.iloc[place : place + 1]
        known = {
            subset: worth(row, subset)
            for size in range(count + 1)
            for subset in itertools.combinations(range(count), size)
        }
        for subset, value in known.items():
            for column in set(range(count)) - set(subset):
                weight = factorial(len(subset)) * factorial(count - len(subset) - 1) / factorial(count)
                values[place, column] += weight * (known[tuple(sorted((*subset, column)))] - value)
    return values


def test_a_linear_model_has_the_values_of_the_formula(tmp_path: Path, warm: WarmParent) -> None:
    model = LinearRegression().fit(NUMBERS, TARGET)
    found = of(kept(tmp_path, model), warm, ask="predict", background=COUNT)
    expected = model.coef_ * (NUMBERS - NUMBERS.mean())
    assert (found.method, found.kind, found.background) == ("permutation", "prediction", COUNT)
    np.testing.assert_allclose(found.values, expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.base, model.predict(NUMBERS).mean())
    assert "LinearRegression is not made of trees" in found.why


class Model:
    """Answers as it is told; pickled by value, so that the child needs no module of ours."""

    def __init__(self, predict: Callable[[pd.DataFrame], Any]) -> None:
        self.predict = predict


def told(folder: Path, predict: Callable[[pd.DataFrame], Any]) -> Path:
    cloudpickle.register_pickle_by_value(__import__(__name__, fromlist=["_"]))
    (folder / "model.pkl").write_bytes(cloudpickle.dumps(Model(predict)))
    return folder / "model.pkl"


def test_a_sum_of_any_parts_has_each_part_for_its_value(tmp_path: Path, warm: WarmParent) -> None:
    def game(rows: pd.DataFrame) -> np.ndarray:
        return (np.sin(rows["age"]) + 2 * (rows["plan"] == "b") + np.exp(rows["income"] / 50)).to_numpy()

    rows = MIXED[["age", "plan", "income"]]
    found = of(told(tmp_path, game), warm, rows, ask="predict", background=COUNT)
    parts = np.column_stack([np.sin(rows["age"]), 2.0 * (rows["plan"] == "b"), np.exp(rows["income"] / 50)])
    np.testing.assert_allclose(found.values, parts - parts.mean(axis=0), atol=1e-9)


def test_features_that_act_in_pairs_share_what_they_do(tmp_path: Path, warm: WarmParent) -> None:
    """Of x * y, x gets (x - mean x) * (y + mean y) / 2, where the background's columns do not hang together."""
    signs = pd.DataFrame({"x": [1.0, 1.0, -1.0, -1.0], "y": [2.0, 4.0, 2.0, 4.0], "z": [0.0, 1.0, 2.0, 3.0]})
    path = told(tmp_path, lambda rows: (rows["x"] * rows["y"]).to_numpy())
    found = of(path, warm, signs, ask="predict", background=4)
    x, y = signs["x"], signs["y"]
    np.testing.assert_allclose(found.values[:, 0], (x - 0) * (y + 3) / 2, atol=1e-12)
    np.testing.assert_allclose(found.values[:, 1], (y - 3) * (x + 0) / 2, atol=1e-12)
    assert not found.values[:, 2].any()


def test_categories_in_histograms_come_near_the_definition(tmp_path: Path, warm: WarmParent) -> None:
    model = HistGradientBoostingClassifier(max_iter=15, min_samples_leaf=5).fit(CATEGORIES, Y)
    found = of(kept(tmp_path, model), warm, background=COUNT)
    assert (found.method, found.kind, found.background) == ("permutation", "probability", COUNT)
    assert found.why.startswith("TreeExplainer does not take it")
    expected = shapley(lambda rows: model.predict_proba(rows)[:, 1], CATEGORIES[:8], CATEGORIES)
    np.testing.assert_allclose(found.values[:8], expected, atol=0.03)
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), model.predict_proba(CATEGORIES)[:, 1])


def test_a_logistic_regression_comes_near_what_shap_says_exactly(tmp_path: Path, warm: WarmParent) -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(NUMBERS, SEVERAL)
    found = of(kept(tmp_path, model), warm, background=COUNT)
    masker = shap.maskers.Independent(NUMBERS, max_samples=COUNT)
    exact = shap.explainers.ExactExplainer(lambda rows: model.predict_proba(rows), masker)(NUMBERS)
    classes = model.predict(NUMBERS)
    assert found.classes.tolist() == classes.tolist()
    np.testing.assert_allclose(found.values, exact.values[np.arange(COUNT), :, classes], atol=0.02)
    assert found.gaps.max() < 1e-12


def test_classes_that_gradient_boosting_tells_apart(tmp_path: Path, warm: WarmParent) -> None:
    model = GradientBoostingClassifier(**FEW).fit(NUMBERS, SEVERAL)
    found = of(kept(tmp_path, model), warm)
    assert (found.method, found.kind) == ("permutation", "probability")
    assert "only supported for binary classification" in found.why
    np.testing.assert_allclose(found.output, model.predict_proba(NUMBERS).max(axis=1))


def test_a_model_without_probabilities_is_explained_by_whether_its_label_stays(
    tmp_path: Path, warm: WarmParent
) -> None:
    model = LinearSVC().fit(NUMBERS, Y.map({0: "no", 1: "yes"}))
    found = of(kept(tmp_path, model), warm, ask="predict")
    assert (found.kind, set(found.output), set(found.classes)) == ("label", {1.0}, {NO_CLASS})
    assert found.gaps.max() < 1e-12


@pytest.mark.parametrize("model", [DummyClassifier(), DummyRegressor()], ids=str)
def test_what_never_changes_is_moved_by_nothing(tmp_path: Path, warm: WarmParent, model: Any) -> None:
    model.fit(NUMBERS, Y)
    found = of(kept(tmp_path, model), warm, ask="predict_proba" if hasattr(model, "predict_proba") else "predict")
    assert not found.values.any()
    np.testing.assert_allclose(found.output, found.base)


def test_a_graph_and_a_pyfunc(tmp_path: Path, warm: WarmParent) -> None:
    model = LogisticRegression(max_iter=500).fit(NUMBERS.to_numpy(), Y)
    graph = skl2onnx.to_onnx(
        model, initial_types=[("x", FloatTensorType([None, 3]))], options={"zipmap": False}, target_opset=15
    )
    (tmp_path / "model.onnx").write_bytes(graph.SerializeToString())
    found = of(tmp_path / "model.onnx", warm, NUMBERS, in_order=True)
    assert (found.method, found.kind, found.columns) == ("permutation", "probability", tuple(NUMBERS))
    np.testing.assert_allclose(found.output, model.predict_proba(NUMBERS.to_numpy())[:, 1], atol=1e-5)

    class Doubled(mlflow.pyfunc.PythonModel):
        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:  # noqa: ARG002
            return (2 * model_input["age"]).to_numpy()

    cloudpickle.register_pickle_by_value(__import__(__name__, fromlist=["_"]))
    mlflow.pyfunc.save_model(tmp_path / "m", python_model=Doubled(), pip_requirements=[])
    found = of(tmp_path / "m", warm, NUMBERS, ask="predict", background=COUNT)
    expected = np.zeros(NUMBERS.shape)
    expected[:, 0] = 2 * (NUMBERS["age"] - NUMBERS["age"].mean())
    np.testing.assert_allclose(found.values, expected, atol=1e-9)


def test_the_same_seed_gives_the_same_values(tmp_path: Path, warm: WarmParent) -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(NUMBERS, Y)
    one, same, other = (of(kept(tmp_path, model), warm, seed=seed) for seed in (1, 1, 2))
    assert (one.values == same.values).all()
    assert not (one.values == other.values).all()


def test_shap_comes_without_matplotlib(tmp_path: Path, begun: WarmParent | None) -> None:
    model = RandomForestRegressor(**FEW).fit(NUMBERS, TARGET)

    class Watching:
        steps = (("model", model),)

        def predict(self, rows: pd.DataFrame) -> Any:
            import sys

            return np.full(len(rows), "shap" in sys.modules) & ("matplotlib" not in sys.modules)

    cloudpickle.register_pickle_by_value(__import__(__name__, fromlist=["_"]))
    (tmp_path / "model.pkl").write_bytes(cloudpickle.dumps(Watching()))
    with open_model(tmp_path / "model.pkl", warm=begun) as session:
        assert session.explain(NUMBERS, ask="predict", budget_s=60).method == "TreeExplainer"
        assert session.predict(NUMBERS).all()


# Models that mean ill, or cannot be explained


def test_a_slow_model_is_explained_as_far_as_its_budget_goes(tmp_path: Path, warm: WarmParent) -> None:
    def slow(rows: pd.DataFrame) -> np.ndarray:
        time.sleep(0.001 * len(rows))
        return rows["age"].to_numpy()

    found = of(told(tmp_path, slow), warm, NUMBERS, ask="predict", budget_s=1.5)
    assert 0 < found.rows_used < COUNT
    assert found.seconds < 10
    assert found.gaps.max() < 1e-9

    def slower(rows: pd.DataFrame) -> np.ndarray:
        time.sleep(0.1 * len(rows))
        return rows["age"].to_numpy()

    begun = time.monotonic()
    said = refusal(told(tmp_path, slower), warm, NUMBERS[:5], ask="predict", budget_s=1)
    assert "it is too slow to be explained" in said
    assert time.monotonic() - begun < 10


def test_a_model_that_does_not_come_back_is_ended(tmp_path: Path, warm: WarmParent) -> None:
    path = told(tmp_path, lambda _: time.sleep(600))
    assert "no answer within 2 seconds" in refusal(path, warm, ask="predict", limits=Limits(call_s=2))


def odd(answer: Any) -> Callable[[pd.DataFrame], Any]:
    return lambda rows: answer(len(rows))


REFUSED = {
    "too many answers": (odd(lambda count: np.zeros(count + 1)), "got answers of shape (61,) for 60 rows"),
    "none": (odd(lambda _: np.zeros(0)), "got answers of shape (0,)"),
    "a number for all": (odd(lambda _: 1.0), "got answers of shape ()"),
    "three dimensions": (odd(lambda count: np.zeros((count, 1, 1))), "got answers of shape (60, 1, 1)"),
    "several outputs": (odd(lambda count: np.zeros((count, 2))), "it predicts 2 numbers for each row"),
    "no number": (odd(lambda count: np.full(count, np.nan)), "its answers hold NaN or infinity"),
    "an exception": (odd(lambda _: {}["lost"]), "KeyError: 'lost'"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_answers_that_cannot_be_explained_are_refused_and_the_next_question_is_answered(
    tmp_path: Path, warm: WarmParent, what: str
) -> None:
    answer, expected = REFUSED[what]
    with open_model(told(tmp_path, answer), warm=warm) as session:
        with pytest.raises(ModelError) as caught:
            session.explain(MIXED, ask="predict", budget_s=2)
        assert expected in str(caught.value)
        assert not session.is_over


def test_a_model_that_breaks_its_process_is_told_by_how_it_ended(tmp_path: Path, warm: WarmParent) -> None:
    def broken(_: pd.DataFrame) -> Any:
        import ctypes

        ctypes.string_at(0)

    assert "ended by SIGSEGV" in refusal(told(tmp_path, broken), warm, ask="predict")


def test_more_columns_than_an_answer_may_have(tmp_path: Path, warm: WarmParent) -> None:
    wide = pd.DataFrame(np.zeros((3, 998)), columns=[f"c{place}" for place in range(998)])
    assert "got 998 columns, at most 997 are explained" in refusal(
        told(tmp_path, odd(np.zeros)), warm, wide, ask="predict"
    )


WORDS: dict[str, Any] = {
    "call": 1, "method": "permutation", "why": "", "kind": "prediction", "background": 5, "columns": ["age", "visits"],
}  # fmt: skip
VALUES = np.column_stack([np.zeros((COUNT, 4)), np.full(COUNT, -1.0)])
NO_EXPLANATION = "answered with no explanation of its rows"
FORGED: dict[str, tuple[dict[str, Any], np.ndarray, str]] = {
    "no words": ({"call": 1}, VALUES, NO_EXPLANATION),
    "a method that nobody knows": ({**WORDS, "method": "magic"}, VALUES, NO_EXPLANATION),
    "a list for the method": ({**WORDS, "method": ["permutation"]}, VALUES, NO_EXPLANATION),
    "columns that were not sent": ({**WORDS, "columns": ["age", "x"]}, VALUES, NO_EXPLANATION),
    "columns that are no text": ({**WORDS, "columns": [["age"], 1]}, VALUES, NO_EXPLANATION),
    "a column twice": ({**WORDS, "columns": ["age", "age"]}, VALUES, NO_EXPLANATION),
    "too few columns": (WORDS, VALUES[:, 1:], NO_EXPLANATION),
    "no columns": ({**WORDS, "columns": []}, VALUES[:, 2:], NO_EXPLANATION),
    "infinity": (WORDS, np.where(VALUES == 0, np.inf, VALUES), NO_EXPLANATION),
    "text": (WORDS, VALUES.astype(str), NO_EXPLANATION),
    "half a class": (WORDS, np.where(VALUES == -1, 0.5, VALUES), NO_EXPLANATION),
    "a class beyond all": (WORDS, np.where(VALUES == -1, 1e300, VALUES), NO_EXPLANATION),
    "no background": ({**WORDS, "background": -1}, VALUES, NO_EXPLANATION),
    "a number for a reason": ({**WORDS, "why": 7}, VALUES, NO_EXPLANATION),
    "more rows than were sent": (WORDS, np.concatenate([VALUES, VALUES]), "expected up to 60"),
}


@pytest.mark.parametrize("what", FORGED)
def test_what_is_no_explanation_ends_the_child(tmp_path: Path, warm: WarmParent, what: str) -> None:
    words, values, expected = FORGED[what]
    forged = frame(words, tables.of_answer(values))
    assert_ended(tmp_path, warm, forged, expected)


def test_an_explanation_of_no_row_ends_the_child(tmp_path: Path, warm: WarmParent) -> None:
    empty, sink = pa.RecordBatch.from_arrays([pa.array([], pa.float64())] * 5, list("abcde")), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, empty.schema) as writer:
        writer.write_batch(empty)
    assert_ended(tmp_path, warm, frame(WORDS, sink.getvalue().to_pybytes()), "got 0 predictions")


def assert_ended(tmp_path: Path, warm: WarmParent, forged: bytes, expected: str) -> None:
    with open_model(model_that(tmp_path / "m", writes(OPENED + forged)), warm=warm) as session:
        with pytest.raises(ModelError) as caught:
            session.explain(MIXED, ask="predict", budget_s=1)
        assert session.is_over
    assert expected in str(caught.value)


def test_what_a_model_says_is_printable(tmp_path: Path, warm: WarmParent) -> None:
    forged = frame({**WORDS, "why": "\x1b[31mred\n"}, tables.of_answer(VALUES))
    found = of(model_that(tmp_path / "m", ANSWERS_ITSELF + writes(OPENED + forged)), warm)
    assert found.why == "\\x1b[31mred"
