"""The JSON: its shape, as the README documents it, and nothing that is no JSON."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lifecycle.records import Attempts, BatchRecord, History
from report.export.render import text
from report.export.story_json import to_data
from report.sections.summary import metrics_csv
from report.story.story import Story, tell
from tests.scored import four
from tests.stories import EXPERIMENT, drift, gate, record, run

SHAPE = {
    "": {"title", "description", "drift_threshold", "primary_score", "model", "batches", "summary", "notices"},
    "primary_score": {"name", "label", "direction"},
    "model": {"name", "version", "alias", "stage", "run_id"},
    "batches[]": {"batch", "decision", "decision_inferred", "drift", "gate", "runs", "notices"},
    "batches[].drift": {"run_id", "share", "threshold", "detected", "drifted_columns", "total_columns"},
    "batches[].gate": {"run_id", "test_set", "production", "candidate", "improvement"},
    "batches[].gate.production": {"auc", "f1", "precision", "recall"},
    "batches[].gate.candidate": {"auc", "f1", "precision", "recall"},
    "batches[].gate.improvement": {"auc", "f1"},
    "batches[].runs": {"finished", "superseded", "newer_unfinished"},
    "batches[].runs.newer_unfinished[]": {"run_id", "status"},
    "summary": {
        *("batches_processed", "drift_detected", "retraining_events", "deployed"),
        *("starting_auc", "ending_auc", "takeaway"),
    },
}


def keys(data: Any, path: str = "") -> Iterator[tuple[str, set[str]]]:
    """The keys of every object within, by its place."""
    if isinstance(data, dict):
        yield path, set(data)
        for name, value in data.items():
            yield from keys(value, f"{path}.{name}" if path else name)
    if isinstance(data, list):
        for value in data:
            yield from keys(value, f"{path}[]")


def test_every_object_has_exactly_the_documented_keys(story: Story) -> None:
    found = list(keys(to_data(story)))
    assert {place for place, _ in found} == set(SHAPE)
    for place, names in found:
        assert names == SHAPE[place], place


def test_it_is_strict_json_that_reads_back_the_same(story: Story) -> None:
    data = to_data(story)
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_what_is_missing_is_null() -> None:
    unjudged = record(drift(1, 1), None)
    unknown = record(None, gate(2, four(), decision="SKIP_NO_DRIFT"))
    data = to_data(tell(History(batches=(unjudged, unknown)), None, EXPERIMENT))
    first, second = data["batches"]
    assert (data["model"], first["gate"], first["decision"], second["drift"]) == (None, None, None, None)
    assert second["gate"]["production"] == {"auc": None, "f1": None, "precision": None, "recall": None}
    assert (second["gate"]["candidate"], second["gate"]["improvement"]) == (None, None)
    assert (data["summary"]["starting_auc"], data["summary"]["ending_auc"]) == (None, None)


def test_a_count_of_which_nothing_is_known_is_null_and_one_that_is_known_a_number() -> None:
    def counts(*batches: BatchRecord) -> tuple[int | None, ...]:
        summary = to_data(tell(History(batches=batches), None, EXPERIMENT))["summary"]
        return summary["drift_detected"], summary["retraining_events"], summary["deployed"]

    ungated, deployed = record(drift(1, 4), None), gate(2, four(0.8), four(0.81), decision="DEPLOY")
    assert counts(record(drift(0), None)) == (0, 0, 0)
    assert counts(ungated) == (1, None, None)
    assert counts(ungated, record(None, deployed)) == (1, 1, 1)
    assert counts(ungated, record(None, gate(2, four(0.8), decision="SKIP_NO_DRIFT"))) == (1, None, None)
    assert counts(record(drift(1, 1), gate(1, four(0.8), decision="SKIP_NO_DRIFT"))) == (0, 0, 0)


def test_runs_are_those_of_the_quality_gate_or_else_of_the_drift_check() -> None:
    tried = {"drift_attempts": Attempts(5, (run("a", status="FAILED"),)), "gate_attempts": Attempts(2)}
    both = replace(record(drift(1, 1), gate(1, four(0.8), decision="SKIP_NO_DRIFT")), **tried)
    ungated = replace(record(drift(2, 1), None), drift_attempts=Attempts(5), gate_attempts=Attempts(0))
    data = to_data(tell(History(batches=(both, ungated)), None, EXPERIMENT))
    assert [batch["runs"] for batch in data["batches"]] == [
        {"finished": 2, "superseded": 1, "newer_unfinished": [{"run_id": "a", "status": "FAILED"}]},
        {"finished": 5, "superseded": 4, "newer_unfinished": []},
    ]


def test_a_verdict_is_three_valued() -> None:
    shares = (drift(0), drift(1, 1), drift(2, 4), replace(drift(3), share=None))
    data = to_data(tell(History(batches=tuple(record(found, None) for found in shares)), None, EXPERIMENT))
    assert [batch["drift"]["detected"] for batch in data["batches"]] == [None, False, True, None]


HIDDEN = "a\u202eb\u2066c\ufeffd\x7fe\x85f\U000e0041"


def test_nothing_in_the_text_is_invisible_and_values_stay_what_they_were() -> None:
    odd = replace(gate(1, four(0.75), decision=None), odd_decision=HIDDEN, test_set=HIDDEN)
    story = replace(tell(History((record(None, odd),)), None, EXPERIMENT), title=f"Über {HIDDEN}")
    written = text(story)
    assert not set(HIDDEN) - set("abcdef") & set(written)
    assert "Über a" in written
    data = json.loads(written)
    assert data == to_data(story)
    assert (data["title"], data["batches"][0]["gate"]["test_set"]) == (f"Über {HIDDEN}", HIDDEN)
    (said,) = (notice for notice in data["batches"][0]["notices"] if "none of ours" in notice)
    assert r"“a\u202eb\u2066c\ufeffd\x7fe f\U000e0041”" in said
    assert r"a\u202eb\u2066c" in metrics_csv(story)


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd", "-2+3"])
def test_what_a_spreadsheet_would_run_is_text_in_the_csv(text: str) -> None:
    odd = replace(gate(1, four(0.75), decision=None), odd_decision=text)
    lines = metrics_csv(tell(History((record(None, odd),)), None, EXPERIMENT)).splitlines()
    cells = [cell for row in csv.reader(lines) for cell in row]
    assert not [cell for cell in cells if cell.startswith(tuple("=@+-"))]
    assert any(text in cell for cell in cells)
