"""Probabilities of classes that exclude each other add up to 1; what does not is refused, for two as for more."""

from pathlib import Path
from typing import Any

import catboost
import joblib
import lightgbm
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from sandbox.errors import ModelError
from sandbox.session import open_model
from sandbox.warm import WarmParent
from tests.sandbox.test_flavours import pyfunc

RNG = np.random.default_rng(6)
ROWS = pd.DataFrame({"age": RNG.normal(size=120), "visits": RNG.normal(size=120)})
CODES = np.digitize(ROWS["age"] + RNG.normal(size=120), [-0.5, 0.5])
SAID = "of 120 rows do not add up to 1, those of row "


def cat(loss: str, y: Any) -> catboost.CatBoostClassifier:
    return catboost.CatBoostClassifier(
        loss_function=loss, iterations=5, verbose=False, allow_writing_files=False, thread_count=1
    ).fit(ROWS, y)


def refusal(path: Path, warm: WarmParent, *, two: bool = False) -> str:
    with open_model(path, warm=warm) as session:
        asked = session.probability if two else session.predict_proba
        with pytest.raises(ModelError) as caught:
            asked(ROWS)
    return str(caught.value)


@pytest.mark.parametrize("stored", ["booster", "classifier"])
def test_one_against_all_in_lightgbm(tmp_path: Path, warm: WarmParent, stored: str) -> None:
    model = lightgbm.LGBMClassifier(objective="multiclassova", n_estimators=5, verbose=-1, n_jobs=1).fit(ROWS, CODES)
    joblib.dump(model, tmp_path / "model.pkl")
    model.booster_.save_model(tmp_path / "model.txt")
    assert SAID in refusal(tmp_path / ("model.txt" if stored == "booster" else "model.pkl"), warm)


@pytest.mark.parametrize("loss", ["MultiClassOneVsAll", "MultiLogloss"])
def test_one_against_all_in_catboost(tmp_path: Path, warm: WarmParent, loss: str) -> None:
    cat(loss, CODES if loss == "MultiClassOneVsAll" else np.eye(3, dtype=int)[CODES]).save_model(tmp_path / "m.cbm")
    assert SAID in refusal(tmp_path / "m.cbm", warm)


def test_two_labels_at_once_are_no_two_classes(tmp_path: Path, warm: WarmParent) -> None:
    """CatBoost gives each its probability, and calls its classes 0 and 1."""
    cat("MultiLogloss", np.column_stack([CODES > 0, CODES > 1]).astype(int)).save_model(tmp_path / "m.cbm")
    assert SAID in refusal(tmp_path / "m.cbm", warm, two=True)


def test_one_against_the_rest_in_scikit_learn(tmp_path: Path, warm: WarmParent) -> None:
    """Of classes, it adds up itself; of an indicator matrix, each label may be right or wrong."""
    classes = OneVsRestClassifier(LogisticRegression()).fit(ROWS, CODES)
    joblib.dump(classes, tmp_path / "classes.pkl")
    with open_model(tmp_path / "classes.pkl", warm=warm) as session:
        np.testing.assert_allclose(session.predict_proba(ROWS), classes.predict_proba(ROWS))
    several = OneVsRestClassifier(LogisticRegression()).fit(ROWS, np.eye(3, dtype=int)[CODES])
    joblib.dump(several, tmp_path / "several.pkl")
    assert SAID in refusal(tmp_path / "several.pkl", warm)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_rows_that_lack_something_are_counted(tmp_path: Path, warm: WarmParent, share: float) -> None:
    def answer(rows: pd.DataFrame) -> Any:
        table = np.full((len(rows), 3), 1 / 3)
        table[[4, 7]] *= share
        return table

    assert (
        f"the probabilities of 2 of 120 rows do not add up to 1, those of row 5 to {share:.4g}; expected one "
        "probability for each of the classes that exclude each other"
    ) in refusal(pyfunc(tmp_path, answer), warm)


def test_probabilities_that_were_rounded_add_up(tmp_path: Path, warm: WarmParent) -> None:
    def answer(rows: pd.DataFrame) -> Any:
        return np.tile(np.round([1 / 3, 1 / 3, 1 / 3], 4), (len(rows), 1))

    with open_model(pyfunc(tmp_path, answer), warm=warm) as session:
        assert session.predict_proba(ROWS)[0].tolist() == [0.3333] * 3
