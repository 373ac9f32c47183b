"""What it all came to."""

from collections.abc import Sequence
from dataclasses import dataclass

from batch_zero import formats
from metrics.kinds import AUC
from report.story import sentences
from report.story.chapter import Chapter
from report.story.scores import lower_is_better


@dataclass(frozen=True)
class Summary:
    """Counts as the design defines them; the scores, which are of the primary one, are None where they are not known.

    later: batches after Batch 0. checked, decided: those of them whose drift is known, and of which it is known whether
    they trained a model. settled: whose decision is known; open: the numbers of those whose gate run has none that is.
    gains: what retraining brought on the same rows. endpoints: both scores, each with its test set. Empty where
    they are not known.
    initial_known: Batch 0's run says that its model is the initial one.
    baseline: Batch 0 has a finished quality gate run. baseline_unreadable: it may have one, which cannot be read.
    captured_after: as in its chapter. seen_rows: as in its gate
    record.
    in_production_since: the batch that the model in production after the last batch came with.
    """

    batches_processed: int
    later: int
    checked: int
    decided: int
    settled: int
    open: tuple[int, ...]
    drift_detected: int
    retraining_events: int
    deployed: int
    baseline: bool
    captured_after: int | None
    seen_rows: int | None
    starting: float | None
    ending: float | None
    in_production_since: int | None
    gains: str
    endpoints: str
    baseline_unreadable: bool = False
    initial_known: bool = False

    @property
    def has_initial(self) -> bool:
        """It is known that the model which Batch 0 scored was trained for it."""
        return self.baseline and self.captured_after is None and self.initial_known

    @property
    def models_trained(self) -> int:
        """With the initial one, where it is known."""
        return self.retraining_events + self.has_initial

    @property
    def takeaway(self) -> str:
        if self.batches_processed == 0:
            return "No batch has a finished run yet."
        if self.later == 0:
            none = "is not known" if self.baseline_unreadable else "has no finished quality gate run yet"
            begun = "is set" if self.baseline else none
            return f"The baseline {begun}; no batch has been processed after it yet."
        return f"{self._done()}. {self._deployments()}".rstrip()

    def _done(self) -> str:
        drift = f"detected drift in {self._out_of(self.drift_detected, self.checked, 'checked')}"
        if not self.checked and not self.decided:
            return f"Neither drift nor retraining is known of {self._batches(self.later)}"
        if not self.decided:
            return f"The system {drift}; whether it retrained is not known"
        if not self.checked:
            retrained = self._out_of(self.retraining_events, self.decided, "decided")
            return f"The system retrained in {retrained}; whether there was drift is not known"
        return f"The system {drift} and {self._retrained()}"

    def _retrained(self) -> str:
        if self.decided < self.later and not self.retraining_events:
            unknown = self.later - self.decided
            aside = "" if unknown == len(self.open) else f" ({unknown} of {self._batches(self.later)} not known)"
            return f"is not known to have retrained{aside}"
        if self.decided < self.later:
            return f"retrained in {self._out_of(self.retraining_events, self.decided, 'decided')}"
        return f"retrained {formats.times(self.retraining_events)}" if self.retraining_events else "never retrained"

    def _out_of(self, number: int, known: int, word: str) -> str:
        """3 of 5 batches, or 3 of 4 checked batches (1 not known)."""
        if known == self.later:
            return f"{number} of {self._batches(known)}"
        return f"{number} of {self._batches(known, f'{word} ')} ({self.later - known} not known)"

    @staticmethod
    def _batches(number: int, word: str = "") -> str:
        return formats.counted(number, f"{word}batch", f"{word}batches")

    def _deployments(self) -> str:
        retrained, deployed = self.retraining_events, self.deployed
        if self.open:
            return f"{self._known_deployments()}{self._open_decisions()}"
        if retrained == 0:
            return ""
        if self.decided < self.later:
            models = formats.counted(retrained, "known new model")
            return f"{deployed} of {models} {'was' if deployed == 1 else 'were'} deployed."
        if retrained == 1:
            return f"The new model was {'' if deployed else 'not '}deployed."
        if deployed in {0, retrained}:
            return f"{'Every' if deployed else 'No'} new model was deployed."
        return f"{deployed} of the {retrained} new models {'was' if deployed == 1 else 'were'} deployed."

    def _known_deployments(self) -> str:
        if self.deployed == 0:
            return ""
        verb = "was" if self.deployed == 1 else "were"
        return f"As far as is known, {self._models(self.deployed)} {verb} deployed. "

    def _open_decisions(self) -> str:
        if len(self.open) == 1:
            return f"The decision of Batch {self.open[0]} is not known."
        return f"The decisions of Batches {formats.ranges(self.open)} are not known."

    @staticmethod
    def _models(number: int) -> str:
        return formats.counted(number, "new model")


def summarized(chapters: Sequence[Chapter]) -> Summary:
    """Chapters ascend by batch."""
    later = [chapter for chapter in chapters if chapter.batch > 0]
    baseline = next((chapter for chapter in chapters if chapter.is_baseline), None)
    return Summary(
        batches_processed=len(chapters),
        later=len(later),
        checked=sum(chapter.detected is not None for chapter in later),
        decided=sum(chapter.trained is not None for chapter in later),
        settled=sum(chapter.decision is not None for chapter in later),
        open=tuple(chapter.batch for chapter in later if chapter.undecided),
        drift_detected=sum(chapter.detected is True for chapter in later),
        retraining_events=sum(chapter.retrained for chapter in later),
        deployed=sum(chapter.deployed for chapter in later),
        baseline=baseline is not None,
        captured_after=baseline.captured_after if baseline is not None else None,
        seen_rows=baseline.gate.seen_rows if baseline is not None and baseline.gate is not None else None,
        starting=baseline.production_score if baseline is not None else None,
        ending=_ending(chapters),
        in_production_since=_in_production_since(chapters),
        gains=_gains(chapters),
        endpoints=_endpoints(chapters),
        initial_known=baseline is not None and sentences.scored_the_initial(baseline.gate),
        baseline_unreadable=any(chapter.batch == 0 and chapter.gate_is_unreadable for chapter in chapters),
    )


def gated(chapters: Sequence[Chapter]) -> list[Chapter]:
    """Those that have a quality gate run, be it one that cannot be read."""
    return [chapter for chapter in chapters if chapter.gate is not None or chapter.gate_is_unreadable]


def _ending(chapters: Sequence[Chapter]) -> float | None:
    """Of the model in production after the last batch that was gated."""
    found = gated(chapters)
    if not found or found[-1].decision is None:
        return None
    last = found[-1]
    if last.deployed:
        return last.candidate_score
    return last.production_score


def _in_production_since(chapters: Sequence[Chapter]) -> int | None:
    """None as well where a later batch may have deployed another model."""
    for chapter in reversed(chapters):
        if chapter.undecided:
            return None
        if chapter.deployed or chapter.is_baseline:
            return chapter.batch
    return None


def _gains(chapters: Sequence[Chapter]) -> str:
    """Each comparison is on the rows of one batch; over several batches there are several test sets."""
    score = chapters[0].scores.primary if chapters else AUC
    pairs = [(chapter, change) for chapter in chapters if (change := chapter.change(score)) is not None]
    if not pairs:
        return ""
    changes, aside = [change for _, change in pairs], lower_is_better(score)
    score = score.beside(pairs[0][0].production.get(score.name))
    if len(changes) == 1:
        by = score.change_text(changes[0])
        differed = "did not differ from production's" if by == "0" else f"differed from production's by {by}{aside}"
        return f"On the same test rows, those of Batch {pairs[0][0].batch}, the new model's {score.word} {differed}."
    spread = (sum(changes) / len(changes), min(changes), max(changes))
    mean, low, high = (score.change_text(value) for value in spread)
    return (
        f"Each of {len(changes)} new models was scored beside production on the test rows of its own batch: their "
        f"{score.word} differed by {mean} on average (from {low} to {high}){aside}."
    )


def _endpoints(chapters: Sequence[Chapter]) -> str:
    """The figures of the first and the last batch. Empty where one is not known, or is not of the initial model."""
    found = gated(chapters)
    if len(found) < 2 or not found[0].is_baseline or found[0].captured_after is not None:
        return ""
    first, last = found[0], found[-1]
    start, end, score = first.production_score, _ending(chapters), first.scores.primary
    if start is None or end is None:
        return ""
    return (
        f"In production the {score.word} was {score.text(start)} on {_test_rows(first)} at the start and "
        f"{score.text(end)} on {_test_rows(last)} at the end."
    )


def _test_rows(chapter: Chapter) -> str:
    rows, seen = (chapter.gate.test_rows, chapter.gate.seen_rows) if chapter.gate is not None else (None, None)
    rows_text = f"Batch {chapter.batch}'s {formats.counted(rows, 'test row') if rows is not None else 'test rows'}"
    return f"{rows_text} ({seen:,} of them seen in training)" if seen else rows_text
