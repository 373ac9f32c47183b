"""The pipeline on a target of several classes, and on one that is a number."""

import json
import shutil
import sys
from pathlib import Path

import joblib
import mlflow.sklearn
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from baseline.__main__ import main as baseline
from metrics.tasks import Task, score
from mlflow_io.client import connect
from mlflow_io.history import read_history
from pipeline.__main__ import main as pipeline
from report.__main__ import main as report
from settings import load_experiment, read

pytestmark = pytest.mark.usefixtures("warmed")

SHIPPED = {"crash_severity": Task.MULTICLASS, "rand_visits": Task.REGRESSION}


@pytest.fixture
def store(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("BATCH_ZERO_HOME", str(tmp_path))
    shutil.copy(migrated, tmp_path)
    return f"sqlite:///{tmp_path / 'mlflow.db'}"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_history_is_made_and_told_by_the_primary_score(
    name: str, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    experiment = load_experiment(name, read({}))
    assert pipeline(["run", "--experiment", name, "--batches", "0-2", "--force-retrain"]) == 0
    first, *later = read_history(store, experiment.names).batches
    shown = {each.name for each in experiment.scores.shown}
    assert first.gate is not None
    assert set(first.gate.production) == shown
    for record in later:
        assert record.gate is not None
        assert record.gate.candidate is not None
        gain = experiment.scores.primary.gain(
            record.gate.candidate[experiment.scores.primary.name],
            record.gate.production[experiment.scores.primary.name],
        )
        assert gain is not None
        assert (record.gate.decision == "DEPLOY") == (gain >= 0)
    capsys.readouterr()
    assert report(["--experiment", name, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["primary_score"]["name"] == experiment.scores.primary.name
    assert told["summary"]["retraining_events"] == 2


TABLE = pd.DataFrame({"size": range(60), "kind": ["a", "b", "c"] * 20})
FOREIGN = """
title = "T"
description = "D"
[mlflow]
model = "Foreign"
drift_experiment = "Drift"
gate_experiment = "Gate"
[data]
target = "y"
{data}
[features]
numerical = ["size"]
categorical = ["kind"]
"""


def foreign(folder: Path, store: str, data: str, model: object, y: pd.Series) -> list[str]:
    """A registered model of another tool; the arguments of the baseline command for it."""
    rows = TABLE.assign(y=y)
    encoder = ColumnTransformer([("kind", OneHotEncoder(), ["kind"])], remainder="passthrough")
    fitted = make_pipeline(encoder, model).fit(TABLE, y)
    client = connect(store)
    run = client.create_run(client.create_experiment("Training", (folder / "artifacts").as_uri())).info
    mlflow.sklearn.save_model(fitted, folder / "model", serialization_format="cloudpickle", pip_requirements=[])
    client.log_artifacts(run.run_id, str(folder / "model"), "model")
    client.create_registered_model("Foreign")
    client.create_model_version("Foreign", f"{run.artifact_uri}/model", run.run_id)
    client.set_registered_model_alias("Foreign", "production", "1")
    joblib.dump(fitted, folder / "fitted.joblib")
    rows.to_csv(folder / "test.csv", index=False)
    (folder / "experiment.toml").write_text(FOREIGN.format(data=data), "utf-8")
    return ["--experiment", str(folder / "experiment.toml"), "--data", str(folder / "test.csv")]


def test_a_foreign_model_of_several_classes_is_scored_by_their_names(
    tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its classes stand in the order of the alphabet, the experiment's in another."""
    y = pd.Series(["small", "large", "medium"] * 20).where(TABLE["size"] % 7 > 0, "medium")
    data = 'task = "multiclass"\nclasses = ["small", "medium", "large"]'
    arguments = foreign(tmp_path, store, data, LogisticRegression(max_iter=1_000), y)
    assert baseline(arguments) == 0, capsys.readouterr().err
    experiment = load_experiment(str(tmp_path), read({}))
    (record,) = read_history(store, experiment.names).batches
    chance = joblib.load(tmp_path / "fitted.joblib").predict_proba(TABLE)[:, [2, 1, 0]]
    expected = score(Task.MULTICLASS, y.map({"small": 0, "medium": 1, "large": 2}), chance)
    assert record.gate is not None
    assert record.gate.production == experiment.scores.of(expected)


def test_a_foreign_model_of_other_classes_is_refused(
    tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    y = pd.Series(["small", "large", "medium"] * 20)
    data = 'task = "multiclass"\nclasses = ["small", "medium", "large", "huge"]'
    assert baseline(foreign(tmp_path, store, data, LogisticRegression(max_iter=1_000), y)) == 2
    err = capsys.readouterr().err
    assert "expected the classes of [data]: 'small', 'medium', 'large', 'huge'" in err


def test_a_foreign_model_of_numbers_is_scored_by_its_errors(
    tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    y = TABLE["size"] * 1.5 + (TABLE["size"] % 3)
    assert baseline(foreign(tmp_path, store, 'task = "regression"', LinearRegression(), y)) == 0
    assert "scores RMSE" in capsys.readouterr().out
    experiment = load_experiment(str(tmp_path), read({}))
    (record,) = read_history(store, experiment.names).batches
    expected = score(Task.REGRESSION, y, joblib.load(tmp_path / "fitted.joblib").predict(TABLE))
    assert record.gate is not None
    assert dict(record.gate.production) == pytest.approx(dict(experiment.scores.of(expected)))


def test_a_classifier_is_no_model_of_numbers(tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
    y = pd.Series(["small", "large", "medium"] * 20)
    arguments = foreign(tmp_path, store, 'task = "regression"', LogisticRegression(max_iter=1_000), y)
    TABLE.assign(y=1.0).to_csv(tmp_path / "test.csv", index=False)
    assert baseline(arguments) == 2
    assert "got the classifier LogisticRegression, expected a regressor" in capsys.readouterr().err


def test_a_score_that_the_task_has_not_is_refused_before_anything_is_done(
    tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = FOREIGN.format(data='task = "regression"') + '[scores]\nprimary = "auc"\n'
    (tmp_path / "experiment.toml").write_text(text, "utf-8")
    assert pipeline(["run", "--experiment", str(tmp_path), "--batches", "0"]) == 2
    assert "got 'auc', which is not computed for the task regression; expected one of rmse" in capsys.readouterr().err
    assert read_history(store, load_experiment(str(tmp_path), read({})).names).batches == ()


OF_TWO_BATCHES = pd.DataFrame(
    {"size": range(120), "kind": ["a", "b"] * 60, "batch": [0, 1] * 60, "group": range(120), "y": range(1, 121)}
).astype({"size": float, "y": float})
"""Rows of a pipeline of our own."""


def own(folder: Path, rows: pd.DataFrame, data: str = 'task = "regression"', more: str = "") -> list[str]:
    rows.to_csv(folder / "rows.csv", index=False)
    text = FOREIGN.format(data=f'path = "rows.csv"\n{data}') + more
    (folder / "experiment.toml").write_text(text, "utf-8")
    return ["run", "--experiment", str(folder / "experiment.toml"), "--batches", "0-1", "--force-retrain"]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (
            "y",
            1e200,
            "target 'y': got 1e+200 in batch 1, expected numbers from -1.8e+19 to 1.8e+19, with which",
        ),
        ("y", -1e20, "target 'y': got -1e+20 in batch 1"),
        ("size", 1e39, "column 'size': got 1e+39 in batch 1, expected numbers from -3.4e+38 to 3.4e+38"),
    ],
)
def test_numbers_too_large_to_learn_from_are_told_before_anything_is_written(
    tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str], column: str, value: float, said: str
) -> None:
    rows = OF_TWO_BATCHES.copy()
    rows.loc[3, column] = value
    assert pipeline(own(tmp_path, rows)) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert [found.name for found in connect(store).search_experiments()] == ["Default"]


def test_numbers_too_large_in_a_batch_that_is_not_run_are_no_matter(tmp_path: Path, store: str) -> None:
    rows = OF_TWO_BATCHES.copy()
    rows.loc[3, "y"] = 1e200
    assert pipeline([*own(tmp_path, rows)[:-2], "0"]) == 0
    assert len(read_history(store, load_experiment(str(tmp_path), read({})).names).batches) == 1


@pytest.mark.parametrize(
    ("primary", "y", "data", "said"),
    [
        (
            "r2",
            7.0,
            'task = "regression"',
            "R² cannot be computed on the test part of batch 1, and nothing",
        ),
        ("mape", 0.0, 'task = "regression"', "the test part of batch 1, and nothing decided without it: "),
        (
            "auc",
            2,
            'task = "multiclass"\nclasses = [0, 1, 2]',
            "batch 1, and nothing decided without it: its rows are",
        ),
    ],
)
def test_rows_that_decide_nothing_are_told_before_a_model_is_trained(
    tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str], primary: str, y: float, data: str, said: str
) -> None:
    first = OF_TWO_BATCHES["batch"] == 0
    others = OF_TWO_BATCHES["y"] if "regression" in data else OF_TWO_BATCHES["y"] // 2 % 3
    rows = OF_TWO_BATCHES.assign(y=others.where(first, y))
    assert pipeline(own(tmp_path, rows, data, f'[scores]\nprimary = "{primary}"\n')) == 2
    assert said in capsys.readouterr().err
    client = connect(store)
    ids = [found.experiment_id for found in client.search_experiments()]
    trained = [run.info.run_name for run in client.search_runs(ids) if "train" in run.info.run_name.lower()]
    assert len(trained) == 1


class Huge(LinearRegression):
    def predict(self, rows: object) -> np.ndarray:
        return super().predict(rows) * 1e200


def test_a_score_that_overflows_is_a_sentence_and_leaves_no_run(
    tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    assert baseline(foreign(tmp_path, store, 'task = "regression"', Huge(), TABLE["size"] + 1.0)) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "baseline: RMSE cannot be computed on these predictions, and nothing decided without it: the model's answers "
        "go from 1e+200 to 6e+201, the true values from 1 to 60, which is beyond computing"
    )
    assert read_history(store, load_experiment(str(tmp_path), read({})).names).batches == ()


@pytest.mark.parametrize(
    ("primary", "said"),
    [("r2", "it: all true values are 3"), ("mape", "it: 60 of 60 true values are 0")],
)
def test_a_test_set_that_decides_nothing_is_told_with_the_reason(
    tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str], primary: str, said: str
) -> None:
    data = f'task = "regression"\n[scores]\nprimary = "{primary}"'
    y = pd.Series([3.0 if primary == "r2" else 0.0] * len(TABLE))
    assert baseline(foreign(tmp_path, store, data, LinearRegression(), y)) == 2
    assert f"cannot be computed on this test set, and nothing decided without {said}" in capsys.readouterr().err


def test_the_data_are_not_blamed_for_what_the_model_predicts(
    tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    assert baseline(foreign(tmp_path, store, 'task = "regression"', Gaps(), TABLE["size"] + 1.0)) == 2
    said = "baseline: the model predicts no finite number for 1 of 60 rows, nan for row 4"
    assert capsys.readouterr().err.splitlines()[-1] == said


class Gaps(LinearRegression):
    def predict(self, rows: object) -> np.ndarray:
        found = super().predict(rows)
        found[3] = np.nan
        return found
