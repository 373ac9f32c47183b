"""``python -m baseline``, on histories of ours and of others."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import joblib
import mlflow.sklearn
import mlflow.xgboost
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from xgboost import XGBClassifier

from baseline.__main__ import main
from datasets.frames import prepare
from datasets.layout import INITIAL_TEST, INITIAL_TRAIN, held_out
from lifecycle.experiment import MlflowNames
from metrics.classifier import score
from metrics.scores import USUAL_SCORES
from mlflow_io.artifacts.results import load_roc
from mlflow_io.client import connect
from mlflow_io.history import read_history
from report.doctor.checks import examine
from report.export.markdown import render_markdown
from report.export.story_json import to_data
from report.story.story import tell
from report.story.tiles import closing_tiles, hero_tiles
from tests import s3, small
from tests.conftest import ROOT
from tests.small import SmallHistory
from tests.world import World, read_production

pytestmark = pytest.mark.usefixtures("warmed")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command -> (exit code, stdout, stderr)."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def initial_test(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw crashes of 1997 that the pipeline does not train on."""
    path = tmp_path_factory.mktemp("data") / "initial_test.csv"
    rows = small.rows().query("yearacc == 1997")
    rows[[held_out(f"1997:{case}", 0.3) for case in rows["caseid"]]].to_csv(path, index=False)
    return path


def counts(uri: str) -> dict[str, int]:
    """Number of runs by name, whatever their status."""
    client = connect(uri)
    ids = [experiment.experiment_id for experiment in client.search_experiments()]
    names = [run.info.run_name for run in client.search_runs(ids)]
    return {name: names.count(name) for name in names}


def test_the_baseline_is_captured_and_safe_to_repeat(history: SmallHistory, run: Run, initial_test: Path) -> None:
    told = []
    for _ in range(2):
        code, out, err = run("--experiment", history.folder, "--data", initial_test)
        assert (code, err) == (0, "")
        baseline, *others = read_history(history.uri, small.NAMES).batches
        assert f"gate run {baseline.gate.run.run_id}, drift run {baseline.drift.run.run_id}" in out
        told.append(baseline)
    first, second = told
    assert [record.batch for record in others] == [1, 3]
    assert first.gate.production == second.gate.production
    assert (second.gate.decision, second.gate.test_set, second.gate_attempts.superseded) == (
        "BASELINE",
        "initial_test",
        2,
    )
    assert (second.drift.share, second.drift.detected, second.drift.threshold) == (0.0, None, 0.3)
    assert load_roc(history.uri, second.gate.run.run_id, candidate=False).auc == pytest.approx(
        second.gate.production.get("auc")
    )


def test_a_baseline_after_a_deployment_is_that_of_the_model_of_batch_0(
    history: SmallHistory, run: Run, initial_test: Path
) -> None:
    """Batch 3 has deployed another one since; the pipeline's own Batch 0 says which one it was."""
    before = read_history(history.uri, small.NAMES).batches[0].gate
    for _ in range(2):
        code, out, _ = run("--experiment", history.folder, "--data", initial_test)
        assert (code, "version 2 is in production" in out) == (0, True)
        found = read_history(history.uri, small.NAMES)
        first = found.batches[0].gate
        assert (first.production_version, first.training_run_id) == ("1", before.training_run_id)
        story = tell(found, read_production(history.uri, small.NAMES.model), small.loaded(history.folder))
        assert story.chapters[0].notices == ()
        assert "initial model" in story.chapters[0].sentence
        assert "since Batch 3" in hero_tiles(story)[0].note


def test_a_baseline_that_cannot_be_that_of_batch_0_says_so_and_stays_what_it_was(
    history: SmallHistory, run: Run, initial_test: Path
) -> None:
    """Nothing says which model batch 0 had; what was captured once is captured again, whatever is in production."""
    client = connect(history.uri)
    for record in read_history(history.uri, small.NAMES).batches[:1]:
        client.delete_run(record.gate.run.run_id)
    client.delete_model_version_tag(small.NAMES.model, "2", "compared_with_version")
    for _ in range(2):
        code, out, _ = run("--experiment", history.folder, "--data", initial_test)
        assert (code, "batch 3 had deployed a model before" in out) == (0, True)
        story = tell(read_history(history.uri, small.NAMES), None, small.loaded(history.folder))
        assert "captured after batch 3 had deployed a model" in story.chapters[0].notices[0]
        assert "initial model" not in story.chapters[0].sentence
        client.set_registered_model_alias(small.NAMES.model, "production", "2")


def test_rows_of_later_batches_are_no_test_set_of_batch_0(history: SmallHistory, run: Run, tmp_path: Path) -> None:
    every = tmp_path / "every.csv"
    small.rows().to_csv(every, index=False)
    code, _, err = run("--experiment", history.folder, "--data", every)
    assert code == 2
    assert "column 'batch': got rows of batch '1'" in err
    assert "expected rows of batch 0 alone" in err


@pytest.fixture
def all_of_1997(tmp_path: Path) -> Path:
    path = tmp_path / "all_of_1997.csv"
    small.rows().query("yearacc == 1997").to_csv(path, index=False)
    return path


def rows_seen(history: SmallHistory) -> tuple[int, int]:
    """Of how many of the crashes of 1997 the pipeline learns, and how many there are."""
    vehicles = groups_of(history, small.rows().query("yearacc == 1997"))
    seen = sum(not held_out(vehicle, 0.3) for vehicle in vehicles)
    assert 0 < seen < len(vehicles)
    return seen, len(vehicles)


def test_rows_that_the_pipeline_trains_on_are_refused(history: SmallHistory, run: Run, all_of_1997: Path) -> None:
    before = counts(history.uri)
    code, _, err = run("--experiment", history.folder, "--data", all_of_1997)
    assert (code, err.count("\n")) == (2, 1)
    seen, every = rows_seen(history)
    assert f"{seen:,} of {every:,} rows are of the part that this experiment's pipeline trains on" in err
    assert err.endswith("with --allow-training-rows\n")
    assert counts(history.uri) == before


def test_where_they_are_let_through_every_face_says_so(history: SmallHistory, run: Run, all_of_1997: Path) -> None:
    asked = ("--experiment", history.folder, "--data", all_of_1997, "--allow-training-rows")
    assert run(*asked)[0] == 0
    seen, every = rows_seen(history)
    found, experiment = read_history(history.uri, small.NAMES), small.loaded(history.folder)
    assert (found.batches[0].gate.seen_rows, found.batches[0].gate.test_rows) == (seen, every)
    story = tell(found, read_production(history.uri, small.NAMES.model), experiment)
    notice = f"{seen:,} of the {every:,} test rows are of the part that models are trained on"
    assert [notice in told for told in story.chapters[0].notices] == [True]
    assert f"On {every:,} test rows ({seen:,} of them seen in training), the initial" in story.chapters[0].sentence
    assert f"({seen:,} of them seen in training) at the start" in story.summary.endpoints
    assert closing_tiles(story)[0].note == f"baseline model on Batch 0, {seen:,} rows of it seen in training"
    assert notice in render_markdown(story)
    assert notice in to_data(story)["batches"][0]["notices"][0]
    assert any(notice in bent for bent in examine(history.uri, experiment).bent)


def test_the_file_that_a_pipeline_is_trained_on_is_no_test_set(world: World, run: Run, tmp_path: Path) -> None:
    """Where it names its rows' groups or not."""
    old = OldStyle(world, tmp_path, "sklearn")
    place = tmp_path / INITIAL_TRAIN
    place.parent.mkdir()
    shutil.copy(old.test, place)
    code, _, err = run("--mlflow-tracking-uri", world.uri, "--experiment", old.toml, "--data", place)
    assert (code, "100 of 100 rows are of the part" in err) == (2, True)


def groups_of(history: SmallHistory, rows: pd.DataFrame) -> list[str]:
    spec = small.loaded(history.folder).data
    return prepare(spec, rows)[spec.group].astype(str).tolist()


OLD_STYLE = """
title = "T"
description = "D"
[mlflow]
model = "OldModel"
drift_experiment = "Drift"
gate_experiment = "Gate"
[data]
target = "y"
[features]
"""
"""As ``examples/health_predict``: every column but the target is a feature."""


class OldStyle:
    """A history as others write it: a bare model, a preprocessor beside it, a stage instead of an alias."""

    def __init__(self, world: World, folder: Path, flavour: str) -> None:
        rng = np.random.default_rng(0)
        frame = pd.DataFrame({"age": rng.normal(50, 10, 400), "dose": rng.normal(0, 1, 400)})
        frame["y"] = (frame["age"] / 10 + frame["dose"] + rng.normal(0, 1, 400) > 5).astype(int)
        self.world, self.folder = world, folder
        self.toml, self.test = folder / "experiment.toml", folder / "initial_test.csv"
        self.toml.write_text(OLD_STYLE)
        train, test = frame[:300], frame[300:]
        test.to_csv(self.test, index=False)
        scaler = StandardScaler().fit(train[["age", "dose"]])
        model = XGBClassifier(n_estimators=20).fit(scaler.transform(train[["age", "dose"]]), train["y"])
        self.expected = USUAL_SCORES.of(
            score(test["y"], model.predict_proba(scaler.transform(test[["age", "dose"]]))[:, 1])
        )
        self.register(model, scaler, flavour)

    def register(self, model: XGBClassifier, scaler: StandardScaler, flavour: str) -> None:
        client, run = self.world.client, self.world.run("Training", params={"max_depth": 6})
        if flavour == "xgboost":
            mlflow.xgboost.save_model(model, self.folder / "model", pip_requirements=[])
        else:
            mlflow.sklearn.save_model(
                model, self.folder / "model", serialization_format="cloudpickle", pip_requirements=[]
            )
        joblib.dump(scaler, self.folder / "preprocessor.joblib")
        client.log_artifacts(run, str(self.folder / "model"), "model")
        client.log_artifact(run, str(self.folder / "preprocessor.joblib"), "preprocessor")
        client.create_registered_model("OldModel")
        source = client.get_run(run).info.artifact_uri + "/model"
        client.create_model_version("OldModel", source, run)
        client.transition_model_version_stage("OldModel", "1", "Production")


@pytest.mark.parametrize("flavour", ["sklearn", "xgboost"])
def test_an_old_history_with_a_separate_preprocessor_and_a_stage(
    world: World, run: Run, tmp_path: Path, flavour: str
) -> None:
    old = OldStyle(world, tmp_path, flavour)
    code, _, err = run("--mlflow-tracking-uri", world.uri, "--experiment", old.toml, "--data", old.test)
    assert (code, err) == (0, "")
    (baseline,) = read_history(world.uri, MlflowNames("Drift", "Gate", "OldModel")).batches
    assert baseline.gate.production == old.expected
    assert (baseline.gate.model_type, baseline.gate.held_out) == ("XGBoost", False)
    assert baseline.drift.total_columns == 2


def test_the_initial_test_set_comes_from_a_bucket(
    history: SmallHistory, run: Run, initial_test: Path, lake: s3.Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.put(INITIAL_TEST, initial_test.read_bytes())
    monkeypatch.delenv("BATCH_ZERO_HOME")
    asked = ("--mlflow-tracking-uri", history.uri, "--experiment", history.folder)
    code, out, err = run(*asked, "--s3-bucket-name", "lake")
    assert (code, err) == (0, "")
    assert "baseline: reading s3://lake/processed_data/initial_test.csv\n" in out
    assert "rows that belong with these is not known: s3://lake/processed_data/initial_train.csv: the bucket has" in out
    assert counts(history.uri)["quality_gate_batch_0"] == 2


def test_the_training_set_beside_it_says_which_rows_belong_with_its_own(
    history: SmallHistory, run: Run, initial_test: Path, lake: s3.Lake, tmp_path: Path
) -> None:
    """In a bucket as in a folder."""
    rows = initial_test.read_bytes()
    lake.put(INITIAL_TEST, rows)
    lake.put(INITIAL_TRAIN, b"\n".join(rows.splitlines()[:11]))
    for key in (INITIAL_TEST, INITIAL_TRAIN):
        (tmp_path / key).parent.mkdir(exist_ok=True)
        (tmp_path / key).write_bytes(lake.get(key))
    for place in ("s3://lake", str(tmp_path)):
        code, out, err = run("--experiment", history.folder, "--data", f"{place}/{INITIAL_TEST}")
        assert (code, err) == (0, "")
        assert f"{place}/{INITIAL_TEST} are in {place}/{INITIAL_TRAIN} as well: scores of batch 0 are" in out
        assert read_history(history.uri, small.NAMES).batches[0].gate.seen_rows == 10


def test_what_a_bucket_lacks_is_one_sentence_and_leaves_no_run(history: SmallHistory, run: Run, lake: s3.Lake) -> None:
    before = counts(history.uri)
    key = "s3://lake/processed_data/initial_test.csv"
    attempts = [
        ("sea", None, "s3://sea/processed_data/initial_test.csv: there is no such bucket"),
        ("lake", None, f"{key}: the bucket has no such key"),
        ("lake", b"", f"{key}: the file is empty"),
        ("lake", b"a,b\n1,2\n", "columns are missing: 'injSeverity'; the data has 'a', 'b'"),
        (
            "lake",
            b"<!DOCTYPE html>\n<p>\n",
            f"{key}: got a web page or XML, expected CSV or Parquet",
        ),
    ]
    for bucket, content, sentence in attempts:
        if content is not None:
            lake.put(INITIAL_TEST, content)
        code, _, err = run("--experiment", history.folder, "--s3-bucket-name", bucket)
        assert (code, err.count("\n")) == (2, 1)
        assert err.startswith(f"baseline: {sentence}")
    assert counts(history.uri) == before


def test_an_s3_server_that_is_down_is_one_sentence(
    history: SmallHistory, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with s3.serving() as endpoint:
        s3.configure(monkeypatch, endpoint)
    code, _, err = run("--experiment", history.folder, "--data", "s3://lake/test.csv")
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("baseline: s3://lake/test.csv: the S3 server cannot be asked: Could not connect")


def test_credentials_that_are_wrong_are_one_sentence(
    history: SmallHistory, run: Run, lake: s3.Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.put(INITIAL_TEST, b"a,b\n1,2\n")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    code, _, err = run("--experiment", history.folder, "--s3-bucket-name", "lake")
    sentence = f"s3://lake/{INITIAL_TEST}: the secret key is wrong; check AWS_SECRET_ACCESS_KEY"
    assert (code, err) == (2, f"baseline: {sentence}\n")


def without(column: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame.drop(columns=column)


BROKEN = {
    "a missing column": (without("dvcat"), "columns are missing: 'dvcat'; the data has 'weight'"),
    "one class only": (lambda frame: frame.assign(injSeverity=1), "the test set holds one class only (0); both are"),
    "no usable row": (lambda frame: frame.assign(injSeverity=6), "no row of the data is left after preparing it"),
    "no row": (lambda frame: frame[:0], "test.csv: the table has no rows; give the initial test set"),
    "words for numbers": (
        lambda frame: frame.assign(ageOFocc="old"),
        "column 'ageOFocc': got 'old', expected a number",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_data_that_cannot_be_scored_is_one_sentence_and_leaves_no_run(
    history: SmallHistory, run: Run, initial_test: Path, tmp_path: Path, case: str
) -> None:
    spoil, sentence = BROKEN[case]
    before = counts(history.uri)
    spoil(pd.read_csv(initial_test)).to_csv(tmp_path / "test.csv", index=False)
    code, _, err = run("--experiment", history.folder, "--data", tmp_path / "test.csv")
    assert (code, err.count("\n")) == (2, 1)
    assert sentence in err
    assert counts(history.uri) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--mlflow-tracking-uri", "http://127.0.0.1:9"), "The MLflow store at http://127.0.0.1:9 cannot be reached: "),
        (("--mlflow-tracking-uri", "http://u:hunter2@127.0.0.1:9"), "at http://u:***@127.0.0.1:9 cannot be reached: "),
        (
            ("--mlflow-tracking-uri", "sqlite:////no/such.db"),
            "store at sqlite:////no/such.db; name another one with --mlflow-tr",
        ),
        (("--experiment", "nowhere"), "experiment: got 'nowhere', expected one of crash_triage"),
        (("--data", "no.csv"), "no.csv: there is no such file; give the initial test set with --data or --s3-"),
        (("--data", "s3://lake"), "s3://lake: expected s3://bucket/key"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    history: SmallHistory, run: Run, initial_test: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    given = {"--experiment": history.folder, "--data": initial_test, arguments[0]: arguments[1]}
    code, _, err = run(*(text for option in given.items() for text in option))
    assert (code, err.count("\n")) == (2, 1)
    assert sentence in err
    assert "hunter2" not in err


def test_without_a_production_model_it_says_how_to_have_one(
    history: SmallHistory, run: Run, initial_test: Path
) -> None:
    connect(history.uri).delete_registered_model_alias(small.NAMES.model, "production")
    before = counts(history.uri)
    code, _, err = run("--experiment", history.folder, "--data", initial_test)
    assert code == 2
    assert err == (
        "baseline: No version of the registered model 'CrashTriage' is in production: "
        "give one the alias 'production', or run the pipeline's batch 0 to train one\n"
    )
    assert counts(history.uri) == before


def test_without_a_production_model_the_aliases_and_stages_that_there_are_are_named(
    world: World, run: Run, tmp_path: Path
) -> None:
    old = OldStyle(world, tmp_path, "xgboost")
    world.client.transition_model_version_stage("OldModel", "1", "Staging")
    for alias in ("Champion", "prod"):
        world.client.set_registered_model_alias("OldModel", alias, "1")
    code, _, err = run("--mlflow-tracking-uri", world.uri, "--experiment", old.toml, "--data", old.test)
    assert (code, err.count("\n")) == (2, 1)
    assert (
        "'OldModel' is in production: it has alias 'Champion' on version 1, alias 'prod' on version 1, version 1 in "
        "stage 'Staging'; give one the alias 'production'"
    ) in err


def test_a_model_that_is_not_registered_is_said_with_those_that_are(world: World, run: Run, tmp_path: Path) -> None:
    old = OldStyle(world, tmp_path, "xgboost")
    old.toml.write_text(OLD_STYLE.replace("OldModel", "Another"))
    code, _, err = run("--mlflow-tracking-uri", world.uri, "--experiment", old.toml, "--data", old.test)
    assert (code, err.count("\n")) == (2, 1)
    assert "'Another' is in production: there is no such model, but 'OldModel'; give one" in err


def test_without_an_experiment_the_one_that_was_assumed_is_named(
    world: World, run: Run, lake: s3.Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The arguments of somebody who follows another pipeline's recipe."""
    lake.put(INITIAL_TEST, b"age,readmitted\n[70-80),NO\n")
    asked = ("--s3-bucket-name", "lake", "--mlflow-tracking-uri", world.uri)
    assumed = (
        "no experiment was named, so crash_triage was assumed: name yours with --experiment or BATCH_ZERO_EXPERIMENT"
    )
    code, _, err = run(*asked)
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("baseline: columns are missing: 'injSeverity'")
    assert f"{assumed} (crash_triage, crash_severity, health_predict, rand_hie, rand_visits, or the path" in err
    monkeypatch.setenv("BATCH_ZERO_EXPERIMENT", "crash_triage")
    assert "assumed" not in run(*asked)[2]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_codes_are_scored_as_the_model_knows_them_from_either_kind_of_file(
    world: World, run: Run, tmp_path: Path, ending: str
) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.normal(50, 10, 300), "region": rng.choice(["01", "1", "02"], 300)})
    frame["y"] = (frame["age"] / 10 + 3 * (frame["region"] == "01") + rng.normal(0, 1, 300) > 6).astype(int)
    coded = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["region"]), remainder="passthrough")
    model = make_pipeline(coded, LogisticRegression(max_iter=500)).fit(frame[["region", "age"]], frame["y"])
    old = OldStyle(world, tmp_path, "xgboost")
    mlflow.sklearn.save_model(model, tmp_path / "m", serialization_format="cloudpickle", pip_requirements=[])
    run_id = world.run("Training")
    world.client.log_artifacts(run_id, str(tmp_path / "m"), "model")
    world.client.create_model_version("OldModel", world.client.get_run(run_id).info.artifact_uri + "/model", run_id)
    world.client.set_registered_model_alias("OldModel", "production", "2")
    test = tmp_path / f"test.{ending}"
    if ending == "csv":
        frame.to_csv(test, index=False)
    else:
        frame.to_parquet(test)
    old.toml.write_text(OLD_STYLE.replace("[features]", '[features]\nnumerical = ["age"]\ncategorical = ["region"]'))
    code, out, err = run("--mlflow-tracking-uri", world.uri, "--experiment", old.toml, "--data", test)
    assert (code, err, "'region' as text" in out) == (0, "", ending == "csv")
    (baseline,) = read_history(world.uri, MlflowNames("Drift", "Gate", "OldModel")).batches
    expected = USUAL_SCORES.of(score(frame["y"], model.predict_proba(frame[["region", "age"]])[:, 1]))
    assert baseline.gate.production == expected


LABELLED = OLD_STYLE.replace('target = "y"', 'target = "y"\npositive = "doctor"')


@pytest.mark.parametrize("positive", ["doctor", None])
def test_a_model_of_text_labels_is_scored_by_the_positive_one_or_refused(
    world: World, run: Run, tmp_path: Path, positive: str | None
) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.normal(50, 10, 300), "region": rng.choice([3, 5, 9], 300)})
    ill = frame["age"] / 10 + 2 * (frame["region"] == 5) + rng.normal(0, 1, 300) > 6
    frame["y"] = np.where(ill, "doctor", "none")
    coded = make_column_transformer((OneHotEncoder(), ["region"]), remainder="passthrough")
    model = make_pipeline(coded, LogisticRegression(max_iter=500)).fit(frame[["region", "age"]], frame["y"])
    old = OldStyle(world, tmp_path, "xgboost")
    mlflow.sklearn.save_model(model, tmp_path / "m", serialization_format="cloudpickle", pip_requirements=[])
    run_id = world.run("Training")
    world.client.log_artifacts(run_id, str(tmp_path / "m"), "model")
    world.client.create_model_version("OldModel", world.client.get_run(run_id).info.artifact_uri + "/model", run_id)
    world.client.set_registered_model_alias("OldModel", "production", "2")
    frame.to_csv(old.test, index=False)
    listed = '[features]\nnumerical = ["age"]\ncategorical = ["region"]'
    old.toml.write_text((LABELLED if positive else OLD_STYLE).replace("[features]", listed))
    code, _, err = run("--mlflow-tracking-uri", world.uri, "--experiment", old.toml, "--data", old.test)
    if positive is None:
        assert (code, err.count("\n")) == (2, 1)
        assert "target 'y': " in err
        assert "'doctor'" in err
        assert err.endswith("name the one that means yes in [data] of the experiment.toml: positive = ...\n")
        return
    assert (code, err) == (0, "")
    (baseline,) = read_history(world.uri, MlflowNames("Drift", "Gate", "OldModel")).batches
    assert baseline.gate.production == USUAL_SCORES.of(score(ill, model.predict_proba(frame[["region", "age"]])[:, 0]))
    assert baseline.gate.model_type == "LogisticRegression"


def test_model_files_that_are_gone_are_one_sentence(world: World, run: Run, tmp_path: Path) -> None:
    old = OldStyle(world, tmp_path, "xgboost")
    shutil.rmtree(world.artifacts)
    code, _, err = run("--mlflow-tracking-uri", world.uri, "--experiment", old.toml, "--data", old.test)
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("baseline: The files of OldModel version 1 cannot be read: ")


STORES = {"database": "sqlite:///{}/mlflow.db", "folder": "{}/mlruns"}


@pytest.fixture(params=STORES)
def to_be_moved(
    request: pytest.FixtureRequest, migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[World, str]:
    """A store with its artifacts in one folder, and the URI that it will have."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    there, pattern = tmp_path / "there", STORES[request.param]
    (there / "mlruns").mkdir(parents=True)
    shutil.copy(migrated, there)
    return World(pattern.format(there), there / "mlruns"), pattern.format(tmp_path / "here")


def move(tmp_path: Path) -> None:
    """All of it, to another folder."""
    shutil.move(tmp_path / "there", tmp_path / "here")
    assert not (tmp_path / "there").exists()


def test_a_model_and_its_preprocessor_are_found_where_their_store_was_moved(
    to_be_moved: tuple[World, str], run: Run, tmp_path: Path
) -> None:
    world, uri = to_be_moved
    old = OldStyle(world, tmp_path, "sklearn")
    move(tmp_path)
    code, _, err = run("--mlflow-tracking-uri", uri, "--experiment", old.toml, "--data", old.test)
    assert (code, err) == (0, "")
    (baseline,) = read_history(uri, MlflowNames("Drift", "Gate", "OldModel")).batches
    assert baseline.gate.production == old.expected


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("C:\\Users\\ann\\mlruns\\7\\{run}\\artifacts", "C:/Users/ann/mlruns/7"),
        ("file:///home/ann/mlruns/7/{run}/artifacts", "/home/ann/mlruns/7"),
        ("mlruns/7/{run}/artifacts", "mlruns/7"),
        ("mlflow-artifacts:/7/{run}/artifacts", "mlflow-artifacts:/7"),
    ],
)
@pytest.mark.parametrize("beside", [True, False])
def test_a_model_of_another_machine_is_found_beside_the_database_or_said_to_be_there(
    world: World, run: Run, tmp_path: Path, place: str, told: str, beside: bool
) -> None:
    old = OldStyle(world, tmp_path, "xgboost")
    (found,) = world.client.search_runs([world.experiment("Training")])
    recorded = place.format(run=found.info.run_id)
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database, database:
        database.execute("UPDATE runs SET artifact_uri = ?", [recorded])
        database.execute("UPDATE model_versions SET source = ?, storage_location = NULL", [f"{recorded}/model"])
    folder = tmp_path / "mlruns" / "7" / found.info.run_id if beside else tmp_path / "elsewhere"
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(world.artifacts / "Training" / found.info.run_id, folder)
    code, _, err = run("--mlflow-tracking-uri", world.uri, "--experiment", old.toml, "--data", old.test)
    sentence = f"OldModel version 1 cannot be read: MLmodel is recorded under {told}, which is not here"
    assert (code, sentence in err) == ((0, False) if beside else (2, True)), err
    assert err.count("\n") == (0 if beside else 1)


def test_no_link_of_a_moved_model_is_followed(to_be_moved: tuple[World, str], run: Run, tmp_path: Path) -> None:
    world, uri = to_be_moved
    old = OldStyle(world, tmp_path, "sklearn")
    move(tmp_path)
    (secret := tmp_path / "secret").write_text("")
    next((tmp_path / "here").rglob("MLmodel")).with_name("link").symlink_to(secret)
    code, _, err = run("--mlflow-tracking-uri", uri, "--experiment", old.toml, "--data", old.test)
    assert (code, err.count("\n"), "is a link, which is not followed" in err) == (2, 1, True)


def test_a_logged_model_is_found_where_its_store_was_moved(
    small_history: SmallHistory, run: Run, initial_test: Path, tmp_path: Path
) -> None:
    """Beside the database, and not where it was recorded: that place is another one by now."""
    home = tmp_path / "moved"
    shutil.copytree(small_history.home, home)
    uri = f"sqlite:///{home / 'mlflow.db'}"
    with closing(sqlite3.connect(home / "mlflow.db")) as database, database:
        for update in (
            "runs SET artifact_uri = replace(artifact_uri, :old, :new)",
            "logged_models SET artifact_location = replace(artifact_location, :old, :new)",
            "model_versions SET source = replace(source, :old, :new)",
            "model_versions SET storage_location = replace(storage_location, :old, :new)",
        ):
            old = (small_history.home / "artifacts").as_uri()
            changed = database.execute(f"UPDATE {update}", {"old": old, "new": "file:///C:/ann"}).rowcount
            assert changed > 0
        database.execute("UPDATE experiments SET artifact_location = ?", [(home / "artifacts" / "new").as_uri()])
    code, _, err = run("--mlflow-tracking-uri", uri, "--experiment", small_history.folder, "--data", initial_test)
    assert (code, err) == (0, "")


def test_more_columns_than_a_model_wants_in_another_order_are_no_matter(world: World, run: Run, tmp_path: Path) -> None:
    old = OldStyle(world, tmp_path, "xgboost")
    pd.read_csv(old.test).assign(extra=1.0)[["dose", "extra", "y", "age"]].to_csv(old.test, index=False)
    code, _, err = run("--mlflow-tracking-uri", world.uri, "--experiment", old.toml, "--data", old.test)
    assert (code, err) == (0, "")
    (baseline,) = read_history(world.uri, MlflowNames("Drift", "Gate", "OldModel")).batches
    assert (baseline.gate.production, baseline.gate.model_type) == (old.expected, "XGBoost")


def test_a_model_that_wants_other_columns_is_one_sentence_and_leaves_no_run(
    world: World, run: Run, tmp_path: Path
) -> None:
    old = OldStyle(world, tmp_path, "xgboost")
    pd.read_csv(old.test).rename(columns={"dose": "Dose"}).to_csv(old.test, index=False)
    before = counts(world.uri)
    code, _, err = run("--mlflow-tracking-uri", world.uri, "--experiment", old.toml, "--data", old.test)
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith(
        "baseline: the model could not be used: it wants the column 'dose', which is missing; there are 'age', 'Dose'"
    )
    assert counts(world.uri) == before


def test_as_a_command_without_arguments_it_says_what_it_wants() -> None:
    done = subprocess.run([sys.executable, "-m", "baseline"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "give --s3-bucket-name or --data" in done.stderr


def test_an_experiment_for_a_report_alone_says_what_a_baseline_lacks(run: Run, tmp_path: Path) -> None:
    toml = 'title = "T"\n[mlflow]\ndrift_experiment = "D"\ngate_experiment = "G"\n[data]\ntarget = "y"\n'
    (tmp_path / "experiment.toml").write_text(toml)
    code, _, err = run("--experiment", tmp_path, "--data", "initial_test.csv")
    assert code == 2
    assert err.startswith(
        f"baseline: experiment {tmp_path}: its experiment.toml has no model in [mlflow], which a baseline needs; "
        "a report does without"
    )
