"""A file by itself, opened by what its bytes are; what is said where it is no model, or one of another version."""

import pickle
import shutil
from pathlib import Path
from typing import Any

import joblib
import mlflow.models
import mlflow.sklearn
import numpy as np
import onnx
import pandas as pd
import pytest
import sklearn
import xgboost
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sandbox.description import Column, Description
from sandbox.errors import ModelError
from sandbox.limits import Limits
from sandbox.session import open_model
from sandbox.warm import WarmParent

OLD = Path(__file__).parent / "old_scikit_learn"
ROWS = pd.DataFrame({"age": np.linspace(20, 80, 40), "region": ["north", "west"] * 20})
NUMBERS = ROWS[["age"]]
Y = (ROWS["age"] > 45).astype(int)


def described(path: Path, warm: WarmParent | None) -> Description:
    with open_model(path, warm=warm) as session:
        return session.describe()


def refusal(path: Path, warm: WarmParent | None, rows: pd.DataFrame | None = None, limits: Limits | None = None) -> str:
    with pytest.raises(ModelError) as caught, open_model(path, limits, warm=warm) as session:
        session.predict(ROWS if rows is None else rows)
    return str(caught.value).removeprefix("the model could not be used: ")


def pickled(folder: Path, thing: Any) -> Path:
    (folder / "model.pkl").write_bytes(pickle.dumps(thing))
    return folder / "model.pkl"


# By its bytes


@pytest.mark.parametrize("name", ["model", "model.bin", "model.onnx", "model.json"])
def test_the_suffix_has_no_say(tmp_path: Path, begun: WarmParent | None, name: str) -> None:
    model = LogisticRegression().fit(NUMBERS, Y)
    joblib.dump(model, tmp_path / name, compress=("xz", 3))
    with open_model(tmp_path / name, warm=begun) as session:
        np.testing.assert_allclose(session.predict_proba(ROWS), model.predict_proba(NUMBERS))


@pytest.mark.parametrize("inside", [False, True])
def test_the_zip_of_a_model_folder(tmp_path: Path, begun: WarmParent | None, inside: bool) -> None:
    model = LogisticRegression().fit(NUMBERS, Y)
    signature = mlflow.models.infer_signature(NUMBERS)
    mlflow.sklearn.save_model(model, tmp_path / "in" / "m", signature=signature, pip_requirements=[])
    packed = Path(shutil.make_archive(str(tmp_path / "m"), "zip", tmp_path / "in" / ("" if inside else "m")))
    with open_model(packed, warm=begun) as session:
        np.testing.assert_allclose(session.predict_proba(ROWS), model.predict_proba(NUMBERS))
        assert session.describe().saved_with["sklearn_version"] == sklearn.__version__
        assert session.describe().columns == (Column("age", "numbers", None),)


def test_code_that_came_in_the_zip_of_a_model_folder_is_found(
    tmp_path: Path, warm: WarmParent, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_scaler.py").write_text(
        "class Doubles:\n    def predict(self, rows):\n        return rows['age'] * 2\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    doubles = __import__("own_scaler").Doubles()
    mlflow.sklearn.save_model(
        LinearRegression().fit(NUMBERS, Y), tmp_path / "m", code_paths=[str(tmp_path / "own_scaler.py")],
        serialization_format="cloudpickle", pip_requirements=[],
    )  # fmt: skip
    (tmp_path / "m" / "model.pkl").write_bytes(pickle.dumps(doubles))
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "m"))
    with open_model(packed, warm=warm) as session:
        np.testing.assert_allclose(session.predict(ROWS), ROWS["age"] * 2)


# What is none


INSTEAD = {
    "a dict": ({"model": LinearRegression(), "version": 3},
               "a dict with 'model' (a LinearRegression, which has a predict), 'version' (an int)"),
    "a list": ([LinearRegression()] * 7,
               "a list of 7: " + ", ".join(["a LinearRegression, which has a predict"] * 5) + " and 2 more"),
    "a frame": (ROWS, "a table of 40 rows and 2 columns"),
    "an array": (np.zeros((2, 3)), "an array of shape (2, 3)"),
    "a transformer": (StandardScaler(), "a StandardScaler, which transforms rows and predicts nothing"),
    "a class": (LinearRegression, "the class LinearRegression itself, not one that was fitted"),
    "a function": (len, "a function, len"),
    "nothing": (None, "nothing (None)"),
    "a text": ("model", "one value (str)"),
}  # fmt: skip


@pytest.mark.parametrize("what", INSTEAD)
def test_what_has_no_predict_is_said_to_be_what_it_is(tmp_path: Path, warm: WarmParent, what: str) -> None:
    thing, words = INSTEAD[what]
    found = refusal(pickled(tmp_path, thing), warm)
    whole = f"it holds {words}, expected a model with predict"
    assert found == whole or (len(whole) > 250 and whole.startswith(found[:240]))


def test_code_of_its_authors_is_named(tmp_path: Path, warm: WarmParent) -> None:
    (tmp_path / "model.pkl").write_bytes(b"ccredit_team.models\nScorecard\n)\x81.")
    assert refusal(tmp_path / "model.pkl", warm).startswith("it needs the module 'credit_team', which is not installed")
    (tmp_path / "model.pkl").write_bytes(b"c__main__\nScorecard\n)\x81.")
    assert refusal(tmp_path / "model.pkl", warm).startswith("it needs 'Scorecard' of its author's module")


def test_a_model_larger_than_the_limit_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(bytes(3 << 20))
    assert refusal(tmp_path / "model.pkl", None, limits=Limits(model_mb=2)) == (
        "the model is larger than the limit: got 3 MB, expected at most 2"
    )
    (tmp_path / "folder").mkdir()
    shutil.move(tmp_path / "model.pkl", tmp_path / "folder")
    assert "larger than the limit" in refusal(tmp_path / "folder", None, limits=Limits(model_mb=2))


# Versions


VERSIONS = f"it was saved with scikit-learn 1.2.2, and {sklearn.__version__} is here"
BROKEN = {
    "boosting": f"{VERSIONS}, where '__pyx_unpickle_CyHalfBinomialLoss' of sklearn._loss._loss is not there;",
    "columns": f"{VERSIONS}, which wants the attribute 'feature_name_combiner' that its OneHotEncoder has not;",
    "forest": f"{VERSIONS}, which cannot use it (ValueError: node array from the pickle has an incompatible dtype:);",
    "imputed": f"{VERSIONS}, which wants the attribute '_fill_dtype' that its SimpleImputer has not;",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_model_of_an_older_scikit_learn_that_fails_says_both_versions(begun: WarmParent | None, name: str) -> None:
    assert refusal(OLD / f"{name}.pkl", begun) == f"{BROKEN[name]} save it again with the version here"


def test_a_model_of_an_older_scikit_learn_that_works_says_its_version(warm: WarmParent) -> None:
    with open_model(OLD / "regression.pkl", warm=warm) as session:
        assert session.predict(ROWS).tolist() == Y.tolist()
        assert session.describe().saved_with == {"sklearn_version": "1.2.2"}
        with pytest.raises(ModelError) as caught:
            session.predict(ROWS.assign(age=np.nan))
    assert "1.2.2" not in str(caught.value)  # the rows are to blame


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (b"csklearn.linear_model\nRandomizedLasso\n.", "where 'RandomizedLasso' of sklearn.linear_model is not there"),
        (b"csklearn.externals.joblib\nModel\n.", "where 'joblib' of sklearn.externals is not there"),
    ],
)
def test_a_name_that_a_library_has_not_is_a_matter_of_versions(
    tmp_path: Path, warm: WarmParent, name: bytes, words: str
) -> None:
    (tmp_path / "model.pkl").write_bytes(name)
    assert words in refusal(tmp_path / "model.pkl", warm)


# What it says of itself


CODED = make_column_transformer((OneHotEncoder(), ["region"]), remainder="passthrough")


def test_a_classifier_says_its_task_and_the_categories_it_knows(tmp_path: Path, warm: WarmParent) -> None:
    said = described(pickled(tmp_path, make_pipeline(CODED, LogisticRegression()).fit(ROWS, Y)), warm)
    assert (said.task, said.classes, said.outputs) == ("classifier", (0, 1), 2)
    assert said.columns == (Column("age", None, None), Column("region", "text", ("north", "west")))


def test_missing_values_are_no_category(tmp_path: Path, warm: WarmParent) -> None:
    rows = ROWS.assign(region=["north", None] * 20)
    model = make_pipeline(CODED, LinearRegression()).fit(rows, Y)
    said = described(pickled(tmp_path, model), warm)
    assert said.task == "regressor"
    assert said.columns is not None
    assert said.columns[1] == Column("region", "text", ("north",))


def test_a_booster_says_its_task_and_types(tmp_path: Path, warm: WarmParent) -> None:
    rows = pd.DataFrame({"age": [1.5, 2.5] * 20, "visits": [1, 2] * 20})
    several = xgboost.XGBClassifier(n_estimators=2).fit(rows, [0, 1, 2, 1] * 10)
    several.save_model(tmp_path / "model.ubj")
    said = described(tmp_path / "model.ubj", warm)
    assert (said.task, said.outputs) == ("classifier", 3)
    assert said.columns == (Column("age", "numbers", None), Column("visits", "whole numbers", None))
    xgboost.XGBRegressor(n_estimators=2).fit(rows, rows["age"]).save_model(tmp_path / "model.json")
    assert described(tmp_path / "model.json", warm).task == "regressor"


def test_a_graph_says_its_inputs(tmp_path: Path, warm: WarmParent) -> None:
    inputs = [
        onnx.helper.make_tensor_value_info(name, kind, [None, 1])
        for name, kind in (("a", onnx.TensorProto.FLOAT), ("b", onnx.TensorProto.FLOAT))
    ]
    out = onnx.helper.make_tensor_value_info("sum", onnx.TensorProto.FLOAT, [None, 1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Add", ["a", "b"], ["sum"])], "g", inputs, [out])
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    (tmp_path / "graph").write_bytes(made.SerializeToString())
    said = described(tmp_path / "graph", warm)
    assert (said.task, said.columns) == ("regressor", (Column("a", "numbers", None), Column("b", "numbers", None)))


def test_a_model_without_names_takes_rows_in_their_order_if_told_so(tmp_path: Path, warm: WarmParent) -> None:
    rows = np.column_stack([ROWS["age"], ROWS["age"] ** 2])
    model = LinearRegression().fit(rows, Y)
    path, shown = pickled(tmp_path, model), pd.DataFrame(rows, columns=["x", "y"])
    assert "trained on 2 columns without names" in refusal(path, warm, shown)
    with open_model(path, warm=warm) as session:
        np.testing.assert_allclose(session.predict(shown, in_order=True), model.predict(rows))
        assert (session.describe().columns, session.describe().feature_count) == (None, 2)
        with pytest.raises(ModelError):
            session.predict(shown.assign(z=1.0), in_order=True)
