"""What a record says to MLflow, as a list of small facts. Nothing here touches a store."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from drift.result import TOO_FEW_ROWS
from lifecycle.gate import Decision
from lifecycle.records import DriftRecord, GateRecord
from metrics.roc import RocCurve
from metrics.scores import Scores, change
from mlflow_io import names


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


Item = Param | Metric | Tag | Json | Text


def opening_items(batch: int, *, gate: bool) -> Iterator[Item]:
    """What a run says before its work begins, so that a failed attempt can be told from other runs."""
    yield Param(names.BATCH_NUMBER, batch)
    if gate:
        yield Tag(names.QUALITY_GATE, names.QUALITY_GATE_TRUE)


def last_batch(span: str) -> int | None:
    """3 for "0-3", the batches that a model has learned from; None for what is no such span."""
    last = span.rpartition("-")[2]
    return int(last) if last.isascii() and last.isdecimal() and len(last) < 10 else None


def drift_items(record: DriftRecord) -> Iterator[Item]:
    yield from _params({names.REFERENCE_DATA: record.reference_data, names.NEW_DATA: record.new_data})
    yield from _params({names.DRIFT_THRESHOLD: record.threshold})
    yield from _metrics(
        {
            names.DRIFT_SHARE: record.share,
            names.DRIFTED_COLUMNS: record.drifted_columns,
            names.TOTAL_COLUMNS: record.total_columns,
            names.DATASET_DRIFT: None if record.too_few_rows else float(record.detected is True),
        }
    )
    if record.too_few_rows:
        yield from _too_few_rows(record)


def _too_few_rows(record: DriftRecord) -> Iterator[Item]:
    """In the place of a share, which any reader would take for a verdict."""
    yield Param(names.DRIFT_VERDICT, TOO_FEW_ROWS)
    yield from _params({names.MIN_ROWS: record.min_rows})
    yield from _metrics({names.REFERENCE_ROWS: record.reference_rows, names.NEW_ROWS: record.new_rows})


def gate_items(
    record: GateRecord, production_roc: RocCurve | None = None, candidate_roc: RocCurve | None = None
) -> Iterator[Item]:
    """A gate run as the contract has it: where nothing was trained, production's scores stand in the new model's
    place as well, because the readers of existing histories expect them there."""
    yield from _params({names.TEST_SET: record.test_set, names.MODEL_TYPE: record.model_type})
    until = record.trained_until
    yield from _params(
        {
            names.PRODUCTION_VERSION: record.production_version,
            names.PRODUCTION_RUN_ID: record.production_run_id,
            names.PRODUCTION_TRAINED_ON: None if until is None else f"0-{until}",
            names.CANDIDATE_VERSION: record.candidate_version,
            names.CAPTURED_AFTER: record.captured_after,
        }
    )
    if record.candidate is not None:
        yield from _params({names.TRAINING_RUN_ID: record.training_run_id})
    elif record.decision != Decision.BASELINE:
        yield Param(names.EVALUATION_TYPE, names.PRODUCTION_ONLY)
    candidate = record.candidate or record.production
    yield from _metrics(_scores(names.PRODUCTION_SCORES, record.production))
    yield from _metrics(_scores(names.CANDIDATE_SCORES, candidate))
    gains = {
        key: change(getattr(candidate, name), getattr(record.production, name))
        for name, key in names.IMPROVEMENTS.items()
    }
    yield from _metrics(gains)
    yield from _metrics({names.TEST_ROWS: record.test_rows, names.SEEN_ROWS: record.seen_rows})
    if record.decision is not None:
        yield Tag(names.DECISION, record.decision)
    if production_roc is not None:
        yield Json(names.ROC_PRODUCTION, production_roc.to_dict())
    if candidate_roc is not None:
        yield Json(names.ROC_CANDIDATE, candidate_roc.to_dict())


def _params(values: dict[str, str | int | float | None]) -> Iterator[Param]:
    yield from (Param(key, value) for key, value in values.items() if value is not None)


def _metrics(values: dict[str, float | int | None]) -> Iterator[Metric]:
    for key, value in values.items():
        if value is not None and math.isfinite(value):
            yield Metric(key, float(value))


def _scores(keys: dict[str, str], scores: Scores) -> dict[str, float | None]:
    return {key: getattr(scores, name) for name, key in keys.items()}
