"""The pipeline on a target of several classes, and on one that is a number."""

import json
import shutil
from pathlib import Path

import joblib
import mlflow.sklearn
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
