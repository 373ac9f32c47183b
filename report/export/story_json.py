"""The story as plain data: what ``python -m report --format json`` writes."""

from collections.abc import Iterable
from typing import Any

from batch_zero.text import one_line
from lifecycle.records import Attempts, DriftRecord, GateRecord, ProductionModel, RunRef
from metrics.kinds import Score
from metrics.scores import Scores, ScoreSet
from report.story.attempts import Runs
from report.story.chapter import Chapter
from report.story.story import Story


def to_data(story: Story) -> dict[str, Any]:
    """JSON types only; what is missing or no number is None."""
    summary, primary = story.summary, story.experiment.scores.primary
    return {
        "title": story.title,
        "description": story.description,
        "drift_threshold": story.drift_threshold,
        "primary_score": _score(primary),
        "model": _model(story.model),
        "batches": [_batch(chapter) for chapter in story.chapters],
        "summary": {
            "batches_processed": summary.batches_processed,
            "drift_detected": _count(summary.drift_detected, summary.checked, summary.later),
            "retraining_events": _count(summary.retraining_events, summary.decided, summary.later),
            "deployed": _count(summary.deployed, summary.settled, summary.later),
            f"starting_{primary.name}": summary.starting,
            f"ending_{primary.name}": summary.ending,
            "takeaway": summary.takeaway,
        },
        "notices": _sentences(story.notices),
    }


def _count(number: int, known: int, of: int) -> int | None:
    """Of the batches of which it is known; None where that says nothing of all: none of a part."""
    return number if number or known == of else None


def _sentences(notices: Iterable[str]) -> list[str]:
    """Ours, with names in them that are not: as every face of the report writes them."""
    return [one_line(notice) for notice in notices]


def _model(model: ProductionModel | None) -> dict[str, Any] | None:
    if model is None:
        return None
    return {
        "name": model.name,
        "version": model.version,
        "alias": model.alias,
        "stage": model.stage,
        "run_id": model.run_id,
    }


def _batch(chapter: Chapter) -> dict[str, Any]:
    return {
        "batch": chapter.batch,
        "decision": chapter.decision,
        "decision_inferred": chapter.verdict.inferred,
        "drift": _drift(chapter.drift),
        "gate": _gate(chapter),
        "runs": _runs(chapter.runs),
        "notices": _sentences((*chapter.notices, *chapter.told)),
    }


def _runs(runs: Runs) -> dict[str, Any]:
    """finished and superseded are of the quality gate, or of the drift run where no gate run has finished."""
    counted = runs.gate or runs.drift or Attempts()
    return {
        "finished": counted.finished,
        "superseded": counted.superseded,
        "newer_unfinished": [
            {"run_id": attempt.run.run_id, "status": attempt.run.status} for attempt in runs.unfinished
        ],
    }


def _drift(drift: DriftRecord | None) -> dict[str, Any] | None:
    if drift is None:
        return None
    return {
        "run_id": _run_id(drift.run),
        "share": drift.share,
        "threshold": drift.threshold,
        "detected": drift.detected,
        "drifted_columns": drift.drifted_columns,
        "total_columns": drift.total_columns,
    }


def _gate(chapter: Chapter) -> dict[str, Any] | None:
    gate: GateRecord | None = chapter.gate
    if gate is None:
        return None
    return {
        "run_id": _run_id(gate.run),
        "test_set": gate.test_set,
        "production": _scores(gate.production, chapter.scores),
        "candidate": _scores(chapter.candidate, chapter.scores) if chapter.candidate is not None else None,
        "improvement": _improvement(chapter) if chapter.candidate is not None else None,
    }


def _improvement(chapter: Chapter) -> dict[str, float | None]:
    """By how much the candidate is better: of an error, by how much it is lower."""
    return {score.name: chapter.gain(score) for score in chapter.scores.compared}


def _scores(values: Scores, scores: ScoreSet) -> dict[str, float | None]:
    return {score.name: values.get(score.name) for score in scores.shown}


def _score(score: Score) -> dict[str, str]:
    return {
        "name": score.name,
        "label": score.label,
        "direction": "higher" if score.higher_is_better else "lower",
    }


def _run_id(run: RunRef | None) -> str | None:
    return run.run_id if run is not None else None
