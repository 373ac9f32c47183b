"""Models of real libraries and the table they were trained on, as their owner would hand them over."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder

from testbench.__main__ import main

ROWS = 600


@dataclass(frozen=True)
class Trained:
    """path: the model's file. rows: unseen ones, as the model takes them. labels: their outcomes."""

    path: Path
    rows: pd.DataFrame
    labels: pd.Series

    @property
    def sample(self) -> pd.DataFrame:
        return self.rows.assign(outcome=self.labels)


def patients(rows: int, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    generator = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "age": generator.integers(18, 90, rows),
            "income": generator.lognormal(10, 0.5, rows).round(2),
            "region": generator.choice(["north", "south", "east"], rows, p=[0.5, 0.3, 0.2]),
            "bmi": generator.normal(27, 4, rows),
        }
    )
    table.loc[generator.random(rows) < 0.05, "bmi"] = np.nan
    chance = 1 / (1 + np.exp(-(table["age"] - 50) / 12 - (table["region"] == "north")))
    return table, pd.Series((generator.random(rows) < chance).astype(int), name="outcome")


def _pipeline(model: object) -> Pipeline:
    words, numbers = OneHotEncoder(handle_unknown="ignore"), SimpleImputer()
    before = ColumnTransformer([("words", words, ["region"]), ("numbers", numbers, ["age", "income", "bmi"])])
    return make_pipeline(before, model)


def trained(folder: Path, model: object, labels: dict[int, object] | None = None) -> Trained:
    """labels: what 0 and 1 are called; None where the target is a number."""
    (known, outcomes), (rows, later) = patients(ROWS, 1), patients(ROWS, 2)
    if labels is None:
        outcomes, later = (table["age"] * 2 + table["bmi"].fillna(27) for table in (known, rows))
    else:
        outcomes, later = outcomes.map(labels), later.map(labels)
    path = folder / "model.joblib"
    joblib.dump(_pipeline(model).fit(known, outcomes), path)
    return Trained(path, rows, later)


@pytest.fixture(scope="session")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("classifier"), LogisticRegression(max_iter=2_000), {0: 0, 1: 1})


@pytest.fixture(scope="session")
def boosted(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Its classes are words."""
    model = HistGradientBoostingClassifier(max_iter=30)
    return trained(tmp_path_factory.mktemp("boosted"), model, {0: "stays", 1: "leaves"})


@pytest.fixture(scope="session")
def regressor(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("regressor"), RandomForestRegressor(20, random_state=0))


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., CompletedProcess[str]]:
    """``python -m testbench`` without a process of its own, which would import its libraries each time."""

    def run(*arguments: str) -> CompletedProcess[str]:
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = ended.code
        return CompletedProcess(arguments, code, *capsys.readouterr())

    return run
