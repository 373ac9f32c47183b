"""Two kept tests side by side: what each measured, and whether the second is better than the first. Scores of the same
rows are compared in pairs, as the policy's ``no_worse_than`` does; the others by the two intervals."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from batch_zero import formats
from batch_zero.errors import BatchZeroError
from batch_zero.text import capitalized
from metrics.classifier import ScoreError
from metrics.kinds import KNOWN
from testbench.findings import Measure
from testbench.paired.told import Told, differences, in_order
from testbench.policy.verdict import apart, more_is_better
from testbench.result import TestResult

UNPAIRED = (
    "Not paired: {why}. So a difference is told from the intervals of the two tests, each drawn for itself; pairs of "
    "the same rows might tell apart what these do not."
)
OTHER_DATA = "it rests on other data"
OTHER_CLASS = "of {} in the first test, and of {} in the second"
NOTHING = 1e-12
"""What arithmetic makes of two equal numbers."""

OTHER_LABELS = "their labels come from other columns"
FOREMOST, NAMED = 8, 5
"""Measures in the short table, unless more differ, and those that a sentence names."""

TIMED_APART = "timed apart"
APART = (
    "{many} not called better or worse: the two tests were timed apart, and what else the machine did then is not "
    "known. A policy's no_worse_than times both models in one test."
)
SAME_FILE = "The same file on the same rows: "

TIMED = ("latency", "throughput", "start", "peak")
TIMES = {"ms", "rows/s"}
"""Units of what the very same file does not do twice in the same time."""

NO_DIRECTION = {"explained_rows", "importance_order"}
"""More of it is neither better nor worse."""


class NoAnswers(BatchZeroError):
    """A test has none row by row; the message says why."""

    status = 404


Answers = Callable[[], Told]
"""Of a test, row by row. Raises NoAnswers."""


class Word(StrEnum):
    """Of the second test, beside the first."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "not distinguishable"
    EQUAL = "the same"
    NONE = "not comparable"


@dataclass(frozen=True)
class Compared:
    """One measure. difference: second less first, with its interval where there is one; None where there are no two.
    paired: it is computed row by row. reason: why they are not comparable, empty where they are."""

    name: str
    first: Measure | None
    second: Measure | None
    word: Word
    reason: str = ""
    difference: Measure | None = None
    paired: bool = False

    def as_dict(self) -> dict[str, Any]:
        sides = {name: None if side is None else side.as_dict() for name, side in self._sides}
        by = self.difference
        ends = {"low": None, "high": None} if by is None else {"low": by.low, "high": by.high}
        return {
            "measure": self.name,
            **sides,
            "difference": None if by is None else by.value,
            **{f"difference_{end}": value for end, value in ends.items()},
            "paired": self.paired,
            "word": str(self.word),
            "reason": self.reason or None,
        }

    @property
    def is_of_other_class(self) -> bool:
        return self.first is not None and self.second is not None and bool(_other_classes(self.first, self.second))

    @property
    def _sides(self) -> tuple[tuple[str, Measure | None], ...]:
        return ("first", self.first), ("second", self.second)


@dataclass(frozen=True)
class Pairs:
    """differences: of scores, second less first, over the same resamples of the same rows. rows: so many of the ``of``
    that both were scored on. alike: every answer is the same. why_not: there are none, empty where there are."""

    differences: Mapping[str, Measure] = field(default_factory=dict)
    rows: int = 0
    of: int = 0
    alike: bool = False
    why_not: str = ""

    @property
    def how(self) -> str:
        if self.why_not:
            return UNPAIRED.format(why=self.why_not)
        some = f"{self.rows:,} of the {self.of:,}" if self.rows < self.of else f"the same {self.rows:,}"
        return f"Differences of scores are paired, row by row: both models answered {some} rows with labels."


@dataclass(frozen=True)
class Comparison:
    """other_data: why the two do not rest on the same rows, empty where they do. notes: what else differs."""

    first: TestResult
    second: TestResult
    measures: tuple[Compared, ...]
    other_data: str
    pairs: Pairs
    notes: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What differs beyond chance, what does not, and how that is known."""
        if self.other_data:
            return (f"{self.other_data} So nothing is called better or worse.",)
        if (said := self._of_one_file()) is not None:
            return (said, *self._of_other_classes(), *self._times())
        return (self._differing(), *self._of_other_classes(), *self._others(), *self._times(), self.pairs.how)

    @property
    def foremost(self) -> tuple[Compared, ...]:
        """All that differ beyond chance, and then scores that may or may not, as far as there is room."""
        differ, same = (*self._of(Word.BETTER), *self._of(Word.WORSE)), self._of(Word.SAME)
        return (*differ, *same[: max(0, FOREMOST - len(differ))])

    @property
    def left_out(self) -> int:
        """How many that may differ have no room in the short table."""
        return len(self._of(Word.SAME)) + len(self._of(Word.BETTER)) + len(self._of(Word.WORSE)) - len(self.foremost)

    def as_dict(self) -> dict[str, Any]:
        """JSON types only."""
        return {
            "same_data": not self.other_data,
            "other_data": self.other_data or None,
            "sentences": list(self.sentences),
            "paired": not self.pairs.why_not,
            "paired_rows": self.pairs.rows,
            "how": self.pairs.how,
            "notes": list(self.notes),
            "measures": [one.as_dict() for one in self.measures],
        }

    def _of(self, word: Word) -> list[Compared]:
        return [one for one in self.measures if one.word is word]

    def _of_one_file(self) -> str | None:
        """Of a file that was tested twice on the same rows; None of others, and of one whose numbers differ otherwise
        than by chance of the clock."""
        same = self.first.file.sha256 == self.second.file.sha256
        if not same or any(one.word in {Word.BETTER, Word.WORSE, Word.SAME} for one in self.measures):
            return None
        if self.pairs.alike:
            return f"{SAME_FILE}the answers are the same."
        return f"{SAME_FILE}what both measured is the same." if self._of(Word.EQUAL) else None

    def _of_other_classes(self) -> Iterator[str]:
        if some := [one for one in self.measures if one.is_of_other_class]:
            yield f"{_named(some)} cannot be compared: {some[0].reason}."

    def _timed(self) -> list[Compared]:
        return [one for one in self.measures if one.reason == TIMED_APART]

    def _times(self) -> Iterator[str]:
        if times := len(self._timed()):
            yield APART.format(many=formats.counted(times, "time or rate is", "times and rates are"))

    def _differing(self) -> str:
        words = {word: _named(self._of(word)) for word in (Word.BETTER, Word.WORSE)}
        told = [f"{word} in {names}" for word, names in words.items() if names]
        if told:
            return f"Beyond chance, the second is {' and '.join(told)}."
        known = self._of(Word.SAME) or self._of(Word.EQUAL)
        return "Nothing differs beyond chance." if known else "There is nothing that can be compared."

    def _others(self) -> Iterator[str]:
        same, equal = self._of(Word.SAME), self._of(Word.EQUAL)
        of_classes = sum(one.is_of_other_class for one in self.measures)
        none = len(self._of(Word.NONE)) - len(self._timed()) - of_classes
        told = [f"Not distinguishable: {_named(same)}"] if same else []
        told += [f"the same: {_named(equal)}"] if equal else []
        told += [f"{formats.counted(none, 'other measure')} cannot be compared, each for its reason"] if none else []
        if told:
            yield f"{capitalized('; '.join(told))}."


def compare(first: TestResult, second: TestResult, answers: tuple[Answers, Answers] | None = None) -> Comparison:
    """Every measure of either, in the order of the first. answers: of both, which are asked for where they can be
    paired; None where they are not at hand."""
    other = _other_data(first, second)
    pairs = _pairs(first, second, answers, other)
    ours, theirs = first.measures, second.measures
    names = dict.fromkeys([*ours, *theirs])
    why = OTHER_DATA if other else ""
    labels = OTHER_LABELS if first.given.labels != second.given.labels else ""
    compared = tuple(
        _compared(name, ours.get(name), theirs.get(name), why if why or name not in KNOWN else labels, pairs)
        for name in names
    )
    return Comparison(first, second, compared, other, pairs, tuple(_notes(first, second, compared)))


def _named(some: Sequence[Compared]) -> str:
    """The first of them, as people call them."""
    names = [KNOWN[one.name].word if one.name in KNOWN else one.name for one in some]
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED + 1 else []
    return formats.listed([*names[:NAMED], *more] if more else names)


def _pairs(first: TestResult, second: TestResult, answers: tuple[Answers, Answers] | None, other_data: str) -> Pairs:
    why = OTHER_DATA if other_data else _unpaired(first, second)
    if why or answers is None:
        return Pairs(why_not=why or "their answers row by row are not at hand")
    try:
        theirs, ours = (load() for load in answers)
        if (ours.of, len(ours)) != (theirs.of, len(theirs)):
            return Pairs(why_not=f"of the first {len(theirs):,} answers were kept, of the second {len(ours):,}")
        theirs = in_order(theirs, ours)
        found = {one.name: one for one in differences(ours, theirs, second.seed)}
    except (NoAnswers, ScoreError) as error:
        return Pairs(why_not=str(error))
    alike = ours.answers.shape == theirs.answers.shape and np.allclose(ours.answers, theirs.answers, 0, NOTHING)
    return Pairs(found, len(ours), ours.of, alike)


def _unpaired(first: TestResult, second: TestResult) -> str:
    """Why no two answers belong together, as far as that is known without them."""
    if not any(name in KNOWN and name in second.measures for name in first.measures):
        return "there are no scores of both"
    return OTHER_LABELS if first.given.labels != second.given.labels else ""


def _compared(name: str, first: Measure | None, second: Measure | None, why_not: str, pairs: Pairs) -> Compared:
    """why_not: as far as it does not lie in the two."""
    if first is None or second is None:
        lacking = "first" if first is None else "second"
        return Compared(name, first, second, Word.NONE, f"the {lacking} test did not measure it")
    if classes := _other_classes(first, second):
        return Compared(name, first, second, Word.NONE, why_not or OTHER_CLASS.format(*classes))
    paired = pairs.differences.get(name)
    difference = paired or apart(second, first) or Measure(name, second.value - first.value)
    word, reason = (Word.NONE, why_not) if why_not else _judged(first, second, difference)
    return Compared(name, first, second, word, reason, difference, paired=paired is not None)


def _other_classes(first: Measure, second: Measure) -> tuple[str, ...]:
    """What a score such as recall is of, where that is one class in the first and the other in the second."""
    found = tuple(one.about.partition(", cutoff")[0] for one in (first, second))
    return found if found[0] != found[1] and all(each.startswith("class ") for each in found) else ()


def _judged(first: Measure, second: Measure, difference: Measure) -> tuple[Word, str]:
    if first.unit != second.unit:
        return Word.NONE, f"it is measured in {first.unit or 'no unit'} and in {second.unit or 'no unit'}"
    if first.unit in TIMES:
        return Word.NONE, TIMED_APART
    if _equal(first, second, difference):
        return Word.EQUAL, ""
    if first.name in NO_DIRECTION:
        return Word.NONE, "more of it is neither better nor worse"
    if difference.low is not None and difference.low > 0:
        return (Word.BETTER if more_is_better(first.name) else Word.WORSE), ""
    if difference.high is not None and difference.high < 0:
        return (Word.WORSE if more_is_better(first.name) else Word.BETTER), ""
    if difference.low is not None and difference.high is not None:
        return Word.SAME, ""
    return Word.NONE, "it has no interval, so a difference may be chance"


def _equal(first: Measure, second: Measure, difference: Measure) -> bool:
    """To the last digit, with whatever interval it has: nothing is left that chance could have done."""
    sides, apart = (first.low, first.high, second.low, second.high), (difference.low, difference.high)
    ends = sides[:2] == sides[2:] or (None not in sides and np.allclose(sides[:2], sides[2:], 1e-9, NOTHING))  # type: ignore[arg-type]
    nothing = None not in apart and np.allclose(apart, 0, 0, NOTHING)  # type: ignore[arg-type]
    return math.isclose(first.value, second.value, rel_tol=1e-9, abs_tol=NOTHING) and bool(ends or nothing)


def _other_data(first: TestResult, second: TestResult) -> str:
    """As a sentence; empty where both rest on the same rows."""
    if first.data_sha256 and first.data_sha256 == second.data_sha256:
        return ""
    if first.synthetic is not second.synthetic:
        return "One rests on a sample, the other on made-up rows."
    if first.rows != second.rows:
        return f"They rest on {first.rows:,} and on {second.rows:,} rows."
    if not first.data_sha256 or not second.data_sha256:
        return "Whether they rest on the same rows is not known: one of them did not keep a hash of them."
    if first.synthetic and first.seed != second.seed:
        return f"Their rows are made up from other seeds, {first.seed} and {second.seed}."
    if first.synthetic:
        return "Their rows are made up from other schemas or samples."
    return f"Their samples differ: {_sample(first)} and {_sample(second)}."


def _sample(result: TestResult) -> str:
    sample = result.given.sample
    return "one whose file is not known" if sample is None else f"{sample.name} (SHA-256 {sample.sha256[:12]}…)"


def _notes(first: TestResult, second: TestResult, compared: tuple[Compared, ...]) -> Iterator[str]:
    if first.file.sha256 == second.file.sha256:
        yield "Both tests are of the same file."
    if first.settings != second.settings:
        differ = sorted(
            name
            for name in {*first.settings, *second.settings}
            if first.settings.get(name) != second.settings.get(name)
        )
        yield f"Their settings differ in {', '.join(differ)}."
    if first.given.labels != second.given.labels:
        yield f"{capitalized(OTHER_LABELS)}."
    if any(one.name.startswith(TIMED) for one in compared):
        yield "Times and memory are those of the machine that each test ran on, and of what else it did then."
