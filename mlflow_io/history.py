"""Runs -> records: the batches of an experiment, as a store has them."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from typing import overload

from drift.result import TOO_FEW_ROWS
from lifecycle.experiment import MlflowNames
from lifecycle.gate import Decision
from lifecycle.records import (
    Attempts,
    BatchRecord,
    DriftRecord,
    GateRecord,
    History,
    ProductionModel,
    RunRef,
    Survey,
    UnreadableRun,
)
from metrics.kinds import Score
from metrics.scores import ScoreSet
from mlflow_io import contract, names
from mlflow_io.latest_runs import Kind, LatestRuns, RunInfo, whole_number
from mlflow_io.registry import BATCH_0_ONLY, TRAINED_ON
from mlflow_io.run_kinds import is_of, scores_in
from mlflow_io.stores.base import Answer, FoundRuns, RunData, RunQuery, RunStore
from mlflow_io.stores.open import open_store
from mlflow_io.stores.survey import EXPERIMENTS
from mlflow_io.stores.tuning import USUAL, Tuning
from mlflow_io.values import Values

AHEAD_MS = 5 * 60_000
"""By so much may the clock of another machine be ahead of ours before that is worth a word."""

LAST_MOMENT = 253_402_214_400_000
"""The end of the year 9999; a clock may be wrong, but not to where Python's calendar ends."""


def read_history(uri: str, mlflow_names: MlflowNames, tuning: Tuning = USUAL) -> History:
    """Every batch of the experiment, by the rules of ``mlflow_io.latest_runs``.

    Raises StoreMissing, SchemaUnknown, TrackingUnreachable or TrackingRefused. Experiments that are not there are named
    in the result.
    """
    with open_store(uri, tuning=tuning) as store:
        return history(store, mlflow_names)


def history(store: RunStore, mlflow_names: MlflowNames) -> History:
    return history_and_data(store, mlflow_names)[0]


def production(store: RunStore, mlflow_names: MlflowNames) -> ProductionModel | None:
    """None as well where no registered model is named."""
    return None if mlflow_names.model is None else store.production(mlflow_names.model).content


def history_and_production(
    store: RunStore, mlflow_names: MlflowNames
) -> tuple[History, ProductionModel | None, Mapping[str, RunData]]:
    """And, by run id, the data of the runs that it tells of."""
    found, data = history_and_data(store, mlflow_names)
    model = production(store, mlflow_names)
    if model is None and mlflow_names.model is not None:
        found = replace(found, present_models=store.model_names().content)
    return found, model, data


def history_and_data(store: RunStore, mlflow_names: MlflowNames) -> tuple[History, Mapping[str, RunData]]:
    """And, by run id, the data of the runs that it tells of."""
    asked = tuple(dict.fromkeys((mlflow_names.drift_experiment, mlflow_names.gate_experiment)))
    ids = store.experiment_ids(asked)
    missing = tuple(name for name in asked if name not in ids.content)
    queries = _queries(
        ids.content.get(mlflow_names.drift_experiment),
        ids.content.get(mlflow_names.gate_experiment),
        mlflow_names.scores.primary,
    )
    runs = store.read(tuple(filter(None, queries))) if any(queries) else Answer({})
    drift, gate = (FoundBatches.of(query, runs.content, mlflow_names.scores) for query in queries)
    numbers = sorted({*drift.latest, *gate.latest, *drift.broken, *gate.broken})
    batches = tuple(_batch(number, drift, gate) for number in numbers)
    checked = any(batch.drift or batch.unreadable_drift for batch in batches)
    gated = any(batch.gate or batch.unreadable_gate for batch in batches)
    present = store.experiment_names() if missing else Answer(())
    found = History(
        batches=batches,
        unfinished=_without_latest(numbers, drift, gate),
        odd_batch_numbers=tuple(dict.fromkeys((*drift.runs.latest.odd, *gate.runs.latest.odd))),
        missing_experiments=missing,
        present_experiments=present.content,
        counted=drift.runs.complete and gate.runs.complete,
        ahead=_ahead(drift, gate),
        note=store.note,
        surveys=_surveys(store, asked) if missing or not (checked and gated) else (),
        unreadable=_each_once(ids, runs, present),
    )
    return found, {**drift.runs.data, **gate.runs.data}


def _queries(drift_id: str | None, gate_id: str | None, primary: Score) -> tuple[RunQuery | None, RunQuery | None]:
    """For drift runs and for gate runs. Where one of the two experiments is not there, the runs of the other may be of
    both kinds."""
    kind = Kind.DRIFT if drift_id and drift_id != gate_id else Kind.DRIFT_AMONG_OTHERS
    drift_in, gate_in = drift_id or gate_id, gate_id or drift_id
    if drift_in is None or gate_in is None:
        return None, None
    scored = (names.production_score(primary.name), names.candidate_score(primary.name))
    return RunQuery(drift_in, kind, scored), RunQuery(gate_in, Kind.GATE, scored)


def _surveys(store: RunStore, asked: Sequence[str]) -> tuple[Survey, ...]:
    """Of the experiments that were asked for, and of others that may have been meant. What cannot be read of them was
    not asked for."""
    names = (*asked, *store.experiment_names().content[:EXPERIMENTS])
    ids = store.experiment_ids(tuple(dict.fromkeys(names))).content
    found = (store.survey(name, experiment_id).content for name, experiment_id in ids.items())
    return tuple(survey for survey in found if survey is not None)


def _each_once(*answers: Answer[object]) -> tuple[str, ...]:
    """What the answers go without."""
    return tuple(dict.fromkeys(chain.from_iterable(answer.unreadable for answer in answers)))


@dataclass(frozen=True)
class FoundBatches:
    """The runs of one kind, as records are made of them. scores: those that gate runs are read for."""

    query: RunQuery
    runs: FoundRuns
    scores: ScoreSet

    @classmethod
    def of(cls, query: RunQuery | None, runs: Mapping[RunQuery, FoundRuns], scores: ScoreSet) -> "FoundBatches":
        none = RunQuery("", Kind.GATE), FoundRuns((), LatestRuns({}, ()), {})
        return cls(*((query, runs[query]) if query else none), scores)

    @cached_property
    def broken(self) -> dict[int, tuple[UnreadableRun, ...]]:
        """By batch number."""
        found: dict[int, tuple[UnreadableRun, ...]] = {}
        for run in self.runs.broken:
            if (number := whole_number(run.batch)) is not None:
                found[number] = (*found.get(number, ()), UnreadableRun(run.run_id, run.problem))
        return found

    @property
    def latest(self) -> dict[int, RunInfo]:
        return self.runs.latest.by_batch

    def data_of(self, run: RunInfo) -> RunData:
        return self.runs.data[run.run_id]

    def attempts(self, number: int) -> Attempts:
        batch = self.runs.latest.batches.get(number)
        if batch is None:
            return Attempts()
        return Attempts(batch.finished if self.runs.complete else None, self.refs(batch.newer))

    def refs(self, runs: Iterable[RunInfo]) -> tuple[RunRef, ...]:
        return tuple(
            RunRef(run.run_id, self.query.experiment_id, run.status, moment(run.start), moment(run.end)) for run in runs
        )


def _without_latest(numbers: Collection[int], *kinds: FoundBatches) -> tuple[tuple[int, tuple[RunRef, ...]], ...]:
    pending: dict[int, tuple[RunRef, ...]] = {}
    for found in kinds:
        for number, batch in found.runs.latest.batches.items():
            if number not in numbers:
                both = (*pending.get(number, ()), *found.refs(batch.newer))
                pending[number] = tuple(dict.fromkeys(both))
    return tuple(sorted(pending.items()))


def _ahead(*kinds: FoundBatches) -> tuple[RunRef, ...]:
    latest = time.time() * 1000 + AHEAD_MS
    ahead = (run for found in kinds for run in found.refs(r for r in found.latest.values() if r.start > latest))
    return tuple(dict.fromkeys(ahead))


def _batch(number: int, drift: FoundBatches, gate: FoundBatches) -> BatchRecord:
    checks = _telling(number, Kind.DRIFT_AMONG_OTHERS, drift, gate)
    scores = _telling(number, Kind.GATE, gate, drift)
    return BatchRecord(
        batch=number,
        drift=drift_record(number, checks, checks.latest[number]) if checks else None,
        gate=gate_record(number, scores, scores.latest[number]) if scores else None,
        drift_attempts=_attempts(number, drift, checks),
        gate_attempts=_attempts(number, gate, scores),
        unreadable_drift=drift.broken.get(number, ()),
        unreadable_gate=gate.broken.get(number, ()),
    )


def _telling(number: int, kind: Kind, own: FoundBatches, other: FoundBatches) -> FoundBatches | None:
    """Whose run tells the batch: where there is none of its own kind, the other one may have logged both."""
    if number in own.latest:
        return own
    run = other.latest.get(number)
    return other if run and is_of(kind, other.data_of(run), other.query.scored) else None


def _attempts(number: int, own: FoundBatches, telling: FoundBatches | None) -> Attempts:
    """Of the kind that was looked for, and of the run that tells the batch in its place."""
    if telling is None or telling is own:
        return own.attempts(number)
    attempts, since = telling.attempts(number), moment(telling.latest[number].start)
    newer = (run for run in own.attempts(number).newer_unfinished if run.start_time > since)
    return replace(attempts, newer_unfinished=tuple(dict.fromkeys((*newer, *attempts.newer_unfinished))))


@overload
def moment(milliseconds: int) -> datetime: ...
@overload
def moment(milliseconds: None) -> None: ...
def moment(milliseconds: int | None) -> datetime | None:
    """MLflow's milliseconds since 1970 as a time in UTC."""
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(max(0, min(milliseconds, LAST_MOMENT)) / 1000, UTC)


def drift_record(batch: int, found: FoundBatches, latest: RunInfo) -> DriftRecord:
    row = found.data_of(latest)
    values = Values(row)
    drifted, total = values.part(names.DRIFTED_COLUMNS, names.TOTAL_COLUMNS)
    record = DriftRecord(
        batch=batch,
        **contract.fields(contract.DRIFT, values),
        drifted_columns=drifted,
        total_columns=total,
        too_few_rows=values.text(names.DRIFT_VERDICT) == TOO_FEW_ROWS,
        unread=contract.unread(contract.DRIFT, row.unread),
        run=found.refs([latest])[0],
    )
    return replace(record, impossible=values.impossible)


def gate_record(batch: int, found: FoundBatches, latest: RunInfo) -> GateRecord:
    row = found.data_of(latest)
    values = Values(row)
    production = values.scores(found.scores, names.production_score)
    candidate = values.scores(found.scores, names.candidate_score)
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
        unread=contract.unread(contract.GATE, row.unread),
        other_scores=tuple(name for name in scores_in(row.metrics) if name not in found.scores.names),
        run=found.refs([latest])[0],
    )
    return replace(record, impossible=values.impossible)


def decision_of(row: RunData) -> str | None:
    """As it was written, as a tag or, where that is lacking or blank, as a param; None where the run has neither. One
    that is blank is no missing one: somebody wrote it down, and it says nothing."""
    written = [place[names.DECISION].strip() for place in (row.tags, row.params) if names.DECISION in place]
    return next(filter(None, written), "") if written else None
