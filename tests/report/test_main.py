"""``python -m report`` on a store that other tools have written."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mlflow_io import names
from report.__main__ import main
from report.loading import open_evidence
from tests import s3
from tests.stories import column_drifts, roc_curve
from tests.world import EXPERIMENT_TOML, World


@pytest.fixture
def experiment(tmp_path: Path) -> str:
    (tmp_path / "experiment.toml").write_text(EXPERIMENT_TOML)
    return str(tmp_path)


@pytest.fixture
def told(world: World, experiment: str) -> list[str]:
    """The arguments for a store with two batches."""
    for batch, share in ((0, 0.0), (1, 0.4)):
        world.drift(batch, share)
        world.gate(batch, 0.8, 0.82 if batch else None, decision="DEPLOY" if batch else "BASELINE")
    return ["--mlflow-tracking-uri", world.uri, "--experiment", experiment]


def test_json_goes_to_standard_output(told: list[str], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main([*told, "--format", "json"]) == 0
    data = json.loads(capfdbinary.readouterr().out)
    assert [batch["decision"] for batch in data["batches"]] == ["BASELINE", "DEPLOY"]


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("suffix", ["json", "md", "html"])
def test_a_title_and_two_experiments_are_enough_for_a_report(
    world: World, tmp_path: Path, capfd: pytest.CaptureFixture[str], suffix: str
) -> None:
    (tmp_path / "mine").mkdir()
    toml = 'title = "Mine"\n[mlflow]\ndrift_experiment = "Drift"\ngate_experiment = "Gate"\n'
    (tmp_path / "mine" / "experiment.toml").write_text(toml)
    asked = ["--mlflow-tracking-uri", world.uri, "--experiment", str(tmp_path / "mine")]
    assert main([*asked, "--format", suffix]) == 0
    text = capfd.readouterr().out
    assert "Mine" in text
    assert "None" not in text
    if suffix == "json":
        assert json.loads(text)["model"] is None
    assert main([*asked, "doctor"]) == 0
    assert "registered model" not in capfd.readouterr().out


def test_a_decision_that_is_none_of_ours_is_named(
    world: World, experiment: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    world.gate(1, 0.8, 0.82, decision=" Promoted ")
    world.gate(2, 0.8, 0.82, decision=" deploy ")
    assert main(["--mlflow-tracking-uri", world.uri, "--experiment", experiment, "--format", "json"]) == 0
    odd, ours = json.loads(capfdbinary.readouterr().out)["batches"]
    assert (odd["decision"], odd["decision_inferred"]) == (None, False)
    assert (
        "the run stored the decision “Promoted”, which is none of ours: what was decided is not known"
        in odd["notices"][0]
    )
    assert (ours["decision"], ours["decision_inferred"]) == ("DEPLOY", False)


@pytest.mark.parametrize(("suffix", "begin"), [("json", "{"), ("md", "# Test experiment"), ("html", "<!doctype html>")])
def test_every_format_goes_to_a_file(
    told: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str, begin: str
) -> None:
    out = tmp_path / "out" / f"report.{suffix}"
    out.parent.mkdir()
    assert main([*told, "--format", suffix, "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert out.read_text("utf-8").lstrip().startswith(begin)
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_markdown_may_be_called_by_its_name_and_other_formats_are_answered_with_those_there_are(
    told: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*told, "--format", "markdown", "--out", str(tmp_path / "report.md")]) == 0
    assert (tmp_path / "report.md").read_text("utf-8").startswith("# Test experiment")
    with pytest.raises(SystemExit, match="2"):
        main([*told, "--format", "pdf"])
    assert "got 'pdf', expected one of json, html, md" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_a_sentence(
    told: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "nowhere" / "report.md"
    assert main([*told, "--out", str(out)]) == 2
    assert capsys.readouterr().err == f"report: {out}: cannot be written: there is no folder {out.parent}\n"


@pytest.mark.parametrize(("suffix", "media_type"), [("html", "text/html"), ("md", "text/markdown")])
def test_a_report_may_go_to_a_bucket(
    told: list[str], lake: s3.Lake, capsys: pytest.CaptureFixture[str], suffix: str, media_type: str
) -> None:
    out = f"s3://lake/reports/story.{suffix}"
    assert main([*told, "--format", suffix, "--out", out]) == 0
    content = lake.get(f"reports/story.{suffix}")
    assert capsys.readouterr().err == f"Wrote {out} ({len(content):,} bytes)\n"
    stored = lake.client.head_object(Bucket="lake", Key=f"reports/story.{suffix}")
    assert stored["ContentType"] == f"{media_type}; charset=utf-8"


@pytest.mark.parametrize(
    ("out", "secret", "sentence"),
    [
        ("s3://sea/story.md", s3.SECRET, "s3://sea/story.md: there is no such bucket\n"),
        ("s3://lake/story.md", "wrong", "s3://lake/story.md: the secret key is wrong; check AWS_SECRET_ACCESS_KEY\n"),
        ("s3://lake/", s3.SECRET, "s3://lake/: expected s3://bucket/key\n"),
    ],
)
def test_a_bucket_that_cannot_be_written_is_a_sentence(
    told: list[str],
    lake: s3.Lake,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    out: str,
    secret: str,
    sentence: str,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    assert main([*told, "--out", out]) == 2
    assert capsys.readouterr().err == f"report: {sentence}"
    assert lake.names() == []


def test_a_store_that_nobody_named_and_is_missing_says_how_to_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("BATCH_ZERO_HOME", str(tmp_path))
    assert main([]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"report: There is no MLflow store at sqlite:///{tmp_path}/mlflow.db. Run `make demo`")


def test_an_empty_store_says_what_was_looked_for_and_what_is_there(
    world: World, experiment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world.experiment("Something else")
    assert main(["--mlflow-tracking-uri", world.uri, "--experiment", experiment]) == 2
    said = capsys.readouterr().err
    assert "no finished batch in Drift and Gate. The store has no experiment called Drift. " in said
    assert "Something else" in said
    assert "make demo" in said
    assert said.count("\n") == 1


def test_an_unknown_experiment_is_a_sentence(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--mlflow-tracking-uri", world.uri, "--experiment", "nope"]) == 2
    assert "experiment: got 'nope'" in capsys.readouterr().err


def test_importing_the_door_imports_no_plotly_and_no_streamlit() -> None:
    code = "import sys, report.__main__; print({'plotly', 'streamlit', 'mlflow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_evidence_is_loaded_by_run_and_what_a_run_lacks_is_noted(world: World) -> None:
    gate, drift = world.gate(1, 0.8, 0.82), world.drift(1, 0.4)
    world.artifact(gate, names.ROC_PRODUCTION, roc_curve(0.8).to_dict())
    world.artifact(gate, names.ROC_CANDIDATE, "no JSON")
    evidence = open_evidence(world.uri)
    found = evidence.roc(gate, True)
    assert (found.production, found.candidate) == (roc_curve(0.8), None)
    assert len(found.notes) == 1
    assert evidence.roc(gate, False).notes == ()
    assert evidence.columns(drift).notes == (f"This run has no {names.DRIFT_COLUMNS}",)
    columns = [vars(column) for column in column_drifts()]
    world.artifact(drift, names.DRIFT_COLUMNS, {"columns": columns})
    assert evidence.columns(drift).columns == column_drifts()


def test_the_doctor_speaks_for_itself_and_sends_nobody_to_the_demo_who_named_a_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uri = f"sqlite:///{tmp_path}/none.db"
    for arguments, speaker in ((["doctor"], "doctor"), ([], "report")):
        assert main([*arguments, "--mlflow-tracking-uri", uri]) == 2
        said = capsys.readouterr().err
        assert said == f"{speaker}: There is no MLflow store at {uri}; is this the address that was meant?\n"
    with pytest.raises(SystemExit):
        main(["doctor", "--port"])
    assert capsys.readouterr().err.startswith("doctor: got --port")
