"""What one batch went through: its drift check, its quality gate, and the attempts behind them."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from drift.result import is_detected
from metrics.scores import Scores


@dataclass(frozen=True)
class RunRef:
    """Where a record is stored. ``status`` is MLflow's: FINISHED, FAILED, RUNNING, KILLED or SCHEDULED."""

    run_id: str
    experiment_id: str
    status: str
    start_time: datetime
    end_time: datetime | None = None


class Valid(Enum):
    """What a stored value has to be: a share from 0 to 1, a score within its range, a threshold above 0 and up to 1, a
    count from 0 on, one count as part of another, and batches from the first to the last, such as "0-3".
    """

    SHARE = auto()
    THRESHOLD = auto()
    SCORE = auto()
    COUNT = auto()
    PART = auto()
    SPAN = auto()


@dataclass(frozen=True)
class Impossible:
    """A stored value that cannot be what its name says: nothing is worked out from it, and records go without it.

    key: its name in the store. stored: as it was written, which may be anybody's text. wanted: what it had to
    be; span: of a score, its range in words.
    """

    key: str
    stored: str
    valid: Valid
    span: str = ""


@dataclass(frozen=True)
class UnreadableRun:
    """A run that is there and cannot be read: what it says, whether it finished and when it began is not known.

    problem: where it is, and why it cannot be read; may hold anybody's text."""

    run_id: str
    problem: str


@dataclass(frozen=True)
class DriftRecord:
    """A drift check of one batch.

    share: drifted columns / columns, 0..1; None where the run did not say, and where there were too few rows.
    too_few_rows: the run says that it had too few rows to tell. reference_rows, new_rows, min_rows: how many there
    were, and were needed; None where it did not say.
    threshold: the drift threshold in force at the time; None where none was stored.
    impossible: what the run stored, and none of the other fields holds. unread: names of what it stored and cannot be
    read.
    """

    batch: int
    share: float | None
    threshold: float | None = None
    drifted_columns: int | None = None
    total_columns: int | None = None
    reference_data: str | None = None
    new_data: str | None = None
    run: RunRef | None = None
    too_few_rows: bool = False
    reference_rows: int | None = None
    new_rows: int | None = None
    min_rows: int | None = None
    impossible: tuple[Impossible, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def detected(self) -> bool | None:
        """Whether this was drift; None for batch 0, which is the reference, where share or threshold is missing, and
        where there were too few rows to tell."""
        if self.batch == 0 or self.too_few_rows or self.share is None or self.threshold is None:
            return None
        return is_detected(self.share, self.threshold)

    def judged_by(self, threshold: float) -> "DriftRecord":
        """The same check under ``threshold``, if it stored none of its own: one that cannot be is stored as well, and
        so may be one that cannot be read."""
        stored = self.threshold is not None or self.has_impossible_threshold or bool(self.unread)
        return self if stored else replace(self, threshold=threshold)

    @property
    def has_impossible_threshold(self) -> bool:
        return any(value.valid is Valid.THRESHOLD for value in self.impossible)


@dataclass(frozen=True)
class GateRecord:
    """A quality gate of one batch: the production model and, where one was trained, the candidate, on one test set.

    candidate: the scores stored as the new model's. Histories copy production's there when nothing was trained;
    ``lifecycle.gate.was_trained`` tells, not this field.
    decision: as stored; None where the run has none or one that is not known.
    training_run_id: the run that trained the candidate; in batch 0, the model that was scored.
    held_out: of batch 0, the run trained the model that it scored, on rows apart from those it was scored on.
    production_only: the run says itself that no model was trained.
    odd_decision: what the run stored as its decision, where that is none of ours; anybody's text, of any length, or
    empty where it was blank.
    production_version, production_run_id: the registered version that was scored as the production model, and the run
    that trained it. trained_until: the last batch that it had learned from. candidate_version: of the new model, where
    it was deployed. captured_after: of batch 0, the batch that had deployed the model that was scored; 0 for the
    initial one. seen_rows: of the test rows, those that models are trained on, or that belong with such rows.
    training_rows: those that the candidate was trained on. All are None where the run does not say.
    impossible: what the run stored, and none of the other fields holds. unread: names of what it stored and cannot be
    read. other_scores: names of scores that it stored, and the experiment does not show.
    """

    batch: int
    production: Scores
    candidate: Scores | None = None
    decision: str | None = None
    test_set: str | None = None
    test_rows: int | None = None
    model_type: str | None = None
    training_run_id: str | None = None
    production_only: bool = False
    odd_decision: str | None = None
    production_version: str | None = None
    production_run_id: str | None = None
    trained_until: int | None = None
    candidate_version: str | None = None
    captured_after: int | None = None
    held_out: bool = False
    seen_rows: int | None = None
    training_rows: int | None = None
    run: RunRef | None = None
    impossible: tuple[Impossible, ...] = ()
    unread: tuple[str, ...] = ()
    other_scores: tuple[str, ...] = ()

    @property
    def is_ours(self) -> bool:
        """The run says what our own pipeline says and no other: which batches the model had learned from."""
        return self.trained_until is not None

    @property
    def impossible_scores(self) -> tuple[str, ...]:
        """Their names in the store."""
        return tuple(value.key for value in self.impossible if value.valid is Valid.SCORE)


@dataclass(frozen=True)
class Attempts:
    """All runs of one batch and kind: how many finished (None: not counted yet), and the unfinished ones newer than
    the one that counts; all unfinished ones where none has finished."""

    finished: int | None = 0
    newer_unfinished: tuple[RunRef, ...] = ()

    @property
    def superseded(self) -> int | None:
        return None if self.finished is None else max(self.finished - 1, 0)


@dataclass(frozen=True)
class BatchRecord:
    """One batch as its latest finished runs tell it. ``drift`` or ``gate`` is None where there is no such run that can
    be read.

    unreadable_drift, unreadable_gate: runs that may be of the kind, and cannot be read."""

    batch: int
    drift: DriftRecord | None = None
    gate: GateRecord | None = None
    drift_attempts: Attempts = Attempts()
    gate_attempts: Attempts = Attempts()
    unreadable_drift: tuple[UnreadableRun, ...] = ()
    unreadable_gate: tuple[UnreadableRun, ...] = ()

    @property
    def in_one_run(self) -> bool:
        """Whether drift check and quality gate were logged in the same run."""
        runs = [half.run for half in (self.drift, self.gate) if half is not None and half.run is not None]
        return len(runs) == 2 and runs[0] == runs[1]


@dataclass(frozen=True)
class Survey:
    """What an experiment holds, whatever its runs are.

    finished, others: how many runs there are that are not deleted. numbered: finished ones with a batch number.
    drift, gate: how many of them are drift runs and gate runs, with a whole number; seen: of so many that were looked
    at. odd_drift, odd_gate: how many are, but for a number that is no whole one. params, metrics, tags: names that
    finished runs log. complete: whether ``finished`` and ``others`` are of all.
    """

    experiment: str
    finished: int = 0
    others: int = 0
    numbered: int = 0
    params: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    complete: bool = True
    drift: int = 0
    gate: int = 0
    seen: int = 0
    odd_drift: int = 0
    odd_gate: int = 0


@dataclass(frozen=True)
class History:
    """Everything that a store says of an experiment.

    batches: ascending by number; batches without a finished run, or one that cannot be read, are not among them.
    unfinished: batch number -> its attempts, for batches that have none but unfinished ones.
    odd_batch_numbers: values of ``batch_number`` that are not whole numbers, each once.
    missing_experiments: names that were looked for and are not there. present_experiments: only then, those that are.
    present_models: names of registered models, only where no version of the one that was looked for is in production.
    counted: whether every run was counted; else the attempts do not say how many finished.
    ahead: runs that count and claim to start in the future. note: what the store's owner should know about it.
    unreadable: what the store has and this goes without, each with where it is and why it cannot be read.
    surveys: where an experiment is missing or one of the two kinds of runs is found for no batch, what experiments hold
    that are there.
    """

    batches: tuple[BatchRecord, ...] = ()
    unfinished: tuple[tuple[int, tuple[RunRef, ...]], ...] = ()
    odd_batch_numbers: tuple[str, ...] = ()
    missing_experiments: tuple[str, ...] = ()
    present_experiments: tuple[str, ...] = ()
    present_models: tuple[str, ...] = ()
    counted: bool = True
    ahead: tuple[RunRef, ...] = ()
    note: str | None = None
    unreadable: tuple[str, ...] = ()
    surveys: tuple[Survey, ...] = ()

    @property
    def holds_other_runs(self) -> bool:
        """Whether somebody has logged something else than what was looked for."""
        return any(survey.finished or survey.others for survey in self.surveys)


@dataclass(frozen=True)
class ProductionModel:
    """The registered version that is in production, and how it was recognised: by alias or, if not, by stage."""

    name: str
    version: str
    alias: str | None
    stage: str | None
    run_id: str | None
