"""Knobs from the environment and ``experiment.toml``; what cannot be used is said by name."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import settings
from batch_zero import installation
from drift.policy import DRIFT_THRESHOLD, DriftPolicy
from lifecycle.experiment import UnknownExperiment
from lifecycle.gate import GatePolicy
from settings import SettingsError, load_experiment, read
from tests.modes import OBEYING, closed
from tests.small import CRASHES

MINIMAL = """
title = "T"
description = "D"
[mlflow]
model = "M"
drift_experiment = "D"
gate_experiment = "G"
[data]
target = "y"
[features]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "experiment.toml").write_text(MINIMAL)
    return tmp_path


def test_without_an_environment_the_store_is_embedded(tmp_path: Path) -> None:
    plain = read({})
    assert (plain.tracking.embedded, plain.experiments.first, plain.experiments.drift_threshold) == (
        True,
        "crash_triage",
        None,
    )
    assert (plain.links.api, plain.mlflow_ui, plain.links.airflow) == (None, None, None)
    assert plain.tracking.artifact_folder == plain.tracking.home / "artifacts"
    elsewhere = read({"BATCH_ZERO_HOME": str(tmp_path / "a home")})
    assert elsewhere.tracking.uri == f"sqlite:///{tmp_path / 'a home' / 'mlflow.db'}"


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    names = ("BATCH_ZERO_HOME", "MLFLOW_TRACKING_URI", "BATCH_ZERO_EXPERIMENT", "DRIFT_THRESHOLD", "API_URL")
    assert read(dict.fromkeys(names, "")) == read({})


def test_blanks_around_an_address_or_a_name_are_none_of_it() -> None:
    names = {"MLFLOW_TRACKING_URI": "http://a:5000", "BATCH_ZERO_EXPERIMENT": "rand_hie", "API_URL": "http://b"}
    assert read({name: f" {value}\n" for name, value in names.items()}) == read(names)
    assert read(dict.fromkeys(names, " ")) == read({})


def test_a_store_that_is_named_is_not_the_embedded_one() -> None:
    there = read({"MLFLOW_TRACKING_URI": "http://mlflow:5000"})
    assert (there.tracking.embedded, there.tracking.artifact_folder, there.mlflow_ui) == (
        False,
        None,
        "http://mlflow:5000",
    )
    assert read({"MLFLOW_TRACKING_URI": "http://a", "MLFLOW_UI_URL": "http://b"}).mlflow_ui == "http://b"
    assert read({"MLFLOW_TRACKING_URI": "sqlite:////x.db"}).mlflow_ui is None


def test_an_address_that_is_shown_holds_no_password() -> None:
    shown = read({"MLFLOW_TRACKING_URI": "http://ada:hunter2@mlflow:5000/x", "API_URL": "https://hunter2@api"})
    assert (shown.mlflow_ui, shown.links.api) == ("http://mlflow:5000/x", "https://api")
    assert shown.tracking.uri == "http://ada:hunter2@mlflow:5000/x"
    named = read({"MLFLOW_UI_URL": "https://ui/a", "AIRFLOW_UI_URL": "http://b:hunter2@flow:80/x?y=1"})
    assert (named.mlflow_ui, named.links.airflow) == ("https://ui/a", "http://flow:80/x?y=1")


@pytest.mark.parametrize(
    "url",
    [
        "http://ada:hun/ter2@host/x",
        "https://to/ken@host",
        "http://ada:hun#ter2@host/x",
        "http://ada:hun?ter2@host/x",
        "http://ada:12/34@host/x",
        "https://ada:hun@ter/2@host/x",
        "ada:hunter2@host/x",
        "https://host/x?access_token=hunter2",
    ],
)
def test_an_address_whose_password_has_no_certain_end_is_not_linked(url: str) -> None:
    assert read({"MLFLOW_UI_URL": url}).mlflow_ui is None


@pytest.mark.parametrize("text", ["abc", "2", "0", "-0.3", "nan", "inf", "30%", "0,3"])
def test_a_drift_threshold_that_is_no_share_is_said_by_its_name(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read({"DRIFT_THRESHOLD": text})
    assert str(caught.value) == f"DRIFT_THRESHOLD: got {text!r}, expected a share above 0 and up to 1"


def test_the_environments_threshold_wins_over_the_files_over_the_default(folder: Path) -> None:
    assert load_experiment(str(folder), read({})).drift.threshold == DRIFT_THRESHOLD
    with (folder / "experiment.toml").open("a") as toml:
        toml.write("[thresholds]\ndrift_share = 0.5\n")
    assert load_experiment(str(folder), read({})).drift.threshold == 0.5
    assert load_experiment(str(folder), read({"DRIFT_THRESHOLD": "1"})).drift.threshold == 1.0


@pytest.mark.parametrize("name", ["crash_triage", "health_predict", "rand_hie"])
def test_every_experiment_that_ships_can_be_loaded(name: str) -> None:
    assert name in settings.experiment_names()
    experiment = load_experiment(name, read({}))
    assert (experiment.key, experiment.drift, experiment.gate) == (name, DriftPolicy(), GatePolicy())


def test_the_default_experiment_comes_first() -> None:
    assert settings.experiment_names()[0] == settings.DEFAULT_EXPERIMENT


def test_a_path_works_wherever_a_name_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(CRASHES, tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    named = load_experiment("crash_triage", read({}))
    for key in ("mine", "./mine/", "mine/experiment.toml", str(tmp_path / "mine"), "~/mine"):
        mine = load_experiment(key, read({}))
        assert (mine.key, mine.title, mine.names) == (key, named.title, named.names)
        assert mine.data.path == tmp_path / "mine" / "nass_cds.csv.gz"
        assert mine.data.features_file == tmp_path / "mine" / "features.py"


def test_a_report_needs_a_title_and_the_two_mlflow_experiments_alone(tmp_path: Path) -> None:
    toml = 'title = "T"\n[mlflow]\ndrift_experiment = "D"\ngate_experiment = "G"\n'
    (tmp_path / "experiment.toml").write_text(toml)
    mine = load_experiment(str(tmp_path), read({}))
    assert (mine.title, mine.description, mine.data, mine.names.model) == ("T", "", None, None)


def test_a_minimal_file_has_the_documented_defaults(folder: Path) -> None:
    data = load_experiment(str(folder), read({})).spec
    assert (data.path, data.features_file, data.features) == (None, None, ())
    assert (data.batch, data.group, data.test_share, data.positive) == ("batch", "group", 0.3, None)


@pytest.mark.parametrize(("written", "label"), [('"ill"', "ill"), ("2", 2), ("true", True), ("1.5", 1.5)])
def test_the_positive_label_is_of_any_type(folder: Path, written: str, label: object) -> None:
    toml = MINIMAL.replace('target = "y"', f'target = "y"\npositive = {written}')
    (folder / "experiment.toml").write_text(toml)
    assert load_experiment(str(folder), read({})).data.positive == label


@pytest.mark.parametrize(
    "key", ["nowhere", "", "../../etc/passwd", "/dev/zero", "~nobody-of-that-name", "a\0b", "x" * 5_000, "Crash_Triage"]
)
def test_a_key_that_names_nothing_is_one_sentence(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may come from a URL."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        SettingsError,
        match=r", expected one of crash_triage( \(the nearest\))?, crash_severity, health_predict, rand_hie, "
        "rand_visits or the path of",
    ) as caught:
        load_experiment(key, read({}))
    assert str(caught.value).count("crash_triage") == 1


def test_a_mistyped_key_is_told_the_nearest_name_in_its_place_and_each_name_once() -> None:
    with pytest.raises(UnknownExperiment) as caught:
        load_experiment("rand_hi", read({}))
    assert str(caught.value) == (
        "experiment: got 'rand_hi', expected one of crash_triage, crash_severity, health_predict, rand_hie (the "
        "nearest), rand_visits or the path of an experiment.toml"
    )
    assert not any(name in caught.value.without_names for name in caught.value.known)


@pytest.mark.parametrize(
    ("key", "end"),
    [
        ("mine/experiment.toml", "; there is no file mine/experiment.toml; did you mean 'Mine/experiment.toml'?"),
        ("./mine", "; there is no file mine/experiment.toml; did you mean 'Mine/experiment.toml'?"),
        ("Mine/other.toml", "; a file is read only if its name is experiment.toml"),
        ("nowhere/experiment.toml", "; there is no file nowhere/experiment.toml"),
    ],
)
def test_a_path_that_is_not_there_is_said(key: str, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Mine").mkdir()
    (tmp_path / "Mine" / "experiment.toml").write_text(MINIMAL)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError) as caught:
        load_experiment(key, read({}))
    assert str(caught.value).endswith(end)


def test_only_a_regular_file_is_opened(tmp_path: Path) -> None:
    """Nobody ever writes into this FIFO: whoever opened it would wait for ever."""
    os.mkfifo(tmp_path / "experiment.toml")
    with pytest.raises(SettingsError) as caught:
        load_experiment(str(tmp_path), read({}))
    assert str(caught.value) == f"{tmp_path / 'experiment.toml'}: it is a FIFO, expected a regular file"


@pytest.mark.parametrize("what", ["experiment.toml", "features.py", ""])
def test_what_may_not_be_read_is_said_and_is_no_other_name(folder: Path, what: str) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "features.py").symlink_to(folder / "elsewhere" / "features.py")
    shut = folder / {"features.py": "elsewhere"}.get(what, what)
    command = [*OBEYING, sys.executable, "-m", "report", "--experiment", str(folder)]
    with closed(shut):
        done = subprocess.run(command, cwd=installation.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    about = "features.py: " if what == "features.py" else ""
    assert done.stderr == f"report: {folder}/experiment.toml: {about}Permission denied\n"


def test_a_link_to_a_regular_file_is_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "experiment.toml").symlink_to(folder / "experiment.toml")
    assert load_experiment(str(tmp_path / "linked"), read({})).title == "T"


def test_a_features_py_that_is_no_file_is_not_passed_over(folder: Path) -> None:
    os.mkfifo(folder / "features.py")
    with pytest.raises(SettingsError, match=r"features\.py: it is a FIFO, expected a regular file"):
        load_experiment(str(folder), read({}))


@pytest.mark.parametrize("name", ["BATCH_ZERO_TOKEN", "BATCH_ZERO_OIDC_CLIENT_SECRET", "BATCH_ZERO_OIDC_COOKIE_SECRET"])
def test_a_secret_out_of_an_example_is_refused(name: str) -> None:
    env = {f"BATCH_ZERO_OIDC_{each.upper()}": "a-value-of-ours" for each in settings.Oidc.__dataclass_fields__}
    with pytest.raises(SettingsError, match=f"{name}: got an example"):
        read({**env, name: "change-me-to-a-secret"})


@pytest.mark.parametrize("env", [{"BATCH_ZERO_OIDC_EMAIL_VERIFIED": "yes"}])
def test_what_counts_as_a_verified_address_is_said_in_full(env: dict[str, str]) -> None:
    oidc = {f"BATCH_ZERO_OIDC_{each.upper()}": "a-value-of-ours" for each in settings.Oidc.__dataclass_fields__}
    with pytest.raises(SettingsError) as caught:
        read(oidc | env)
    assert str(caught.value) == "BATCH_ZERO_OIDC_EMAIL_VERIFIED: got 'yes', expected required or assumed"
    assert not settings.assumes_verified({})
    assert settings.assumes_verified({"BATCH_ZERO_OIDC_EMAIL_VERIFIED": "assumed"})


def test_a_file_that_nobody_wrote_by_hand_is_not_read(folder: Path) -> None:
    (folder / "experiment.toml").write_bytes(b"#" * 100_001)
    with pytest.raises(SettingsError, match="larger than 100,000 bytes"):
        load_experiment(str(folder), read({}))


@pytest.mark.parametrize("content", [b"<html>", b"title = ", b"\xff\xfe", b"\x00"])
def test_what_is_no_toml_is_said(folder: Path, content: bytes) -> None:
    (folder / "experiment.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"experiment\.toml: not a TOML file: "):
        load_experiment(str(folder), read({}))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('title = "T"', "", "title: got nothing, expected a text"),
        ('title = "T"', "title = 3", "title: got 3, expected a text"),
        ('title = "T"', 'title = " "', "title: got ' ', expected a text"),
        ("[mlflow]", "[mlfow]", "got 'mlfow', expected one of title, description, mlflow, data, "),
        ("[data]", "[[data]]", "data: got [{'target': 'y'}], expected a table [data]"),
        ("[features]", "[features]\n[[thresholds]]", "thresholds: got [{}], expected a table [thresholds]"),
        ('gate_experiment = "G"', "", "gate_experiment: got nothing, expected a text"),
        (
            'model = "M"',
            'model = "M"\nmodle = "N"',
            "[mlflow]: got 'modle', expected one of drift_experiment, gate_experiment, ",
        ),
        ('target = "y"', "", "target: got nothing, expected a text"),
        ('target = "y"', 'target = ["y"]', "target: got ['y'], expected a text"),
        ('target = "y"', 'target = "y"\npath = 3', "path: got 3, expected a text"),
        ('target = "y"', 'target = "y"\nbatch = 0', "batch: got 0, expected a text"),
        ('target = "y"', 'target = "y"\npositive = [1]', "positive: got [1], expected a label of the target"),
        ('target = "y"', 'target = "y"\npositive = nan', "positive: got nan, expected a label of the target"),
        ('target = "y"', 'target = "y"\ntest_share = "much"', "test_share: got 'much', expected a share above 0"),
        ('target = "y"', 'target = "y"\ntest_share = true', "test_share: got True, expected a share above 0"),
        (
            'target = "y"',
            'target = "y"\ntest_share = 1',
            "test_share: got 1, expected a share above 0 and below 1",
        ),
        (
            'target = "y"',
            'target = "y"\ntest_shre = 0.2',
            "[data]: got 'test_shre', expected one of path, target, ",
        ),
        ("[features]", '[features]\nnumerical = "age"', "numerical: got 'age', expected a list of column names"),
        ("[features]", "[features]\nnumerical = [1]", "numerical: got [1], expected a list of column names"),
        (
            "[features]",
            '[features]\nnumerical = ["a"]\ncategorical = ["a"]',
            "column 'a' is named twice; a column is",
        ),
        (
            "[features]",
            '[features]\nnumerical = ["y"]',
            "column 'y' is named twice; a column is one feat",
        ),
        (
            "[features]",
            "[features]\n[threshold]\ndrift_share = 0.5",
            "got 'threshold', expected one of title, ",
        ),
        (
            "[features]",
            "[features]\n[thresholds]\ndrift_share = 30",
            "drift_share: got 30, expected a share above 0 ",
        ),
        ("[features]", '[features]\n[thresholds]\ndrift_share = "x"', "drift_share: got 'x', expected a share above 0"),
        (
            "[features]",
            "[features]\n[thresholds]\ndrift_shre = 0.5",
            "[thresholds]: got 'drift_shre', expected one of drift_sh",
        ),
        (
            "[features]",
            "[features]\n[thresholds]\nmin_auc_change = nan",
            "min_auc_change: got nan, expected a number",
        ),
        (
            "[features]",
            "[features]\n[thresholds]\nmax_auc_regression = -1",
            "max_auc_regression: got -1, expected 0 or mo",
        ),
        (
            "[features]",
            "[features]\n[thresholds]\nnumerical_method = 3",
            "numerical_method: got 3, expected one of ",
        ),
        (
            "[features]",
            '[features]\n[thresholds]\ncategorical_method = "ks"',
            "categorical_method: got 'ks', expected one",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_said_with_its_name(folder: Path, old: str, new: str, complaint: str) -> None:
    assert old in MINIMAL
    (folder / "experiment.toml").write_text(MINIMAL.replace(old, new))
    with pytest.raises(SettingsError) as caught:
        load_experiment(str(folder), read({}))
    assert str(caught.value).startswith(f"{folder / 'experiment.toml'}: {complaint}")


def test_tests_of_single_columns_can_be_chosen(folder: Path) -> None:
    with (folder / "experiment.toml").open("a") as toml:
        toml.write('[thresholds]\nnumerical_method = "ks"\nnumerical_threshold = 0.01\n')
    policy = load_experiment(str(folder), read({})).drift
    assert policy == DriftPolicy(numerical_method="ks", numerical_threshold=0.01)


def test_a_home_of_nobody_is_said_by_its_name() -> None:
    with pytest.raises(SettingsError, match=r"^BATCH_ZERO_HOME: got '~nobody-of-that-name/x', expected a folder$"):
        read({"BATCH_ZERO_HOME": "~nobody-of-that-name/x"})


def test_what_was_asked_for_wins_over_the_environment(folder: Path) -> None:
    env = {"MLFLOW_TRACKING_URI": "http://one", "BATCH_ZERO_EXPERIMENT": "rand_hie"}
    found = settings.open_context(env=env)
    assert (found.settings.tracking.uri, found.experiment.key) == ("http://one", "rand_hie")
    found = settings.open_context("http://two", str(folder), env)
    assert (found.settings.tracking.uri, found.experiment.title) == ("http://two", "T")


def test_an_experiment_of_ones_own_that_opens_first_is_a_known_one_of_the_others(folder: Path) -> None:
    first = read({"BATCH_ZERO_EXPERIMENT": str(folder)})
    assert {"D", "G"} <= load_experiment("rand_hie", first).of_others
    assert not {"D", "G"} & load_experiment(str(folder), first).of_others
    assert not {"D", "G"} & load_experiment("rand_hie", read({})).of_others
    gone = read({"BATCH_ZERO_EXPERIMENT": str(folder / "nowhere")})
    assert load_experiment("rand_hie", gone).of_others == load_experiment("rand_hie", read({})).of_others


def test_an_experiment_that_there_is_not_is_told_by_what_it_was_asked_for() -> None:
    with pytest.raises(SettingsError, match=r"^--experiment: got 'nope', expected one of"):
        settings.open_context(experiment="nope", env={})
    with pytest.raises(SettingsError, match=r"^experiment: got 'nope', expected one of"):
        settings.open_context(env={"BATCH_ZERO_EXPERIMENT": "nope"})
