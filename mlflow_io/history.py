"""Runs -> records: what a store says of an experiment's batches."""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import overload

from drift.result import TOO_FEW_ROWS
from lifecycle.experiment import MlflowNames
from lifecycle.gate import Decision
from lifecycle.records import Attempts, BatchRecord, DriftRecord, GateRecord, History, RunRef, Survey
from mlflow_io import contract, names
from mlflow_io.latest_runs import Kind, Latest, RunInfo, latest_per_batch
from mlflow_io.registry import BATCH_0_ONLY, TRAINED_ON
from mlflow_io.run_kinds import is_of
from mlflow_io.stores.base import RunData, RunStore
from mlflow_io.stores.open import open_store
from mlflow_io.stores.survey import EXPERIMENTS
from mlflow_io.values import Values

AHEAD_MS = 5 * 60_000
"""By so much may the clock of another machine be ahead of ours before that is worth a word."""

LAST_MOMENT = 253_402_214_400_000
"""The end of the year 9999; a clock may be wrong, but not to where Python's calendar ends."""


def read_history(uri: str, wanted: MlflowNames) -> History:
    """Every batch of the experiment, by the rules of ``mlflow_io.latest_runs``.

    Raises StoreMissing, SchemaUnknown, TrackingUnreachable or TrackingRefused. Experiments that are not there are named
    in the result.
    """
    with open_store(uri) as store:
        return history(store, wanted)


def history(store: RunStore, wanted: MlflowNames) -> History:
    ids = {name: store.experiment_id(name) for name in (wanted.drift_experiment, wanted.gate_experiment)}
    missing = tuple(name for name, found in ids.items() if found is None)
    drift_id, gate_id = ids[wanted.drift_experiment], ids[wanted.gate_experiment]
    drift_kind, gate_kind = Kind.DRIFT if drift_id and drift_id != gate_id else Kind.DRIFT_AMONG_OTHERS, Kind.GATE
    # Where one of the two is not there, the runs of the other may be of both kinds.
    drift_id, gate_id = drift_id or gate_id, gate_id or drift_id
    there = [(found, kind) for found, kind in ((drift_id, drift_kind), (gate_id, gate_kind)) if found]
    if there:
        store.expect(there)
    drift, gate = _found(store, drift_id, drift_kind), _found(store, gate_id, gate_kind)
    numbers = sorted({*drift.winners, *gate.winners})
    batches = tuple(_batch(number, drift, gate) for number in numbers)
    checked, gated = any(batch.drift for batch in batches), any(batch.gate for batch in batches)
    present = store.experiment_names() if missing else ()
    unreadable = store.unreadable  # before surveys look at runs that were not asked for
    return History(
        batches=batches,
        unfinished=_without_winner(numbers, drift, gate),
        odd_batch_numbers=tuple(dict.fromkeys((*drift.latest.odd, *gate.latest.odd))),
        missing_experiments=missing,
        present_experiments=present,
        counted=drift.counted and gate.counted,
        ahead=_ahead(drift, gate),
        note=store.note,
        surveys=_surveys(store, wanted) if missing or not (checked and gated) else (),
        unreadable=unreadable,
    )


def _surveys(store: RunStore, wanted: MlflowNames) -> tuple[Survey, ...]:
    """Of the experiments that were asked for, and of others that may have been meant."""
    asked = (wanted.drift_experiment, wanted.gate_experiment)
    there = {name: store.experiment_id(name) for name in (*asked, *store.experiment_names()[:EXPERIMENTS])}
    found = (store.survey(name, experiment_id) for name, experiment_id in there.items() if experiment_id)
    return tuple(survey for survey in found if survey)


@dataclass(frozen=True)
class Found:
    """Of one kind of run: where each batch stands, and what the winners say."""

    experiment_id: str
    latest: Latest
    facts: Mapping[str, RunData]
    counted: bool = True

    @property
    def winners(self) -> dict[int, RunInfo]:
        return {number: standing.winner for number, standing in self.latest.batches.items() if standing.winner}

    def attempts(self, number: int) -> Attempts:
        standing = self.latest.batches.get(number)
        if standing is None:
            return Attempts()
        return Attempts(standing.finished if self.counted else None, self.refs(standing.newer))

    def refs(self, runs: Iterable[RunInfo]) -> tuple[RunRef, ...]:
        return tuple(
            RunRef(run.run_id, self.experiment_id, run.status, moment(run.start), moment(run.end)) for run in runs
        )


def _found(store: RunStore, experiment_id: str | None, kind: Kind) -> Found:
    if experiment_id is None:
        return Found("", Latest({}, ()), {})
    counted = store.counted(experiment_id, kind)  # first: a count that ends in between is then told the next time
    latest = latest_per_batch(store.candidates(experiment_id, kind))
    winners = [standing.winner.run_id for standing in latest.batches.values() if standing.winner]
    return Found(experiment_id, latest, store.facts(winners), counted)


def _without_winner(numbers: Collection[int], *kinds: Found) -> tuple[tuple[int, tuple[RunRef, ...]], ...]:
    pending: dict[int, tuple[RunRef, ...]] = {}
    for found in kinds:
        for number, standing in found.latest.batches.items():
            if number not in numbers:
                both = (*pending.get(number, ()), *found.refs(standing.newer))
                pending[number] = tuple(dict.fromkeys(both))
    return tuple(sorted(pending.items()))


def _ahead(*kinds: Found) -> tuple[RunRef, ...]:
    latest = time.time() * 1000 + AHEAD_MS
    ahead = (run for found in kinds for run in found.refs(w for w in found.winners.values() if w.start > latest))
    return tuple(dict.fromkeys(ahead))


def _batch(number: int, drift: Found, gate: Found) -> BatchRecord:
    checks = _telling(number, Kind.DRIFT_AMONG_OTHERS, drift, gate)
    scores = _telling(number, Kind.GATE, gate, drift)
    return BatchRecord(
        batch=number,
        drift=drift_record(number, checks, checks.winners[number]) if checks else None,
        gate=gate_record(number, scores, scores.winners[number]) if scores else None,
        drift_attempts=_attempts(number, drift, checks),
        gate_attempts=_attempts(number, gate, scores),
    )


def _telling(number: int, kind: Kind, own: Found, other: Found) -> Found | None:
    """Whose run tells the batch: where there is none of its own kind, the other one may have logged both."""
    if number in own.winners:
        return own
    winner = other.winners.get(number)
    return other if winner and is_of(kind, other.facts[winner.run_id]) else None


def _attempts(number: int, own: Found, telling: Found | None) -> Attempts:
    """Of the kind that was looked for, and of the run that tells the batch in its place."""
    if telling is None or telling is own:
        return own.attempts(number)
    told, since = telling.attempts(number), moment(telling.winners[number].start)
    newer = (run for run in own.attempts(number).newer_unfinished if run.start_time > since)
    return replace(told, newer_unfinished=tuple(dict.fromkeys((*newer, *told.newer_unfinished))))


@overload
def moment(milliseconds: int) -> datetime: ...
@overload
def moment(milliseconds: None) -> None: ...
def moment(milliseconds: int | None) -> datetime | None:
    """MLflow's milliseconds since 1970 as a time in UTC."""
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(max(0, min(milliseconds, LAST_MOMENT)) / 1000, UTC)


def drift_record(batch: int, found: Found, winner: RunInfo) -> DriftRecord:
    row = found.facts[winner.run_id]
    values = Values(row)
    drifted, total = values.part(names.DRIFTED_COLUMNS, names.TOTAL_COLUMNS)
    record = DriftRecord(
        batch=batch,
        **contract.fields(contract.DRIFT, values),
        drifted_columns=drifted,
        total_columns=total,
        too_few_rows=values.text(names.DRIFT_VERDICT) == TOO_FEW_ROWS,
        run=found.refs([winner])[0],
    )
    return replace(record, impossible=values.impossible)


def gate_record(batch: int, found: Found, winner: RunInfo) -> GateRecord:
    row = found.facts[winner.run_id]
    values = Values(row)
    production, candidate = values.scores(names.PRODUCTION_SCORES), values.scores(names.CANDIDATE_SCORES)
    stored = decision_of(row)
    decision = stored.upper() if stored and stored.upper() in Decision.__members__ else None
    record = GateRecord(
        batch=batch,
        **contract.fields(contract.GATE, values),
        production=production,
        candidate=candidate if candidate.known else None,
        decision=decision,
        odd_decision=stored if decision is None else None,
        production_only=values.text(names.EVALUATION_TYPE) == names.PRODUCTION_ONLY,
        held_out=values.text(TRAINED_ON) == BATCH_0_ONLY,
        run=found.refs([winner])[0],
    )
    return replace(record, impossible=values.impossible)


def decision_of(row: RunData) -> str | None:
    """As it was written, as a tag or, where that is lacking or blank, as a param; None where the run has neither. One
    that is blank is no missing one: somebody wrote it down, and it says nothing."""
    written = [facts[names.DECISION].strip() for facts in (row.tags, row.params) if names.DECISION in facts]
    return next(filter(None, written), "") if written else None
