"""A class is called as people import it, where its library has it so; a model's own name for itself stays bounded."""

import pickle
from pathlib import Path
from typing import Any

import cloudpickle
import pytest

from sandbox.session import open_model
from sandbox.warm import WarmParent
from tests.testbench.corpus import benign

PUBLIC = {
    "a pickle of protocol 5": "sklearn.linear_model.LogisticRegression",
    "histogram boosting": "sklearn.ensemble.HistGradientBoostingClassifier",
    "XGBoost's JSON of scikit-learn's kind, pickled": "xgboost.XGBClassifier",
    "XGBoost, ubj": "xgboost.Booster",
    "LightGBM, pickled": "lightgbm.LGBMClassifier",
    "LightGBM's text": "lightgbm.Booster",
    "CatBoost's cbm": "catboost.CatBoostClassifier",
    "ONNX": "onnxruntime.InferenceSession",
    "a class of its author's": "tests.testbench.corpus.benign.OwnClass",
}


@pytest.mark.parametrize("kind", PUBLIC)
def test_a_class_is_called_as_people_import_it(tmp_path: Path, kind: str, begun: WarmParent | None) -> None:
    case = next(case for case in benign.cases() if case.name == kind)
    with open_model(case.make(tmp_path), warm=begun) as session:
        assert session.describe().model_class == PUBLIC[kind]


def called(module: Any, name: str) -> Any:
    class Odd:
        def predict(self, X: Any) -> Any:
            return X.iloc[:, 0]

    Odd.__module__, Odd.__qualname__ = module, name
    return Odd()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("sklearn.linear_model._logistic", "LogisticRegression"),  # which it is not
        ("a." * 50_000, "\x1b[31m<b>\n" * 10_000),
        (None, "Odd"),
        ("sys.modules", "path"),
    ],
)
def test_a_class_that_calls_itself_so_is_not_looked_up(
    tmp_path: Path, module: Any, name: str, warm: WarmParent
) -> None:
    (tmp_path / "m.pkl").write_bytes(cloudpickle.dumps(called(module, name), protocol=pickle.HIGHEST_PROTOCOL))
    with open_model(tmp_path / "m.pkl", warm=warm) as session:
        said = session.describe().model_class
    assert said.isprintable()
    assert len(said) <= 300
    assert said.startswith(str(module)[:100])
