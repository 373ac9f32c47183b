"""Runs that are there and cannot be read: they are named in their batch, and nothing is told as if they were not."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from report import __main__ as report
from tests.pages.test_app import words
from tests.world import World

App = Callable[..., AppTest]


def folder_of(world: World, run: str) -> Path:
    root = next(folder for folder in world.artifacts.parent.iterdir() if folder.name.startswith("a store"))
    return next(root.glob(f"*/{run}"))


def six(world: World) -> str:
    """Batches 0 to 3, of which the second deployed a model; the gate run of the last one, which deployed another."""
    for batch, share in enumerate((0.0, 0.1, 0.4, 0.5)):
        world.drift(batch, share)
    world.gate(0, 0.8, decision="BASELINE")
    world.gate(1, 0.79, decision="SKIP_NO_DRIFT", trained=False)
    world.gate(2, 0.78, 0.82, decision="DEPLOY")
    return world.gate(3, 0.81, 0.86, decision="DEPLOY")


def faces(uri: str, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Of every format, what ``python -m report`` writes."""
    written = {}
    for face in ("md", "html", "json"):
        assert report.main(["--format", face, "--mlflow-tracking-uri", uri]) == 0
        written[face] = capsys.readouterr().out
    return written


def test_a_gate_run_that_cannot_be_read_is_named_and_no_figure_goes_on_past_it(
    app: App, file_world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    run = six(file_world)
    (folder_of(file_world, run) / "meta.yaml").write_bytes(b"")
    page = app(file_world.uri)
    assert not page.exception
    text = words(page)
    told = "Drift reached 0.50: 1 of 10 columns, with a threshold of 0.30. The quality gate run of this batch cannot be"
    assert f"{told} read." in text
    assert f"The quality gate run of this batch is not known: run {run} cannot be read (" in text
    assert "No quality gate run has finished" not in text
    assert "no finished quality gate run for this batch" not in text
    written = faces(file_world.uri, capsys)
    for face in (text, written["md"], written["html"]):
        assert "at least 1" in face
        assert "the quality gate run of Batch 3 cannot be read" in face
        assert run in face
        assert "0.860" not in face
    data = json.loads(written["json"])
    assert (data["summary"]["ending_auc"], data["summary"]["retraining_events"]) == (None, 1)
    assert "The decision of Batch 3 is not known." in data["summary"]["takeaway"]
    assert any(run in notice for notice in data["batches"][3]["notices"])


def test_a_history_whose_only_later_gate_run_cannot_be_read_knows_of_no_retraining(
    app: App, file_world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    file_world.drift(0, 0.0)
    file_world.gate(0, decision="BASELINE")
    file_world.drift(1, 0.4)
    run = file_world.gate(1, 0.8, 0.9, decision="DEPLOY")
    (folder_of(file_world, run) / "meta.yaml").write_bytes(b"[")
    text = words(app(file_world.uri))
    assert "no batch has a known decision" in text
    summary = json.loads(faces(file_world.uri, capsys)["json"])["summary"]
    assert (summary["retraining_events"], summary["deployed"], summary["ending_auc"]) == (None, None, None)


def test_a_baseline_that_cannot_be_read_is_not_told_as_none(app: App, file_world: World) -> None:
    run = file_world.gate(0, decision="BASELINE")
    file_world.drift(1, 0.1)
    file_world.gate(1, decision="SKIP_NO_DRIFT")
    (folder_of(file_world, run) / "meta.yaml").write_bytes(b"")
    text = words(app(file_world.uri))
    assert "The baseline is not known: the quality gate run of batch 0 cannot be read" in text
    assert "here is no baseline" not in text
    assert "The quality gate run of this batch cannot be read, so the baseline is not known." in text


@pytest.mark.parametrize("broken", ["metrics/new_auc_test", "metrics/prod_auc_test", "tags/decision"])
def test_where_something_of_a_run_cannot_be_read_nothing_is_worked_out(
    app: App, file_world: World, broken: str
) -> None:
    file_world.drift(1, 0.4)
    run = file_world.gate(1, 0.8, 0.9, decision="SKIP" if broken == "tags/decision" else None)
    file = folder_of(file_world, run) / broken
    file.unlink()
    file.symlink_to(file.parent)
    text = words(app(file_world.uri))
    assert f"Of the quality gate run, {file.name} cannot be read" in text
    assert "Whether a model was deployed cannot be told: something that the run stored cannot be read." in text
    assert "stored no decision" not in text
    assert "worked out by today's gate" not in text


def test_a_threshold_that_cannot_be_read_is_not_replaced_by_todays(app: App, file_world: World) -> None:
    run = file_world.drift(1, 0.4, threshold=0.9)
    file = folder_of(file_world, run) / "params" / "drift_threshold"
    file.unlink()
    file.symlink_to(file.parent)
    text = words(app(file_world.uri))
    assert "Of the drift run, drift_threshold cannot be read" in text
    assert "the threshold is not known" in text
    assert "stored no threshold" not in text
    assert "Drift detected ▲" not in text


def test_a_newer_run_that_cannot_be_read_is_named_beside_the_one_that_is_shown(app: App, file_world: World) -> None:
    file_world.drift(0, 0.0)
    file_world.gate(0, 0.7, decision="BASELINE")
    again = file_world.gate(0, 0.8, decision="BASELINE")
    (folder_of(file_world, again) / "meta.yaml").write_bytes(b"")
    text = words(app(file_world.uri))
    assert "it may be a newer quality gate run than the one that is shown" in text
    assert "reached an AUC of 0.700" in text


def test_a_row_that_cannot_be_read_is_the_same_in_a_database(app: App, world: World) -> None:
    run = six(world)
    with sqlite3.connect(world.uri.removeprefix("sqlite:///")) as database:
        database.execute("UPDATE runs SET start_time = 'at dawn' WHERE run_uuid = ?", (run,))
    database.close()
    text = words(app(world.uri))
    assert (
        f"The quality gate run of this batch is not known: run {run} cannot be read (its start_time is 'at dawn')"
        in text
    )
    assert "the quality gate run of Batch 3 cannot be read" in text
    assert "at least 1" in text


def test_a_drift_run_that_cannot_be_read_is_not_told_as_none(app: App, file_world: World) -> None:
    run = file_world.drift(1, 0.4)
    file_world.gate(1, decision="SKIP_NO_DRIFT")
    (folder_of(file_world, run) / "meta.yaml").write_bytes(b"")
    text = words(app(file_world.uri))
    assert "The drift run of this batch cannot be read" in text
    assert f"The drift run of this batch is not known: run {run} cannot be read" in text
    assert "no finished drift run" not in text
