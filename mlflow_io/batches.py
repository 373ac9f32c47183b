"""Runs -> records: what a store says of an experiment's batches."""

import math
from collections.abc import Mapping

from lifecycle.experiment import MlflowNames
from lifecycle.gate import Decision
from lifecycle.records import Attempts, BatchRecord, DriftRecord, GateRecord, History, RunRef
from metrics.scores import NAMES, Scores
from mlflow_io import experiments, names
from mlflow_io.client import connect
from mlflow_io.errors import reaching
from mlflow_io.latest import Latest, RunRow, batch_runs, has_drift_share, is_drift_run, is_gate_run, latest_per_batch

LARGEST = 1e300
"""Stores keep infinity as the largest double; no score or share is that large."""


def read_history(uri: str, wanted: MlflowNames) -> History:
    """Every batch of the experiment, by the rules of ``mlflow_io.latest``.

    Raises StoreMissing or TrackingUnreachable. Experiments that are not there are named in the result.
    """
    client = connect(uri)
    with reaching(uri):
        ids = {name: experiments.find(client, name) for name in (wanted.drift_experiment, wanted.gate_experiment)}
        missing = tuple(name for name, found in ids.items() if found is None)
        present = experiments.active_names(client) if missing else ()
        rows = {name: list(batch_runs(client, found)) if found else [] for name, found in ids.items()}
    shared = wanted.drift_experiment == wanted.gate_experiment
    drift = latest_per_batch(rows[wanted.drift_experiment], has_drift_share if shared else is_drift_run)
    gate = latest_per_batch(rows[wanted.gate_experiment], is_gate_run)
    return history(drift, gate, missing=missing, present=present)


def history(drift: Latest, gate: Latest, *, missing: tuple[str, ...] = (), present: tuple[str, ...] = ()) -> History:
    numbers = sorted({*drift.winners, *gate.winners})
    pending: dict[int, tuple[RunRef, ...]] = {}
    for found in (drift, gate):
        for batch, refs in found.unfinished.items():
            if batch not in numbers:
                pending[batch] = (*pending.get(batch, ()), *refs)
    return History(
        batches=tuple(_batch(number, drift, gate) for number in numbers),
        unfinished=tuple(sorted(pending.items())),
        odd_batch_numbers=tuple(dict.fromkeys((*drift.odd, *gate.odd))),
        missing_experiments=missing,
        present_experiments=present,
    )


def _batch(number: int, drift: Latest, gate: Latest) -> BatchRecord:
    """An attempt counts as left out also where its kind has no finished run at all but the batch has one."""
    return BatchRecord(
        batch=number,
        drift=drift_record(number, drift.winners[number]) if number in drift.winners else None,
        gate=gate_record(number, gate.winners[number]) if number in gate.winners else None,
        drift_attempts=_attempts(number, drift),
        gate_attempts=_attempts(number, gate),
    )


def _attempts(number: int, found: Latest) -> Attempts:
    return found.attempts.get(number) or Attempts(0, found.unfinished.get(number, ()))


def drift_record(batch: int, row: RunRow) -> DriftRecord:
    return DriftRecord(
        batch=batch,
        share=_metric(row, names.DRIFT_SHARE),
        threshold=_threshold(row.params.get(names.DRIFT_THRESHOLD)),
        drifted_columns=_count(row, names.DRIFTED_COLUMNS),
        total_columns=_count(row, names.TOTAL_COLUMNS),
        reference_data=row.params.get(names.REFERENCE_DATA),
        new_data=row.params.get(names.NEW_DATA),
        run=row.ref,
    )


def gate_record(batch: int, row: RunRow) -> GateRecord:
    candidate = _scores(row, names.CANDIDATE_SCORES)
    decision = row.tags.get(names.DECISION, "").strip().upper()
    return GateRecord(
        batch=batch,
        production=_scores(row, names.PRODUCTION_SCORES),
        candidate=candidate if candidate.known else None,
        decision=decision if decision in Decision.__members__ else None,
        test_set=row.params.get(names.TEST_SET),
        test_rows=_count(row, names.TEST_ROWS),
        model_type=row.params.get(names.MODEL_TYPE),
        training_run_id=row.params.get(names.TRAINING_RUN_ID),
        production_only=row.params.get(names.EVALUATION_TYPE) == names.PRODUCTION_ONLY,
        run=row.ref,
    )


def _metric(row: RunRow, key: str) -> float | None:
    value = row.metrics.get(key)
    return value if value is not None and math.isfinite(value) and abs(value) < LARGEST else None


def _count(row: RunRow, key: str) -> int | None:
    value = _metric(row, key)
    return int(value) if value is not None and value >= 0 else None


def _scores(row: RunRow, keys: Mapping[str, str]) -> Scores:
    return Scores(*(_metric(row, keys[name]) for name in NAMES))


def _threshold(text: str | None) -> float | None:
    """A stored threshold, or None where the text is no share above 0 and up to 1."""
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return value if 0.0 < value <= 1.0 else None
