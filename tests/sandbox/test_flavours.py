"""Models of LightGBM, CatBoost, ONNX and MLflow's pyfunc in the real child process: each gives its own library's score,
or a sentence that says why not."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import catboost
import joblib
import lightgbm
import mlflow.catboost
import mlflow.lightgbm
import mlflow.onnx
import mlflow.pyfunc
import numpy as np
import onnxruntime
import pandas as pd
import pytest
import skl2onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sandbox.child import flavours
from sandbox.errors import ModelError
from sandbox.labels import Labels
from sandbox.session import open_model
from sandbox.warm import WarmParent

RNG = np.random.default_rng(3)
ROWS = pd.DataFrame(
    {
        "age": RNG.normal(45, 12, 200),
        "visits": RNG.poisson(3, 200),
        "plan": RNG.choice([10, 20, 70], 200),
        "region": RNG.choice(["north", "south", "west"], 200),
    }
)
Y = ((ROWS["age"] > 45) ^ (ROWS["region"] == "west")).astype(int)
SEVERAL = (ROWS["visits"].clip(2, 4) - 2).astype(int)
NUMBERS = ["age", "visits"]
ORDER = ["region", "plan", "visits", "age"]
"""The rows come in another order than the models were trained on."""


def as_categories(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.astype({"plan": "category", "region": "category"})


def probabilities(folder: Path, rows: pd.DataFrame, warm: WarmParent | None) -> np.ndarray:
    with open_model(folder, warm=warm) as session:
        return session.predict_proba(rows[[name for name in ORDER if name in rows]])


def refusal(folder: Path, rows: pd.DataFrame, warm: WarmParent) -> str:
    with pytest.raises(ModelError) as caught:
        probabilities(folder, rows, warm)
    return str(caught.value)


# LightGBM


def lgbm(y: Any = Y, rows: pd.DataFrame = ROWS[NUMBERS], **options: Any) -> lightgbm.LGBMClassifier:
    return lightgbm.LGBMClassifier(n_estimators=5, verbose=-1, n_jobs=1, **options).fit(rows, y)


@pytest.mark.parametrize("stored", ["skops", "cloudpickle"])
def test_a_classifier_of_lightgbm(tmp_path: Path, begun: WarmParent | None, stored: str) -> None:
    model = lgbm(Y.map({0: "none", 1: "doctor"}))
    mlflow.lightgbm.save_model(model, tmp_path / "m", serialization_format=stored, pip_requirements=[])
    with open_model(tmp_path / "m", warm=begun) as session:
        np.testing.assert_allclose(session.predict_proba(ROWS[ORDER]), model.predict_proba(ROWS[NUMBERS]))
        assert session.predict(ROWS).tolist() == model.predict(ROWS[NUMBERS]).tolist()
        ill = session.probability(ROWS, Labels(("none", "doctor"), "doctor"))
        np.testing.assert_allclose(ill, model.predict_proba(ROWS[NUMBERS])[:, 0])
        said = session.describe()
    assert (said.library, said.classes, said.features) == ("LightGBM", ("doctor", "none"), ("age", "visits"))
    assert said.versions["LightGBM"] == said.saved_with["lgb_version"] == lightgbm.__version__


@pytest.mark.parametrize("objective", ["binary", "cross_entropy"])
def test_a_booster_of_lightgbm(tmp_path: Path, warm: WarmParent, objective: str) -> None:
    model = lightgbm.train({"objective": objective, "verbose": -1}, lightgbm.Dataset(ROWS[NUMBERS], Y), 5)
    mlflow.lightgbm.save_model(model, tmp_path / "m", pip_requirements=[])
    ones = model.predict(ROWS[NUMBERS])
    np.testing.assert_allclose(probabilities(tmp_path / "m", ROWS, warm), np.column_stack([1 - ones, ones]))


def test_a_booster_of_lightgbm_in_a_file_of_its_own(tmp_path: Path, warm: WarmParent) -> None:
    model = lgbm(SEVERAL)
    model.booster_.save_model(tmp_path / "model.txt")
    with open_model(tmp_path / "model.txt", warm=warm) as session:
        np.testing.assert_allclose(session.predict_proba(ROWS), model.predict_proba(ROWS[NUMBERS]))
        assert session.describe().kind == "LightGBM"


@pytest.mark.parametrize("stored", ["text", "pickled"])
def test_pandas_categories_in_lightgbm(tmp_path: Path, warm: WarmParent, stored: str) -> None:
    rows = as_categories(ROWS)
    model = lgbm(rows=rows, min_child_samples=2, min_data_per_group=1, cat_smooth=0)
    mlflow.lightgbm.save_model(
        model.booster_ if stored == "text" else model, tmp_path / "m", serialization_format="cloudpickle",
        pip_requirements=[],
    )  # fmt: skip
    shown = ROWS[:30].assign(plan=ROWS["plan"].astype(str))  # text where it knows numbers, and not every category
    found = probabilities(tmp_path / "m", shown, warm)
    np.testing.assert_allclose(found, model.predict_proba(rows)[:30])
    assert np.ptp(found[:, 1]) > 0.05


def test_a_booster_of_lightgbm_that_gives_numbers(tmp_path: Path, warm: WarmParent) -> None:
    model = lightgbm.train({"objective": "regression", "verbose": -1}, lightgbm.Dataset(ROWS[NUMBERS], ROWS["age"]), 5)
    mlflow.lightgbm.save_model(model, tmp_path / "m", pip_requirements=[])
    assert "its objective regression gives no probabilities" in refusal(tmp_path / "m", ROWS, warm)
    with open_model(tmp_path / "m", warm=warm) as session:
        np.testing.assert_allclose(session.predict(ROWS), model.predict(ROWS[NUMBERS]))


@pytest.mark.parametrize("stored", ["classifier", "booster"])
def test_blanks_in_names_which_lightgbm_writes_otherwise(tmp_path: Path, warm: WarmParent, stored: str) -> None:
    rows = ROWS[NUMBERS].rename(columns=lambda name: f"the {name}")
    model = lgbm(rows=rows)
    kept = model if stored == "classifier" else model.booster_
    mlflow.lightgbm.save_model(kept, tmp_path / "m", pip_requirements=[])
    expected = model.predict_proba(rows)

    def answer(folder: str, shown: pd.DataFrame) -> np.ndarray:
        with open_model(tmp_path / folder, warm=warm) as session:
            return session.predict_proba(shown)

    np.testing.assert_allclose(answer("m", rows[rows.columns[::-1]]), expected)
    twice = rows.assign(**{f"the_{NUMBERS[0]}": 0})
    with pytest.raises(ModelError) as caught:
        answer("m", twice)
    assert str(caught.value).endswith(
        f"its column 'the_{NUMBERS[0]}' may be 'the {NUMBERS[0]}', 'the_{NUMBERS[0]}': LightGBM writes _ for a blank "
        "in a name"
    )
    mlflow.lightgbm.save_model(
        kept, tmp_path / "signed", pip_requirements=[], signature=mlflow.models.infer_signature(rows)
    )
    np.testing.assert_allclose(answer("signed", twice), expected)


def test_columns_that_lightgbm_named_itself_are_no_names(tmp_path: Path, warm: WarmParent) -> None:
    mlflow.lightgbm.save_model(lgbm(rows=ROWS[NUMBERS].to_numpy()).booster_, tmp_path / "m", pip_requirements=[])
    assert "it was trained on 2 columns without names" in refusal(tmp_path / "m", ROWS, warm)


# CatBoost


@pytest.mark.parametrize("alone", [False, True])
def test_a_classifier_of_catboost_with_categories(tmp_path: Path, begun: WarmParent | None, alone: bool) -> None:
    model = catboost.CatBoostClassifier(iterations=5, verbose=False, allow_writing_files=False, thread_count=1)
    model.fit(ROWS, Y.map({0: "none", 1: "doctor"}), cat_features=["plan", "region"])
    mlflow.catboost.save_model(model, tmp_path / "m", pip_requirements=[])
    file = tmp_path / "model.cbm"
    model.save_model(str(file))
    with open_model(file if alone else tmp_path / "m", warm=begun) as session:
        np.testing.assert_allclose(session.predict_proba(ROWS[ORDER]), model.predict_proba(ROWS))
        assert session.predict(ROWS).tolist() == model.predict(ROWS).tolist()
        said = session.describe()
    assert (said.kind, said.classes, said.features) == ("CatBoost", ("doctor", "none"), tuple(ROWS))


def test_a_pickled_model_of_catboost_which_forgets_how_many_columns_it_has(tmp_path: Path, warm: WarmParent) -> None:
    model = catboost.CatBoostClassifier(iterations=5, verbose=False, allow_writing_files=False, thread_count=1)
    joblib.dump(model.fit(ROWS, Y, cat_features=["plan", "region"]), tmp_path / "model.joblib")
    assert joblib.load(tmp_path / "model.joblib").n_features_in_ == 0
    np.testing.assert_allclose(probabilities(tmp_path / "model.joblib", ROWS, warm), model.predict_proba(ROWS))


def test_a_regressor_of_catboost(tmp_path: Path, warm: WarmParent) -> None:
    model = catboost.CatBoostRegressor(iterations=5, verbose=False, allow_writing_files=False, thread_count=1)
    model.fit(ROWS[NUMBERS], ROWS["plan"])
    mlflow.catboost.save_model(model, tmp_path / "m", pip_requirements=[])
    assert "knows no classes, expected a classifier" in refusal(tmp_path / "m", ROWS, warm)
    with open_model(tmp_path / "m", warm=warm) as session:
        np.testing.assert_allclose(session.predict(ROWS), model.predict(ROWS[NUMBERS]))


# ONNX


def graph(model: Any, inputs: list[tuple[str, Any]], **options: Any) -> Any:
    return skl2onnx.convert_sklearn(model, initial_types=inputs, options={id(model): options} if options else None)


def of_runtime(made: Any, fed: dict[str, Any]) -> list[Any]:
    """What ONNX Runtime itself gives."""
    return onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, fed)


@pytest.mark.parametrize("zipmap", [False, True])
def test_a_classifier_in_onnx(tmp_path: Path, begun: WarmParent | None, zipmap: bool) -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS[NUMBERS], Y.map({0: "none", 1: "doctor"}))
    made = graph(model, [("rows", FloatTensorType([None, 2]))], zipmap=zipmap)
    signature = mlflow.models.infer_signature(ROWS[NUMBERS])
    mlflow.onnx.save_model(made, tmp_path / "m", signature=signature, pip_requirements=[])
    labels, scores = of_runtime(made, {"rows": ROWS[NUMBERS].to_numpy("float32")})
    expected = [[row["doctor"], row["none"]] for row in scores] if zipmap else scores
    with open_model(tmp_path / "m", warm=begun) as session:
        np.testing.assert_allclose(session.predict_proba(ROWS[ORDER]), expected)
        assert session.predict(ROWS).tolist() == labels.tolist()
        if zipmap:
            ill = session.probability(ROWS, Labels(("none", "doctor"), "doctor"))
            np.testing.assert_allclose(ill, [row["doctor"] for row in scores])
    np.testing.assert_allclose(expected, model.predict_proba(ROWS[NUMBERS]), atol=1e-5)


def test_a_graph_with_an_input_for_each_column(tmp_path: Path, warm: WarmParent) -> None:
    from sklearn.compose import ColumnTransformer

    coded = ColumnTransformer([("c", OneHotEncoder(), ["region"])], remainder="passthrough")
    model = make_pipeline(coded, LogisticRegression(max_iter=500)).fit(ROWS[["region", "age", "visits"]], Y)
    inputs = [
        ("region", StringTensorType([None, 1])), ("age", FloatTensorType([None, 1])),
        ("visits", Int64TensorType([None, 1])),
    ]  # fmt: skip
    (tmp_path / "model.onnx").write_bytes(graph(model, inputs).SerializeToString())
    found = probabilities(tmp_path / "model.onnx", ROWS, warm)
    np.testing.assert_allclose(found, model.predict_proba(ROWS[["region", "age", "visits"]]), atol=1e-5)


def test_a_graph_that_gives_numbers(tmp_path: Path, warm: WarmParent) -> None:
    model = LinearRegression().fit(ROWS[["age"]], ROWS["visits"])
    (tmp_path / "model.onnx").write_bytes(graph(model, [("age", FloatTensorType([None, 1]))]).SerializeToString())
    assert "its outputs are variable tensor(float); a label and" in refusal(
        tmp_path / "model.onnx", ROWS[["age"]], warm
    )
    with open_model(tmp_path / "model.onnx", warm=warm) as session:
        np.testing.assert_allclose(session.predict(ROWS[["age"]]), model.predict(ROWS[["age"]]), rtol=1e-5)


# MLflow's pyfunc


class Fixed(mlflow.pyfunc.PythonModel):
    def __init__(self, answer: Callable[[pd.DataFrame], Any]) -> None:
        self.answer = answer

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> Any:  # noqa: ARG002
        return self.answer(model_input)


def pyfunc(folder: Path, answer: Callable[[pd.DataFrame], Any], **more: Any) -> Path:
    import cloudpickle

    cloudpickle.register_pickle_by_value(importlib.import_module(__name__))
    mlflow.pyfunc.save_model(folder / "m", python_model=Fixed(answer), pip_requirements=[], **more)
    return folder / "m"


def test_a_pyfunc_model_gives_what_its_author_wrote(tmp_path: Path, warm: WarmParent) -> None:
    narrow = ROWS[NUMBERS].astype({"age": "float32", "visits": "int32"})
    signature = mlflow.models.infer_signature(narrow)
    path = pyfunc(tmp_path, lambda rows: 1 / (1 + np.exp(-(rows["age"] - 45) / 10)), signature=signature)
    with open_model(path, warm=warm) as session:
        ones = 1 / (1 + np.exp(-(narrow["age"] - 45) / 10))
        np.testing.assert_allclose(session.predict(ROWS[ORDER]), ones)
        np.testing.assert_allclose(session.predict_proba(ROWS[ORDER])[:, 1], ones)
        assert session.describe().features == ("age", "visits")


def test_code_that_came_with_a_pyfunc_model_is_found(
    tmp_path: Path, warm: WarmParent, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "pyfunc_halves.py").write_text("def halves(rows):\n    return [0.5] * len(rows)\n")
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    halves = importlib.import_module("pyfunc_halves").halves
    path = pyfunc(tmp_path, halves, code_paths=[str(tmp_path / "src" / "pyfunc_halves.py")])
    assert probabilities(path, ROWS, warm).tolist() == [[0.5, 0.5]] * len(ROWS)


def test_classes_of_a_pyfunc_model_are_not_taken_for_probabilities(tmp_path: Path, warm: WarmParent) -> None:
    path = pyfunc(tmp_path, lambda rows: (rows["age"] > 45).astype(int))
    assert "its predict gives classes, as it seems" in refusal(path, ROWS, warm)


# What is lacking


@pytest.mark.parametrize(
    ("module", "name"), [("lightgbm", "LightGBM"), ("catboost.core", "CatBoost"), ("onnxruntime", "ONNX Runtime")]
)
def test_a_library_that_is_not_installed_is_named_with_how_to_get_it(module: str, name: str) -> None:
    assert str(flavours.lacking(ModuleNotFoundError(name=module))) == (
        f"it needs {name}, which is not installed here: pip install -r requirements/bench.txt"
    )


@pytest.mark.parametrize("suffix", [".pkl", ".joblib"])
def test_a_pickle_alone_is_opened_by_its_suffix(tmp_path: Path, warm: WarmParent, suffix: str) -> None:
    model = LogisticRegression().fit(ROWS[NUMBERS], Y)
    joblib.dump(model, tmp_path / f"model{suffix}", compress=3)
    np.testing.assert_allclose(
        probabilities(tmp_path / f"model{suffix}", ROWS, warm), model.predict_proba(ROWS[NUMBERS])
    )


def test_a_file_of_no_known_kind_is_refused(tmp_path: Path, warm: WarmParent) -> None:
    (tmp_path / "model.exe").write_bytes(b"MZ")
    assert "got a program (ELF, PE or Mach-O), expected a pickle or joblib file" in refusal(
        tmp_path / "model.exe", ROWS, warm
    )
