"""One batch as it is told."""

from collections.abc import Iterator
from dataclasses import dataclass

from batch_zero import formats
from lifecycle.experiment import Experiment
from lifecycle.gate import Decision, Verdict, settle, was_trained
from lifecycle.records import BatchRecord, DriftRecord, GateRecord, RunRef, UnreadableRun
from metrics.kinds import Score, change
from metrics.scores import Scores, ScoreSet
from mlflow_io import names
from report.story import attempts, marks, scores, sentences
from report.story.scores import Shown


@dataclass(frozen=True)
class Chapter:
    """drift: judged by today's threshold where the run stored none. stored_threshold: the run's own.
    trained: whether a model was trained, by the decision or by what the run shows; None where neither says.
    candidate: None where no model was trained, whatever the run stored.
    captured_after: a later batch that had deployed a model before this one was scored, by a run that does not show that
    it was by the model of its time; None where there was none. seen: where the production model had learned from this
    batch, the last one that it had learned from. drift_line: what the sentence leaves to be said of the drift, if
    anything. unreadable_drift, unreadable_gate: as in the record.
    """

    batch: int
    verdict: Verdict
    drift: DriftRecord | None
    stored_threshold: float | None
    gate: GateRecord | None
    trained: bool | None
    candidate: Scores | None
    captured_after: int | None
    seen: int | None
    runs: attempts.Runs
    sentence: str
    drift_line: str
    scores: ScoreSet
    unreadable_drift: tuple[UnreadableRun, ...] = ()
    unreadable_gate: tuple[UnreadableRun, ...] = ()

    @property
    def decision(self) -> Decision | None:
        return self.verdict.decision

    @property
    def retrained(self) -> bool:
        return self.trained is True

    @property
    def deployed(self) -> bool:
        return self.decision is not None and self.decision.deployed

    @property
    def is_baseline(self) -> bool:
        return self.batch == 0 and self.gate is not None

    @property
    def undecided(self) -> bool:
        """There is a quality gate run, but what it decided is not known."""
        return (self.gate is not None or bool(self.unreadable_gate)) and self.decision is None

    @property
    def gate_is_unreadable(self) -> bool:
        """There is none that can be read, but one that cannot."""
        return self.gate is None and bool(self.unreadable_gate)

    @property
    def detected(self) -> bool | None:
        return self.drift.detected if self.drift is not None else None

    @property
    def drift_mark(self) -> marks.Mark:
        return marks.of_drift(self.batch, self.drift, baseline=self.is_baseline)

    @property
    def gate_mark(self) -> marks.Mark | None:
        """None where the gate had nothing to do."""
        return marks.of_gate(self.decision, self.detected, self.retrained)

    @property
    def outcome(self) -> tuple[marks.Mark, ...]:
        """What the drift check said, and then what the gate did."""
        return (self.drift_mark, self.gate_mark) if self.gate_mark is not None else (self.drift_mark,)

    @property
    def drift_share(self) -> float | None:
        return self.drift.share if self.drift is not None else None

    @property
    def drift_text(self) -> str:
        """The share in digits."""
        return formats.share(self.drift_share, self.drift.threshold if self.drift is not None else None)

    @property
    def drift_run(self) -> RunRef | None:
        return self.drift.run if self.drift is not None else None

    @property
    def gate_run(self) -> RunRef | None:
        return self.gate.run if self.gate is not None else None

    @property
    def production(self) -> Scores:
        return self.gate.production if self.gate is not None else Scores()

    @property
    def production_score(self) -> float | None:
        """The primary score of the production model."""
        return self.production.get(self.scores.primary.name)

    @property
    def candidate_score(self) -> float | None:
        return (self.candidate or Scores()).get(self.scores.primary.name)

    @property
    def training_run_id(self) -> str | None:
        """Of the model that this batch trained or, in batch 0, scored; None where the run does not say."""
        return self.gate.training_run_id if self.gate is not None else None

    def gain(self, score: Score) -> float | None:
        """By how much the candidate is better, by one score."""
        return score.gain((self.candidate or Scores()).get(score.name), self.production.get(score.name))

    def change(self, score: Score) -> float | None:
        """Candidate minus production, of one score."""
        return change((self.candidate or Scores()).get(score.name), self.production.get(score.name))

    def change_text(self, score: Score) -> str:
        return score.beside(self.production.get(score.name)).change_text(self.change(score))

    @property
    def notices(self) -> tuple[str, ...]:
        """What a careful reader should know about this batch's runs, besides what sentence and line tell."""
        return tuple(_notices(self))

    @property
    def told(self) -> tuple[str, ...]:
        """Of what sentence and line tell: what is lacking, for a list of notices that stands without them."""
        return tuple(_told(self))

    @property
    def impossible(self) -> tuple[str, ...]:
        """Of the notices: what the runs stored and cannot be."""
        found: list[str] = []
        if (drift := self.drift) is not None:
            found += sentences.impossible(drift.impossible, sentences.DRIFT_RUN, sentences.by_counts(drift))
        if (gate := self.gate) is not None:
            found += sentences.impossible(gate.impossible, sentences.GATE_RUN)
        return tuple(found)

    @property
    def not_understood(self) -> tuple[str, ...]:
        """Of the notices: what the runs stored and is not understood, be it impossible or in other words than ours."""
        if self.gate is None or not has_other_words(self.gate):
            return self.impossible
        return (*self.impossible, sentences.decision_notice(self.gate, self.decision))

    @property
    def threshold_is_impossible(self) -> bool:
        """The drift run stored one, and it cannot be."""
        return self.drift is not None and self.drift.has_impossible_threshold

    @property
    def behind(self) -> tuple[tuple[str, RunRef], ...]:
        """The runs that the chapter is told from, and those that are left out, each with a name, which may hold
        anybody's text."""
        if self.runs.one:
            counted = [(sentences.run_of_both(self.drift, self.gate), self.gate_run)]
        else:
            counted = [
                (sentences.drift_run(self.drift), self.drift_run),
                (sentences.gate_run(self.gate), self.gate_run),
            ]
        chapter_of = ((name, run) for name, run in counted if run is not None)
        return (*chapter_of, *((attempt.name, attempt.run) for attempt in self.runs.unfinished))

    def marked_row(self, shown: Shown) -> tuple[str, ...]:
        """``row`` for the eye: with the marks."""
        batch, share, retrained, decision, *values = self.row(shown)
        gate = f"{self.gate_mark.symbol} " if self.gate_mark is not None else ""
        return (batch, f"{self.drift_mark.symbol} {share}", retrained, f"{gate}{decision}", *values)

    def row(self, shown: Shown) -> tuple[str, ...]:
        """Its line in the metrics table, in the order of ``scores.columns``."""
        known = {True: "Yes", False: "No", None: formats.UNKNOWN}[self.trained]
        retrained = formats.UNKNOWN if self.batch == 0 else known
        return (
            str(self.batch),
            self.drift_text,
            retrained,
            self.decision or sentences.quoted_decision(self.gate) or formats.UNKNOWN,
            *scores.cells(self.production, shown),
            *scores.cells(self.candidate or Scores(), shown),
        )


def chapter_of(
    record: BatchRecord, experiment: Experiment, captured_after: int | None = None, seen: int | None = None
) -> Chapter:
    """captured_after, seen: as in the chapter."""
    drift = record.drift.judged_by(experiment.drift.threshold) if record.drift is not None else None
    verdict = settle(record.gate, experiment.gate) if record.gate is not None else Verdict(None, inferred=False)
    trained = whether_trained(verdict.decision, record.gate)
    candidate = record.gate.candidate if record.gate is not None and trained else None
    if record.batch == 0:
        late, unreadable = captured_after is not None, bool(record.unreadable_gate)
        sentence = sentences.baseline(record.gate, late, experiment.scores.primary, unreadable=unreadable)
    else:
        unreadable = bool(record.unreadable_gate)
        sentence = sentences.sentence(verdict, drift, record.gate, experiment.gate, unreadable=unreadable)
    return Chapter(
        batch=record.batch,
        verdict=verdict,
        drift=drift,
        stored_threshold=record.drift.threshold if record.drift is not None else None,
        gate=record.gate,
        trained=trained,
        candidate=candidate,
        captured_after=captured_after,
        seen=seen,
        runs=attempts.of(record),
        sentence=sentence,
        drift_line=sentences.drift_besides(record.batch, drift, unreadable=bool(record.unreadable_drift)),
        unreadable_drift=record.unreadable_drift,
        unreadable_gate=record.unreadable_gate,
        scores=experiment.scores,
    )


def has_other_words(gate: GateRecord | None) -> bool:
    return gate is not None and gate.odd_decision is not None


def whether_trained(decision: Decision | None, gate: GateRecord | None) -> bool | None:
    """By the decision and by what the run itself shows, also where its decision denies it; None where neither says."""
    if gate is None:
        return None
    if decision is not None:
        return decision.trained or sentences.scored_all_the_same(decision, gate)
    if gate.production_only or was_trained(gate):
        return was_trained(gate)
    return None


def _notices(chapter: Chapter) -> Iterator[str]:
    yield from _unreadable(chapter)
    for attempt in chapter.runs.unfinished:
        yield sentences.unfinished(attempt.kind, attempt.run, attempt.newer)
    if chapter.captured_after is not None:
        late = sentences.late_baseline if chapter.batch == 0 else sentences.late_gate
        yield late(chapter.captured_after)
    if chapter.seen is not None:
        yield sentences.seen(chapter.gate, chapter.seen)
    if chapter.gate is not None and chapter.gate.seen_rows:
        yield sentences.seen_rows(chapter.gate)
    yield from chapter.impossible
    yield from _about_the_decision(chapter)
    yield from _about_the_drift(chapter)


def _unreadable(chapter: Chapter) -> Iterator[str]:
    drift, gate = chapter.unreadable_drift, chapter.unreadable_gate
    for run in dict.fromkeys((*drift, *gate)):
        kind = sentences.DRIFT_RUN if run in drift else sentences.GATE_RUN
        missing = chapter.gate is None if run in gate else chapter.drift is None
        yield sentences.unreadable(sentences.BOTH if run in drift and run in gate else kind, run, in_place=missing)
    for kind, half in ((sentences.DRIFT_RUN, chapter.drift), (sentences.GATE_RUN, chapter.gate)):
        if half is not None and half.unread:
            yield sentences.unread(kind, half.unread)


def _about_the_decision(chapter: Chapter) -> Iterator[str]:
    gate, decision = chapter.gate, chapter.decision
    if gate is None:
        return
    if gate.odd_decision is not None or (chapter.verdict.inferred and decision not in {None, Decision.BASELINE}):
        yield sentences.decision_notice(gate, decision)
    if chapter.batch > 0:
        yield from sentences.contradictions(chapter.verdict, gate)
    if chapter.batch > 0 and chapter.trained is None and is_more_than_a_copy(gate):
        yield (
            "the run stored scores in the place of a new model's; whether there was one is not known, and they are "
            "not shown"
        )
    keys = {names.candidate_score(score.name) for score in chapter.scores.shown}
    scored = gate.candidate is not None or keys & set(gate.impossible_scores)
    if chapter.retrained and not scored and not gate.unread and not gate.other_scores:
        yield "the run stored no scores of the new model that are numbers"


def _about_the_drift(chapter: Chapter) -> Iterator[str]:
    drift = chapter.drift
    if drift is not None:
        yield from sentences.miscounted(drift)
    if chapter.batch == 0 or drift is None:
        return
    if chapter.stored_threshold is None and drift.threshold is not None:
        yield sentences.todays_threshold(drift.threshold)
    if is_older(chapter.gate_run, drift.run):
        yield "the quality gate run is older than the drift run: the decision was made on an earlier drift run"
    if chapter.decision is Decision.SKIP_NO_DRIFT and not chapter.verdict.inferred and drift.detected:
        yield "the drift run found drift, but the quality gate run says that there was none"


def _told(chapter: Chapter) -> Iterator[str]:
    if chapter.gate is None and not chapter.unreadable_gate:
        yield "there is a drift run but no finished quality gate run for this batch"
    if chapter.batch > 0 and chapter.drift is None and not chapter.unreadable_drift:
        yield "there is a quality gate run but no finished drift run for this batch"
    if chapter.drift is not None and chapter.drift.batch > 0 and chapter.drift.too_few_rows:
        yield sentences.too_few_rows(chapter.drift)


def is_more_than_a_copy(gate: GateRecord) -> bool:
    """Whether the scores in the place of a new model's hold one that production has not."""
    candidate = gate.candidate or Scores()
    return any(value != gate.production.get(name) for name, value in candidate.items())


def is_older(one: RunRef | None, other: RunRef | None) -> bool:
    """False as well where one of them is not there."""
    return one is not None and other is not None and one.start_time < other.start_time
