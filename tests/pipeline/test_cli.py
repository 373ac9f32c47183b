"""``python -m pipeline``, on a small experiment in a real store."""

import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pandas as pd
import pytest
from mlflow.exceptions import MlflowException

from batch_zero.progress import Steps
from datasets.batches import load
from datasets.frames import features_and_target
from lifecycle.records import BatchRecord, GateRecord
from metrics.classifier import score
from metrics.roc import roc_curve
from metrics.scores import USUAL_SCORES
from mlflow_io.artifacts.model_files import downloaded
from mlflow_io.artifacts.results import load_drift_columns, load_roc
from mlflow_io.client import connect
from mlflow_io.errors import TrackingError
from mlflow_io.history import read_history
from mlflow_io.names import CANDIDATE_VERSION
from mlflow_io.registry import (
    COMPARED_WITH,
    find_production,
    promote,
    register,
    store_model,
    trained_until,
    was_compared_with,
)
from pipeline.__main__ import main
from pipeline.run import Pipe
from pipeline.train import train
from tests import small
from tests.conftest import ROOT
from tests.interrupting import signalled_at
from tests.small import NAMES, SmallHistory

pytestmark = pytest.mark.usefixtures("warmed")

Run = Callable[..., tuple[int, str, str]]
REFRESH = {
    "min_auc_change = 0.0 ": "min_auc_change = 1.0 ",
    "max_auc_regression = 0.02 ": "max_auc_regression = 1.0 ",
}
"""A gate that lets every candidate pass, as a refresh."""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command -> (exit code, stdout, stderr)."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["run", *map(str, arguments)])
        return code, *capsys.readouterr()

    return run


def heard_by(say: Callable[[str], None]) -> Steps:
    return Steps(2, lambda step: say(step.text))


@pytest.fixture
def store(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty embedded store."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated, home)
    monkeypatch.setenv("BATCH_ZERO_HOME", str(home))
    return f"sqlite:///{home / 'mlflow.db'}"


def batches(uri: str) -> dict[int, BatchRecord]:
    return {record.batch: record for record in read_history(uri, NAMES).batches}


def versions(uri: str) -> set[str]:
    return {str(found.version) for found in connect(uri).search_model_versions(f"name = '{NAMES.model}'")}


def every_run(uri: str) -> list[str]:
    client = connect(uri)
    ids = [experiment.experiment_id for experiment in client.search_experiments()]
    return [run.info.run_id for run in client.search_runs(ids)]


def runs(uri: str, name: str) -> list[Any]:
    """All runs of that name, whatever their status, the newest first."""
    client = connect(uri)
    ids = [experiment.experiment_id for experiment in client.search_experiments()]
    return list(client.search_runs(ids, f"run_name = '{name}'"))


def version_in_production(uri: str) -> str | None:
    found = find_production(connect(uri), NAMES.model)
    return found.version if found else None


def test_a_history_tells_what_happened_to_each_batch(small_history: SmallHistory) -> None:
    told = batches(small_history.uri)
    assert [told[number].gate.decision for number in (0, 1, 3)] == ["BASELINE", "SKIP_NO_DRIFT", "DEPLOY"]
    assert [told[number].drift.detected for number in (0, 1, 3)] == [None, False, True]
    assert {record.drift.threshold for record in told.values()} == {0.3}
    assert [told[number].gate.production_only for number in (0, 1, 3)] == [False, True, False]
    assert read_history(small_history.uri, NAMES).unfinished == ()


def test_only_the_run_that_trained_the_initial_model_says_so(small_history: SmallHistory) -> None:
    told = batches(small_history.uri)
    assert [told[number].gate.held_out for number in (0, 1, 3)] == [True, False, False]
    assert {record.gate.model_type for record in told.values()} == {"XGBoost"}


def test_a_deployed_candidate_is_the_version_in_production(small_history: SmallHistory) -> None:
    production = find_production(connect(small_history.uri), NAMES.model)
    assert (production.version, production.alias) == ("2", "production")
    assert production.run_id == batches(small_history.uri)[3].gate.training_run_id


def test_runs_follow_the_contract_where_a_model_was_trained(small_history: SmallHistory) -> None:
    (gate,), (drift,) = runs(small_history.uri, "quality_gate_batch_3"), runs(small_history.uri, "drift_batch_3")
    assert (gate.data.tags["quality_gate"], gate.data.tags["decision"]) == ("True", "DEPLOY")
    versions = {str(version.version): version for version in connect(small_history.uri).search_model_versions()}
    assert gate.data.params == {
        "batch_number": "3",
        "test_set_used": "batch_3_test",
        "model_type": "XGBoost",
        "training_run_id": versions["2"].run_id,
        "candidate_model_version": "2",
        "production_model_version": "1",
        "production_model_run_id": versions["1"].run_id,
        "production_trained_on_batches": "0-0",
    }
    scores = {f"{model}_{name}_test" for model in ("prod", "new") for name in ("auc", "f1", "precision", "recall")}
    assert gate.data.metrics.keys() == {
        *scores,
        *("auc_improvement", "f1_improvement", "test_rows", "new_model_training_rows"),
    }
    change = gate.data.metrics["new_auc_test"] - gate.data.metrics["prod_auc_test"]
    assert gate.data.metrics["auc_improvement"] == pytest.approx(change)
    assert drift.data.params == {
        "batch_number": "3",
        "reference_data": "initial_train",
        "new_data": "batch_3",
        "drift_threshold": "0.3",
    }
    assert drift.data.metrics == {
        "drift_share": pytest.approx(drift.data.metrics["n_drifted_columns"] / 11),
        "n_drifted_columns": drift.data.metrics["n_drifted_columns"],
        "n_total_columns": 11,
        "dataset_drift": 1,
    }


def test_where_nothing_was_trained_production_scores_stand_in_for_a_candidate(small_history: SmallHistory) -> None:
    (gate,) = runs(small_history.uri, "quality_gate_batch_1")
    assert gate.data.params["evaluation_type"] == "production_only"
    assert gate.data.metrics["new_auc_test"] == gate.data.metrics["prod_auc_test"]
    assert gate.data.metrics["auc_improvement"] == 0
    curves = [item.path for item in connect(small_history.uri).list_artifacts(gate.info.run_id, "roc_curves")]
    assert curves == ["roc_curves/roc_curve_production.json"]


def test_evidence_lies_with_its_runs(small_history: SmallHistory) -> None:
    record = batches(small_history.uri)[3]
    columns = load_drift_columns(small_history.uri, record.drift.run.run_id)
    assert sum(column.drifted is True for column in columns) == record.drift.drifted_columns
    html = [item.path for item in connect(small_history.uri).list_artifacts(record.drift.run.run_id, "drift")]
    assert html == ["drift/columns.json", "drift/evidently_report.html"]
    for candidate, scores in ((False, record.gate.production), (True, record.gate.candidate)):
        curve = load_roc(small_history.uri, record.gate.run.run_id, candidate=candidate)
        assert curve.auc == pytest.approx(scores.get("auc"), abs=1e-9)


def test_both_models_were_scored_on_the_test_part_of_the_batch(small_history: SmallHistory) -> None:
    import mlflow.sklearn

    gate = batches(small_history.uri)[3].gate
    spec = small.loaded(small_history.folder).data
    test = load(spec).test(3)
    # What scikit-learn's own loader makes of the stored models, and not our sandbox.
    for version, scores in (("1", gate.production), ("2", gate.candidate)):
        source = connect(small_history.uri).get_model_version_download_uri(NAMES.model, version)
        model = mlflow.sklearn.load_model(source)
        features = test[list(spec.features)].astype(dict.fromkeys(spec.categorical, str))
        probability = model.predict_proba(features)[:, 1]
        assert USUAL_SCORES.of(score(test["severe"], probability)) == scores
        assert roc_curve(test["severe"], probability).auc == pytest.approx(scores.get("auc"))
    assert gate.test_rows == len(test)


def test_a_candidate_learns_from_all_training_parts_up_to_its_batch(small_history: SmallHistory) -> None:
    data = load(small.loaded(small_history.folder).data)
    for batch in (0, 3):
        (trained,) = runs(small_history.uri, f"train_batch_{batch}")
        expected = sum(len(data.rows(number)) - len(data.test(number)) for number in range(batch + 1))
        assert trained.data.metrics["training_rows"] == expected
        assert trained.data.params["n_estimators"] == "200"


def test_the_model_is_one_pipeline_with_signature_and_input_example(small_history: SmallHistory) -> None:
    import mlflow.sklearn
    from mlflow.models import Model

    client = connect(small_history.uri)
    with downloaded(client, find_production(client, NAMES.model)) as (folder, preprocessor):
        logged, model = Model.load(folder), mlflow.sklearn.load_model(folder.as_uri())
    assert logged.signature.inputs.input_names() == list(small.loaded(small_history.folder).data.features)
    assert logged.saved_input_example_info is not None
    assert [name for name, _ in model.steps] == ["encode", "model"]
    assert preprocessor is None


def test_a_batch_run_again_makes_new_runs_and_overwrites_nothing(
    history: SmallHistory, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under another threshold, which is stored with the new runs alone."""
    before = runs(history.uri, "quality_gate_batch_3")[0]
    monkeypatch.setenv("DRIFT_THRESHOLD", "0.99")
    assert run("--experiment", history.folder, "--batch", 3)[0] == 0
    newest, older = runs(history.uri, "quality_gate_batch_3")
    assert older.to_dictionary() == before.to_dictionary()
    record = batches(history.uri)[3]
    assert (record.gate.run.run_id, record.gate_attempts.superseded) == (newest.info.run_id, 1)
    assert (record.drift.threshold, record.drift.detected, record.gate.decision) == (0.99, False, "SKIP_NO_DRIFT")
    assert [drift.data.params["drift_threshold"] for drift in runs(history.uri, "drift_batch_3")] == ["0.99", "0.3"]


def test_force_retrain_trains_without_drift_and_a_refresh_moves_the_alias(
    history: SmallHistory, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRIFT_THRESHOLD", "0.99")
    code, out, _ = run("--experiment", small.make(tmp_path / "it", REFRESH), "--batch", 4, "--force-retrain")
    record = batches(history.uri)[4]
    assert (code, record.drift.detected, record.gate.decision) == (0, False, "DEPLOY_REFRESH")
    assert find_production(connect(history.uri), NAMES.model).run_id == record.gate.training_run_id
    assert "batch 4: DEPLOY_REFRESH, AUC" in out


def knowing_the_answers(history: SmallHistory, batch: int) -> None:
    """Puts a model of another pipeline into production that was trained on the batch's test part."""
    experiment = small.loaded(history.folder)
    features, target = features_and_target(experiment.data, load(experiment.data).test(batch))
    client = connect(history.uri)
    experiment_id = client.get_experiment_by_name(NAMES.gate_experiment).experiment_id
    run_id = client.create_run(experiment_id).info.run_id
    model_id = store_model(client, run_id, experiment_id, train(experiment.data, features, target), features.head())
    promote(client, register(client, NAMES.model, model_id, run_id), replaces=find_production(client, NAMES.model))


def test_a_worse_candidate_is_kept_out(history: SmallHistory, run: Run) -> None:
    knowing_the_answers(history, 5)
    assert run("--experiment", history.folder, "--batch", 5)[0] == 0
    gate = batches(history.uri)[5].gate
    assert (gate.decision, gate.production.get("auc") > gate.candidate.get("auc")) == ("SKIP", True)
    assert version_in_production(history.uri) == "3"


def test_reuse_goes_on_where_an_earlier_run_of_several_batches_ended(history: SmallHistory, run: Run) -> None:
    code, out, _ = run("--experiment", history.folder, "--batches", "0-3", "--reuse")
    assert (code, out.splitlines()[0].partition(": reusing ")[2]) == (0, "the finished runs of batches 0, 1, 3")
    assert [len(runs(history.uri, f"drift_batch_{batch}")) for batch in range(4)] == [1, 1, 1, 1]


def test_reuse_does_nothing_where_all_is_there(history: SmallHistory, run: Run) -> None:
    code, out, _ = run("--experiment", history.folder, "--batches", "0,1,3", "--reuse")
    assert (code, len(out.splitlines())) == (0, 1)
    assert "reusing the finished runs of batches 0, 1, 3" in out
    assert len(runs(history.uri, "drift_batch_1")) == 1


def test_without_a_model_in_production_nothing_is_written(history: SmallHistory, run: Run) -> None:
    connect(history.uri).delete_registered_model_alias(NAMES.model, "production")
    before = every_run(history.uri)
    code, _, err = run("--experiment", history.folder, "--batch", 1)
    assert (code, len(err.splitlines())) == (2, 1)
    assert err.startswith("pipeline: No version of the registered model 'CrashTriage' is in production: give one the")
    assert every_run(history.uri) == before


def test_a_gate_that_fails_leaves_its_reason_and_the_last_finished_run_counts(
    history: SmallHistory, run: Run, tmp_path: Path
) -> None:
    kept = batches(history.uri)[1].gate.run.run_id
    mild = small.rows()
    mild.loc[mild["yearacc"] == 1998, "injSeverity"] = 0
    code, _, err = run("--experiment", small.make(tmp_path / "mild", data=mild), "--batch", 1)
    sentence = "the test part of batch 1 holds one class only (0); both are needed"
    assert (code, err) == (2, f"pipeline: {sentence}\n")
    failed = runs(history.uri, "quality_gate_batch_1")[0]
    assert failed.info.status == "FAILED"
    assert failed.data.tags["failure_reason"].startswith(f"DataError: {sentence}")
    record = batches(history.uri)[1]
    assert record.gate.run.run_id == kept
    assert [(ref.run_id, ref.status) for ref in record.gate_attempts.newer_unfinished] == [
        (failed.info.run_id, "FAILED")
    ]


def test_a_drift_check_that_fails_leaves_its_reason(history: SmallHistory, run: Run, tmp_path: Path) -> None:
    data = small.rows().astype({"ageOFocc": object})
    data.loc[data["yearacc"] == 1998, "ageOFocc"] = "old"
    code, _, err = run("--experiment", small.make(tmp_path / "experiment", data=data), "--batch", 1)
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("pipeline: column 'ageOFocc' of the batch: got 'old', expected a number (")
    failed = runs(history.uri, "drift_batch_1")[0]
    assert (failed.info.status, failed.data.tags["failure_reason"][:12]) == ("FAILED", "DriftError: ")
    assert len(runs(history.uri, "quality_gate_batch_1")) == 1


def only_mild(data: pd.DataFrame, vehicles_in_test: bool, folder: Path) -> pd.DataFrame:
    """Without the severe cases of batch 0 in one of its two parts."""
    batches = load(small.loaded(folder).data)
    rows = batches.test(0) if vehicles_in_test else batches.train(0, 0)
    severe = set(rows.loc[rows["severe"] == 1, "vehicle"])
    return data[~(data["yearacc"].astype(str) + ":" + data["caseid"]).isin(severe)]


@pytest.mark.parametrize(
    ("in_test", "part"), [(True, "the test part of batch 0"), (False, "the training part of batches 0 to 0")]
)
def test_one_class_only_is_said_before_anything_is_promoted(
    history: SmallHistory, run: Run, tmp_path: Path, in_test: bool, part: str
) -> None:
    folder = small.make(tmp_path / "mild", data=only_mild(small.rows(), in_test, history.folder))
    code, _, err = run("--experiment", folder, "--batch", 0, "--restart")
    assert (code, err) == (2, f"pipeline: {part} holds one class only (0); both are needed\n")
    failed = runs(history.uri, "quality_gate_batch_0")[0]
    assert (failed.info.status, failed.data.tags["failure_reason"]) == ("FAILED", f"DataError: {err[10:-1]}")
    assert (batches(history.uri)[0].gate.decision, version_in_production(history.uri)) == ("BASELINE", "2")


def rewritten(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)


def with_target(folder: Path, text: str) -> None:
    features = folder / "features.py"
    features.write_text(features.read_text().replace("isin(SEVERE).astype(int)", text))


BROKEN = {
    "a table that is a web page": (
        lambda folder: (
            (folder / "nass_cds.csv.gz").unlink()
            or rewritten(folder, "experiment.toml", (folder / "experiment.toml").read_text().replace(".csv.gz", ".csv"))
            or rewritten(folder, "nass_cds.csv", "<!DOCTYPE html>\n<html>\n<p>Not found, sorry</p>\n</html>\n")
        ),
        "nass_cds.csv: got a web page or XML, expected CSV or Parquet",
    ),
    "a gzip file that is none": (
        lambda folder: rewritten(folder, "nass_cds.csv.gz", "dvcat,weight\n1,2\n"),
        "nass_cds.csv.gz: columns are missing: 'injSeverity'; the data has 'dvcat', 'weight'",
    ),
    "no table": (
        lambda folder: (folder / "nass_cds.csv.gz").unlink(),
        "nass_cds.csv.gz: there is no such file",
    ),
    "a target of words": (
        lambda folder: with_target(folder, 'isin(SEVERE).map({True: "yes", False: "no"})'),
        "target 'severe': got 'no', 'yes', expected the numbers 0 and 1",
    ),
    "features.py that raises": (
        lambda folder: rewritten(folder, "features.py", "def prepare(raw):\n    return 1 / 0\n"),
        "features.py: ZeroDivisionError: division by zero",
    ),
    "features.py that is no Python": (
        lambda folder: rewritten(folder, "features.py", "def prepare(raw)\n"),
        "features.py: SyntaxError: expected ':'",
    ),
    "features.py without prepare": (
        lambda folder: rewritten(folder, "features.py", "import nothing_of_the_kind\n"),
        "features.py: ModuleNotFoundError: No module named 'nothing_of_the_kind'",
    ),
    "features.py that returns nothing": (
        lambda folder: rewritten(folder, "features.py", "def prepare(raw):\n    pass\n"),
        "features.py: prepare() returned a NoneType, expected a DataFrame",
    ),
}


@pytest.mark.parametrize("case", [case for case, (_, wanted) in BROKEN.items() if wanted])
def test_data_that_cannot_be_used_is_one_sentence_and_exit_code_1(
    store: str, run: Run, tmp_path: Path, case: str
) -> None:
    spoil, wanted = BROKEN[case]
    folder = small.make(tmp_path / "experiment")
    spoil(folder)
    code, _, err = run("--experiment", folder, "--batch", 0)
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("pipeline: ")
    assert wanted in err
    assert (version_in_production(store), batches(store)) == (None, {})


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--batch", 99), "the data of {folder} has batches 0, 1, 2, 3, 4, 5, not 99"),
        (("--batches", "4-7"), "the data of {folder} has batches 0, 1, 2, 3, 4, 5, not 6, 7"),
        (("--batch", 0, "--mlflow-tracking-uri", "http://127.0.0.1:9"), "at http://127.0.0.1:9 cannot be reached: "),
        (("--batch", 0, "--mlflow-tracking-uri", "sqlite:////no/such.db"), "no MLflow store at sqlite:////no/such.db"),
        (("--batch", 0, "--mlflow-tracking-uri", "mysql://u:pw@h/x"), "mysql://u:***@h/x cannot be reached: No module"),
        (("--batch", 0, "--mlflow-tracking-uri", "postgresql://u:pw@127.0.0.1:9/x"), "u:***@127.0.0.1:9/x cannot be "),
    ],
)
def test_what_is_not_there_is_one_sentence_and_exit_code_1(
    small_history: SmallHistory, run: Run, arguments: tuple[object, ...], sentence: str
) -> None:
    code, _, err = run("--experiment", small_history.folder, *arguments)
    assert (code, err.count("\n")) == (2, 1)
    assert sentence.format(folder=small_history.folder) in err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "pipeline: give --batch or --batches; see"),
        (("--batches", "5-2"), "got '5-2', a range that runs backwards; expected one like 0-5"),
        (("--batches", "5-"), "got '5-', expected a batch number, a range like 0-5 or a list like 1,3"),
        (("--batch", "-1"), "got '-1', expected a batch number"),
        (("--batch", "first"), "got 'first', expected a batch number"),
        (("--batch", "1", "--batches", "2"), "not allowed with argument"),
        (("--batch", "1", "--reuse", "--restart"), "not allowed with argument"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], complaint: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["run", *arguments])
    assert stop.value.code == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (
            "nowhere",
            "experiment: got 'nowhere', expected one of crash_triage, crash_severity, health_predict, rand_hie, "
            "rand_visits or the path of",
        ),
        ("health_predict", "this experiment has no data of its own to run: its experiment.toml names no data.path"),
    ],
)
def test_an_experiment_that_cannot_be_run_is_one_sentence(run: Run, key: str, sentence: str) -> None:
    code, _, err = run("--experiment", key, "--batch", 0)
    assert (code, err.count("\n")) == (2, 1)
    assert sentence in err


def test_an_experiment_without_features_cannot_be_run(run: Run, tmp_path: Path) -> None:
    folder = small.make(tmp_path / "experiment", {"numerical = ": "# ", "categorical = ": "# "})
    code, _, err = run("--experiment", folder, "--batch", 0)
    assert (code, err) == (
        2,
        f"pipeline: experiment {folder}: its experiment.toml has no columns in [features], which a pipeline needs; "
        "a report does without\n",
    )


READ_ONLY = 'title = "T"\n[mlflow]\ndrift_experiment = "D"\ngate_experiment = "G"\n'


def test_an_experiment_for_a_report_alone_says_what_a_pipeline_lacks(run: Run, tmp_path: Path) -> None:
    (tmp_path / "experiment.toml").write_text(READ_ONLY)
    code, _, err = run("--experiment", tmp_path, "--batch", 0)
    assert (code, err) == (
        2,
        f"pipeline: experiment {tmp_path}: its experiment.toml has no [data] with a target, no columns in [features], "
        "no model in [mlflow], which a pipeline needs; a report does without\n",
    )


def test_a_store_that_is_locked_is_one_sentence(history: SmallHistory, run: Run) -> None:
    with sqlite3.connect(history.home / "mlflow.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        uri = f"{history.uri}?timeout=0.1"  # seconds that SQLite waits; 5 without a word
        code, _, err = run("--experiment", history.folder, "--batch", 1, "--mlflow-tracking-uri", uri)
    assert (code, err.count("\n")) == (2, 1)
    assert "cannot be reached: (sqlite3.OperationalError) database is locked" in err


def test_a_store_that_is_read_only_is_one_sentence(
    history: SmallHistory, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # MLflow makes the folders of ``file:/...`` below the working directory
    shutil.copy(history.home / "mlflow.db", tmp_path)  # a path that a SQLite URI need not escape
    uri = f"sqlite:///file:{tmp_path / 'mlflow.db'}?mode=ro&uri=true"
    code, _, err = run("--experiment", history.folder, "--batch", 1, "--mlflow-tracking-uri", uri)
    assert (code, err.count("\n")) == (2, 1)
    assert "attempt to write a readonly database" in err


def test_a_home_that_cannot_be_made_is_one_sentence(
    small_history: SmallHistory, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BATCH_ZERO_HOME", str(tmp_path / "file" / "home"))
    code, _, err = run("--experiment", small_history.folder, "--batch", 1)
    assert (code, err.count("\n")) == (2, 1)
    assert "Not a directory" in err


def test_two_pipelines_at_once_lose_nothing(history: SmallHistory, run: Run, tmp_path: Path) -> None:
    """Both would deploy. Whoever finds that the other was faster is refused, or begins after it and takes its place."""
    arguments = ("--experiment", small.make(tmp_path / "it", REFRESH), "--batch", 4)
    command = [sys.executable, "-m", "pipeline", "run", *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdout=PIPE, stderr=PIPE, text=True) as other:
        assert "opening the store" in other.stdout.readline()
        code, _, err = run(*arguments)
        _, other_err = other.communicate(timeout=600)  # it may have begun anew
    named = [(re.findall(r"version \d", text) or [""])[0] for text in (err, other_err)]
    ends = [(code, named[0]), (other.returncode, named[1])]
    assert {*ends} <= {(0, ""), (2, "version 3"), (2, "version 4")}, (err, other_err)
    through = [code for code, _ in ends].count(0)
    last = read_history(history.uri, NAMES).batches[-1]
    assert (last.drift_attempts.finished, last.gate_attempts.finished) == (2, through)
    assert len(versions(history.uri)) == 2 + through
    deployed = {
        run.data.params.get("training_run_id")
        for run in runs(history.uri, "quality_gate_batch_4")
        if run.info.status == "FINISHED"
    }
    assert find_production(connect(history.uri), NAMES.model).run_id in deployed


def pipe(history: SmallHistory, when: str, act: Callable[[], None], folder: Path | None = None) -> Pipe:
    """A pipeline that does something of ours as soon as it says a certain thing."""

    def say(said: str) -> None:
        if when in said:
            act()

    experiment = small.loaded(folder or history.folder)
    return Pipe(connect(history.uri), history.uri, experiment, load(experiment.data), history.home, heard_by(say))


def test_a_candidate_does_not_replace_a_model_that_it_was_not_compared_with(
    history: SmallHistory, tmp_path: Path
) -> None:
    """Someone else promotes while it is being scored."""
    folder = small.make(tmp_path / "it", REFRESH)
    late = pipe(history, "candidate trained", lambda: knowing_the_answers(history, 4), folder)
    with pytest.raises(TrackingError, match="got version 3 in production, expected version 2: another"):
        late.run_batch(4)
    (failed,) = runs(history.uri, "quality_gate_batch_4")
    assert (failed.info.status, failed.data.tags["failure_reason"][:15]) == ("FAILED", "TrackingError: ")
    assert (version_in_production(history.uri), 4 in batches(history.uri)) == ("3", True)
    assert batches(history.uri)[4].gate is None
    assert versions(history.uri) == {"1", "2", "3"}


def test_of_several_that_begin_at_once_those_that_are_refused_leave_no_version(store: str, tmp_path: Path) -> None:
    """All have trained before the first one promotes. Two that promote in the same moment may both have been there."""
    experiment, together = small.loaded(small.make(tmp_path / "it")), threading.Barrier(3)

    def begin(_: int) -> str:
        def say(said: str) -> None:
            if "initial model trained" in said:
                together.wait(timeout=120)

        pipe = Pipe(
            connect(store), store, experiment, load(experiment.data), tmp_path / "home" / "artifacts", heard_by(say)
        )
        try:
            pipe.run_batch(0)
        except TrackingError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(3) as pool:
        ends = list(pool.map(begin, range(3)))
    assert len(versions(store)) == ends.count("") > 0, ends
    assert version_in_production(store) in versions(store)


def test_a_version_is_withdrawn_where_its_run_cannot_be_finished(history: SmallHistory, tmp_path: Path) -> None:
    """The last thing before a promotion is to log the candidate's version, which somebody else has logged."""
    client, folder = connect(history.uri), small.make(tmp_path / "it", REFRESH)

    def log_another_version() -> None:
        (run,) = runs(history.uri, "quality_gate_batch_4")
        client.log_param(run.info.run_id, CANDIDATE_VERSION, "0")

    heard: list[str] = []

    def say(said: str) -> None:
        heard.append(said)
        if "candidate trained" in said:
            log_another_version()

    with pytest.raises(MlflowException, match="Changing param values is not allowed"):
        replace(pipe(history, "", interrupt, folder), steps=heard_by(say)).run_batch(4)
    assert heard[-1] == f"batch 4: version 3 of {NAMES.model} was not promoted and is deleted again"
    assert (versions(history.uri), version_in_production(history.uri)) == ({"1", "2"}, "2")


def interrupt() -> None:
    raise KeyboardInterrupt


def test_an_interrupted_batch_is_killed_and_promotes_nothing(history: SmallHistory) -> None:
    with pytest.raises(KeyboardInterrupt):
        pipe(history, "candidate trained", interrupt).run_batch(3)
    killed, finished = runs(history.uri, "quality_gate_batch_3")
    assert killed.info.status == "KILLED"
    assert batches(history.uri)[3].gate.run.run_id == finished.info.run_id
    assert version_in_production(history.uri) == "2"


def test_batch_0_promotes_nothing_before_it_is_through(history: SmallHistory) -> None:
    with pytest.raises(KeyboardInterrupt):
        pipe(history, "initial model trained", interrupt).run_batch(0, restart=True)
    assert runs(history.uri, "quality_gate_batch_0")[0].info.status == "KILLED"
    assert version_in_production(history.uri) == "2"


def test_batch_0_does_not_replace_a_model_that_knows_more(history: SmallHistory, run: Run) -> None:
    code, _, err = run("--experiment", history.folder, "--batches", "0-1")
    sentence = (
        "pipeline: batch 0: version 2 of CrashTriage is in production; "
        "a model of batch 0 alone takes its place with --restart only\n"
    )
    assert (code, err, version_in_production(history.uri)) == (2, sentence, "2")
    assert [len(runs(history.uri, f"quality_gate_batch_{batch}")) for batch in (0, 1)] == [1, 1]


def test_batch_0_does_not_replace_a_model_of_another_pipeline(history: SmallHistory, run: Run) -> None:
    knowing_the_answers(history, 0)
    code, _, err = run("--experiment", history.folder, "--batch", 0)
    assert (code, "version 3 of CrashTriage is in production" in err) == (2, True)


def test_restart_runs_all_of_it_on_top(history: SmallHistory, run: Run) -> None:
    before = batches(history.uri)
    assert run("--experiment", history.folder, "--batches", "0,1,3", "--restart")[0] == 0
    after = batches(history.uri)
    assert {number: record.gate_attempts.finished for number, record in after.items()} == {0: 2, 1: 2, 3: 2}
    assert [record.gate.decision for record in after.values()] == [record.gate.decision for record in before.values()]
    assert [record.gate.production for record in after.values()] == [
        record.gate.production for record in before.values()
    ]
    assert version_in_production(history.uri) == "4"


def test_batch_0_may_be_run_again_while_production_knows_nothing_else(history: SmallHistory, run: Run) -> None:
    """A retry, after an end between the promotion and the word FINISHED."""
    connect(history.uri).set_registered_model_alias(NAMES.model, "production", "1")
    connect(history.uri).update_run(runs(history.uri, "quality_gate_batch_0")[0].info.run_id, status="RUNNING")
    assert run("--experiment", history.folder, "--batch", 0)[0] == 0
    production = find_production(connect(history.uri), NAMES.model)
    assert (production.version, trained_until(connect(history.uri), production)) == ("3", 0)
    (gate,) = [run for run in runs(history.uri, "quality_gate_batch_0") if run.info.status == "FINISHED"]
    assert gate.data.params["training_run_id"] == production.run_id


@pytest.mark.parametrize("status", ["RUNNING", "FINISHED"])
def test_a_batch_run_again_is_compared_with_what_it_was_compared_with_before(
    history: SmallHistory, run: Run, status: str
) -> None:
    """RUNNING: a retry, after an end between the promotion and the word FINISHED."""
    before = batches(history.uri)[3].gate
    connect(history.uri).update_run(before.run.run_id, status=status)
    for version in ("3", "4"):
        code, out, _ = run("--experiment", history.folder, "--batch", 3)
        assert code == 0
        assert "comparing with version 1, the one of its turn" in out
        gate = batches(history.uri)[3].gate
        assert (gate.decision, gate.production, gate.candidate) == ("DEPLOY", before.production, before.candidate)
        assert gate.production != gate.candidate
        production = find_production(connect(history.uri), NAMES.model)
        assert (production.version, production.run_id) == (version, gate.training_run_id)
        assert was_compared_with(connect(history.uri), production).version == "1"


def test_a_batch_run_again_behind_later_ones_repeats_what_it_decided_and_production_stays(
    history: SmallHistory, run: Run, tmp_path: Path
) -> None:
    assert run("--experiment", small.make(tmp_path / "it", REFRESH), "--batch", 4)[0] == 0
    before, later = batches(history.uri), version_in_production(history.uri)
    code, out, _ = run("--experiment", history.folder, "--batch", 3)
    assert (code, "decided as before; version 3 stays in production" in out) == (0, True)
    assert run("--experiment", history.folder, "--batch", 1)[0] == 0
    after = batches(history.uri)
    for batch in (1, 3):
        assert scored(after[batch].gate) == scored(before[batch].gate)
        assert after[batch].gate.run != before[batch].gate.run
    assert (version_in_production(history.uri), later) == ("3", "3")
    assert after[3].gate.candidate_version is None


def scored(gate: GateRecord) -> tuple[object, ...]:
    return gate.decision, gate.production, gate.candidate, gate.production_version, gate.production_run_id


@pytest.mark.parametrize("batch", [1, 2])
def test_a_batch_that_trained_no_model_in_its_turn_trains_none_behind_later_ones(
    history: SmallHistory, run: Run, batch: int
) -> None:
    before = every_run(history.uri)
    code, _, err = run("--experiment", history.folder, "--batch", batch, "--force-retrain")
    assert (code, err) == (
        2,
        f"pipeline: batch {batch}: version 2 of CrashTriage is in production and was trained on batches 0 to 3, "
        "which a model of fewer must not replace; to begin again, run batch 0 with --restart\n",
    )
    assert (every_run(history.uri), version_in_production(history.uri)) == (before, "2")


def test_a_batch_that_would_find_drift_today_is_refused_before_anything_is_written(
    history: SmallHistory, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRIFT_THRESHOLD", "0.001")
    before = every_run(history.uri)
    code, _, err = run("--experiment", history.folder, "--batch", 1)
    assert (code, "which a model of fewer must not replace" in err) == (2, True)
    assert every_run(history.uri) == before


def test_a_batch_that_comes_late_meets_the_model_that_its_turn_would_have_met(history: SmallHistory, run: Run) -> None:
    assert run("--experiment", history.folder, "--batch", 2)[0] == 0
    gate = batches(history.uri)[2].gate
    assert (gate.decision, gate.production_version, gate.trained_until) == ("SKIP_NO_DRIFT", "1", 0)


def forget(history: SmallHistory, *keys: str) -> None:
    """As a pipeline that did not store these params would have left its runs."""
    with sqlite3.connect(history.home / "mlflow.db") as database:
        database.executemany("DELETE FROM params WHERE key = ?", [(key,) for key in keys])


MET = ("production_model_version", "production_model_run_id", "production_trained_on_batches")


@pytest.mark.parametrize("batch", [1, 3])
def test_what_an_older_pipeline_met_is_worked_out_from_the_registry(
    history: SmallHistory, run: Run, batch: int
) -> None:
    before = batches(history.uri)[batch].gate
    forget(history, *MET)
    assert run("--experiment", history.folder, "--batch", batch)[0] == 0
    assert scored(batches(history.uri)[batch].gate) == scored(before)


def trail_lost(history: SmallHistory) -> None:
    forget(history, *MET)
    connect(history.uri).delete_model_version_tag(NAMES.model, "2", COMPARED_WITH)


def version_deleted(history: SmallHistory) -> None:
    connect(history.uri).delete_model_version(NAMES.model, "1")


def another_pipelines_model(history: SmallHistory) -> None:
    forget(history, *MET)
    knowing_the_answers(history, 1)


def alias_moved_by_hand(history: SmallHistory) -> None:
    """Back to version 1, after batch 3 had deployed version 2, which batch 4 then met."""
    forget(history, *MET)
    connect(history.uri).set_registered_model_alias(NAMES.model, "production", "1")


UNKNOWN = {
    trail_lost: (1, "was trained on this batch already, and what it was compared with was not stored or is gone"),
    version_deleted: (1, "it met version 1 of CrashTriage when it was its turn, and the registry has no such version"),
    another_pipelines_model: (1, "is in production and does not say what it was trained on, and what this batch met"),
}


@pytest.mark.parametrize("spoil", UNKNOWN, ids=lambda spoil: spoil.__name__)
def test_where_it_cannot_be_told_what_a_batch_met_nothing_is_scored(
    history: SmallHistory, run: Run, spoil: Callable[[SmallHistory], None]
) -> None:
    spoil(history)
    batch, sentence = UNKNOWN[spoil]
    before, stays = every_run(history.uri), version_in_production(history.uri)
    code, _, err = run("--experiment", history.folder, "--batch", batch)
    assert (code, err.count("\n")) == (2, 1)
    assert sentence in err
    assert (every_run(history.uri), version_in_production(history.uri)) == (before, stays)


def test_an_alias_that_was_moved_by_hand_does_not_change_what_a_batch_met(history: SmallHistory, run: Run) -> None:
    before = batches(history.uri)
    connect(history.uri).set_registered_model_alias(NAMES.model, "production", "1")
    assert run("--experiment", history.folder, "--batch", 4)[0] == 0
    assert batches(history.uri)[4].gate.production_version == "1"
    assert run("--experiment", history.folder, "--batch", 1)[0] == 0
    assert scored(batches(history.uri)[1].gate) == scored(before[1].gate)


def test_a_trail_that_does_not_fit_the_runs_is_refused(history: SmallHistory, run: Run) -> None:
    assert run("--experiment", history.folder, "--batch", 4)[0] == 0
    alias_moved_by_hand(history)
    code, _, err = run("--experiment", history.folder, "--batch", 4)
    assert (code, "batch 3 had deployed a model before it, and version 1" in err) == (2, True)


def test_a_batch_whose_outcome_would_be_another_today_says_so_and_changes_nothing(
    history: SmallHistory, run: Run
) -> None:
    """Its earlier run deployed a model; the report goes on to tell that, because it is what happened."""
    forget(history, *MET)
    client, before, checked = connect(history.uri), batches(history.uri)[3].gate, batches(history.uri)[3].drift
    deployed = client.get_model_version(NAMES.model, "2")
    knowing_the_answers(history, 3)
    client.create_model_version(NAMES.model, deployed.source, deployed.run_id, tags={COMPARED_WITH: "3"})
    client.set_registered_model_alias(NAMES.model, "production", "4")
    code, _, err = run("--experiment", history.folder, "--batch", 3)
    assert (code, err.count("\n")) == (2, 1)
    assert "the model that an earlier run of this batch deployed would not be deployed today" in err
    assert (batches(history.uri)[3].gate, version_in_production(history.uri)) == (before, "4")
    assert runs(history.uri, "quality_gate_batch_3")[0].data.tags["decision"] == "SKIP"
    assert batches(history.uri)[3].drift == checked
    (refused,) = (run for run in runs(history.uri, "drift_batch_3") if run.info.status != "FINISHED")
    assert refused.info.status == "KILLED"
    assert "would not be deployed today" in refused.data.tags["failure_reason"]


def test_sigterm_kills_the_runs_and_not_only_the_process(history: SmallHistory) -> None:
    command = [sys.executable, "-m", "pipeline", "run", "--experiment", str(history.folder), "--batch", "3"]
    with subprocess.Popen(command, cwd=ROOT, stdout=PIPE, stderr=PIPE, text=True) as process:
        while "candidate trained" not in process.stdout.readline():
            assert process.poll() is None, process.stderr.read()
        process.terminate()
        _, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (143, "pipeline: ended by SIGTERM\n")
    killed = runs(history.uri, "quality_gate_batch_3")[0]
    assert (killed.info.status, killed.data.tags["failure_reason"]) == ("KILLED", "Terminated: SIGTERM")
    assert version_in_production(history.uri) == "2"


def test_a_signal_leaves_no_model_in_production_without_a_finished_run(history: SmallHistory, run: Run) -> None:
    with signalled_at("UPDATE registered_model_aliases ", signal.SIGTERM):
        assert run("--experiment", history.folder, "--batch", 4)[0] == 143
    gate = batches(history.uri)[4].gate
    assert (gate.decision, gate.candidate_version, version_in_production(history.uri)) == ("DEPLOY", "3", "3")


def test_ctrl_c_is_no_traceback(run: Run, tmp_path: Path) -> None:
    folder = small.make(tmp_path / "experiment")
    (folder / "features.py").write_text("raise KeyboardInterrupt\n")
    assert run("--experiment", folder, "--batch", 0) == (130, "", "pipeline: interrupted\n")


def test_another_experiment_is_only_another_folder(store: str, run: Run) -> None:
    code, _, err = run("--experiment", "rand_hie", "--batches", "0-2")
    assert (code, err) == (0, "")
    names = small.loaded(ROOT / "examples" / "rand_hie").names
    told = read_history(store, names).batches
    assert [record.gate.decision for record in told] == ["BASELINE", "SKIP_NO_DRIFT", "DEPLOY"]
    assert [record.drift.share for record in told] == [0.0, 0.0, 10 / 16]
    assert find_production(connect(store), names.model).version == "2"
