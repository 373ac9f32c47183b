"""The histories of Health Predict's own pipeline, on a local store and over HTTP: read, completed, diagnosed."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from xgboost import XGBClassifier

from baseline.__main__ import main as baseline
from datasets.batches import load
from datasets.layout import INITIAL_TEST, INITIAL_TRAIN
from metrics.classifier import score
from metrics.scores import USUAL_SCORES
from mlflow_io.client import connect
from mlflow_io.history import read_history
from pipeline.__main__ import main as pipeline
from report.__main__ import main as report
from settings import load_experiment, read
from tests import dag, s3
from tests.dag import NAMES, Dag
from tests.examples.health_predict import features, laid_out
from tests.server import Server, empty
from tests.world import World

pytestmark = pytest.mark.usefixtures("warmed")

FIRST_BATCH = "drift_monitoring/batch_data/batch_1.csv"
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture(params=["SQLite", "a server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URI of a store that the DAG has written."""
    if request.param == "SQLite":
        world: World = request.getfixturevalue("world")
        uri, artifacts = world.uri, tmp_path / "artifacts"
    else:
        server: Server = request.getfixturevalue("tracking_server")
        empty(server.database)
        uri, artifacts = server.uri, None
    written = Dag(connect(uri), artifacts)
    written.promote(written.train(features.prepare(laid_out(INITIAL_TRAIN))))
    dag.five_batches(written)
    return uri


@pytest.fixture
def told(store: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Said:
    """A command on that store -> (exit code, stdout, stderr). The experiment is chosen as a container chooses it."""
    monkeypatch.setenv("BATCH_ZERO_EXPERIMENT", "health_predict")
    monkeypatch.setenv("BATCH_ZERO_HOME", str(tmp_path / "home"))

    def told(main: Callable[[list[str]], int], *arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([*arguments, "--mlflow-tracking-uri", store])
        return code, *capfd.readouterr()

    return told


def test_the_story_is_told_as_it_was(told: Said) -> None:
    code, out, _ = told(report, "--format", "json")
    story = json.loads(out)
    assert code == 0
    assert [(batch["batch"], batch["decision"], batch["decision_inferred"]) for batch in story["batches"]] == [
        (1, "SKIP_NO_DRIFT", False),
        (2, "SKIP_NO_DRIFT", False),
        (3, "DEPLOY", True),
        (4, "DEPLOY_REFRESH", True),
        (5, "SKIP", True),
    ]
    assert [batch["gate"]["candidate"] is None for batch in story["batches"]] == [True, True, False, False, False]
    assert [batch["drift"]["detected"] for batch in story["batches"]] == [False, False, True, True, True]
    assert {batch["drift"]["threshold"] for batch in story["batches"]} == {0.3}
    assert (story["model"]["version"], story["model"]["stage"], story["model"]["alias"]) == ("1", "Production", None)
    assert story["summary"]["retraining_events"] == 3
    assert "there is no baseline" in " ".join(story["notices"])


def test_the_baseline_command_of_the_plan_captures_batch_0(store: str, told: Said, lake: s3.Lake) -> None:
    """The raw test set comes from the bucket; the model's own preprocessor picks its columns, diagnoses included."""
    lake.put(
        "processed_data/initial_test.csv", laid_out("processed_data/initial_test.csv").to_csv(index=False).encode()
    )
    code, out, err = told(baseline, "--s3-bucket-name", "lake")
    assert (code, err) == (0, "")
    (found, *_) = read_history(store, NAMES).batches
    assert (found.batch, found.gate.decision, found.gate.test_set) == (0, "BASELINE", "initial_test")
    assert (found.drift.share, found.drift.total_columns) == (0.0, 41)
    assert found.gate.production == expected_scores(features.prepare(laid_out(INITIAL_TEST)))
    assert f"on {found.gate.test_rows:,} rows" in out
    assert json.loads(told(report, "--format", "json")[1])["summary"]["batches_processed"] == 6


def test_the_pipeline_goes_on_where_the_dag_ended(store: str, told: Said, tmp_path: Path) -> None:
    """With the model that the DAG has put into production."""
    for name in (INITIAL_TRAIN, INITIAL_TEST, FIRST_BATCH):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        laid_out(name).to_csv(tmp_path / name, index=False)
    code, _, err = told(pipeline, "run", "--data", str(tmp_path), "--batch", "1")
    assert (code, err) == (0, "")
    (first, *_) = read_history(store, NAMES).batches
    assert (first.gate.decision, first.gate_attempts.superseded) == ("SKIP_NO_DRIFT", 1)
    experiment = load_experiment("health_predict", read({}))
    assert first.gate.production == expected_scores(load(experiment.data, tmp_path).test(1))


def expected_scores(test: pd.DataFrame) -> object:
    """Without our code: the same preprocessor and model, fitted once more."""
    train = features.prepare(laid_out(INITIAL_TRAIN))
    shown = [name for name in train.columns if name not in ("patient", "batch", dag.TARGET)]
    preprocessor = dag.preprocessor_of(train[shown])
    model = XGBClassifier(n_estimators=20, n_jobs=1).fit(preprocessor.fit_transform(train[shown]), train[dag.TARGET])
    return USUAL_SCORES.of(score(test[dag.TARGET], model.predict_proba(preprocessor.transform(test[shown]))[:, 1]))


def test_the_doctor_says_what_the_dag_bends(told: Said) -> None:
    code, out, err = told(report, "doctor")
    assert (code, err) == (0, "")
    for sentence in (
        "A report can be told.",
        "quality gate runs of 5 batches (1–5)",
        "- There is no baseline: run python -m baseline to capture Batch 0",
        "- Batches 1–5, drift run, drift_threshold: lacking; today's threshold is used, and said",
        "- Batch 3, quality gate run, decision: lacking; inferred: DEPLOY\n",
        "- Batch 4, quality gate run, decision: lacking; inferred: DEPLOY_REFRESH\n",
        "- Version 1 of HealthPredictModel is in production by its stage, not by an alias",
        "- Batch 5: a newer quality gate run (started ",
        " FAILED; this is the latest finished one",
        "- Batches 3–5, drift run, dataset_drift: another verdict than share and threshold give",
        "param training_run_id                          lacks 3–5",
    ):
        assert sentence in out


def test_reading_changes_nothing(told: Said, store: str) -> None:
    before = runs(store)
    told(report, "doctor")
    told(report, "--format", "json")
    assert runs(store) == before


def runs(store: str) -> list[dict]:
    client = connect(store)
    ids = [experiment.experiment_id for experiment in client.search_experiments()]
    return [run.to_dictionary() for run in client.search_runs(ids)]
