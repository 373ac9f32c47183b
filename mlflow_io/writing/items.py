"""What a record says to MLflow, as a list of small facts. Nothing here touches a store."""

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drift.result import TOO_FEW_ROWS
from lifecycle.gate import Decision
from lifecycle.records import DriftRecord, GateRecord
from metrics.roc import RocCurve
from metrics.scores import USUAL_SCORES, Scores, ScoreSet
from mlflow_io import contract, names
from mlflow_io.contract import Entry, Sort, When


@dataclass(frozen=True)
class Param:
    key: str
    value: str | int | float


@dataclass(frozen=True)
class Metric:
    key: str
    value: float


@dataclass(frozen=True)
class Tag:
    key: str
    value: str


@dataclass(frozen=True)
class Json:
    path: str
    data: Any


@dataclass(frozen=True)
class Text:
    path: str
    text: str


@dataclass(frozen=True)
class File:
    """A file of this machine, as it is. path: the name that it gets."""

    path: str
    source: Path


Item = Param | Metric | Tag | Json | Text | File


def opening_items(batch: int, *, gate: bool) -> Iterator[Item]:
    """What a run says before its work begins, so that a failed attempt can be told from other runs."""
    yield Param(names.BATCH_NUMBER, batch)
    if gate:
        yield Tag(names.QUALITY_GATE, names.QUALITY_GATE_TRUE)


def drift_items(record: DriftRecord) -> Iterator[Item]:
    verdict = When.NOT_TOLD if record.too_few_rows else When.TOLD
    yield from _stored(contract.DRIFT, record, {When.ALWAYS, When.LATER, verdict})
    if record.too_few_rows:  # in the place of a share, which any reader would take for a verdict
        yield Param(names.DRIFT_VERDICT, TOO_FEW_ROWS)
    else:
        yield Metric(names.DATASET_DRIFT, float(record.detected is True))


def gate_items(
    record: GateRecord,
    production_roc: RocCurve | None = None,
    candidate_roc: RocCurve | None = None,
    scores: ScoreSet = USUAL_SCORES,
) -> Iterator[Item]:
    """A gate run as the contract has it: where nothing was trained, production's scores stand in the new model's
    place as well, because the readers of existing histories expect them there."""
    trained = record.candidate is not None
    yield from _stored(contract.GATE, record, set(When) - (set() if trained else {When.TRAINED}))
    if not trained and record.decision != Decision.BASELINE:
        yield Param(names.EVALUATION_TYPE, names.PRODUCTION_ONLY)
    candidate = record.candidate or record.production
    yield from _scored(record.production, candidate, scores)
    if record.decision is not None:
        yield Tag(names.DECISION, record.decision)
    if production_roc is not None:
        yield Json(names.ROC_PRODUCTION, production_roc.to_dict())
    if candidate_roc is not None:
        yield Json(names.ROC_CANDIDATE, candidate_roc.to_dict())


def _stored(entries: Iterable[Entry], record: object, places: Collection[When]) -> Iterator[Item]:
    """What of the record is stored as one param or metric."""
    for entry in entries:
        value = getattr(record, entry.attribute) if entry.attribute and entry.when in places else None
        if value is not None and entry.sort is Sort.PARAM:
            yield Param(entry.key, entry.write(value))
        elif value is not None:
            yield from _metrics({entry.key: value})


def _metrics(values: dict[str, float | int | None]) -> Iterator[Metric]:
    for key, value in values.items():
        if value is not None and math.isfinite(value):
            yield Metric(key, float(value))


def _scored(production: Scores, candidate: Scores, scores: ScoreSet) -> Iterator[Metric]:
    shown = [score.name for score in scores.shown]
    yield from _metrics({names.production_score(name): production.get(name) for name in shown})
    yield from _metrics({names.candidate_score(name): candidate.get(name) for name in shown})
    gains = {one.name: one.gain(candidate.get(one.name), production.get(one.name)) for one in scores.compared}
    yield from _metrics({names.improvement(name): gain for name, gain in gains.items()})
