"""Two kept tests side by side: what each measured, and whether the second is better than the first."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from testbench.findings import Measure
from testbench.policy.verdict import more_is_better
from testbench.result import TestResult

HOW = (
    "The intervals of the two tests are compared, each drawn for itself and not in pairs: where they overlap, the two "
    "are not told apart, though pairs of the same rows might do it."
)
OTHER_DATA = "it rests on other data"
TIMED = ("latency", "throughput", "start", "peak")
TIMES = {"ms", "rows/s"}
"""Units of what the very same file does not do twice in the same time."""

NO_DIRECTION = {"explained_rows", "importance_order"}
"""More of it is neither better nor worse."""


class Word(StrEnum):
    """Of the second test, beside the first."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "not distinguishable"
    NONE = "not comparable"


@dataclass(frozen=True)
class Compared:
    """One measure. difference: second less first, None where there are no two. reason: why they are not comparable,
    empty where they are."""

    name: str
    first: Measure | None
    second: Measure | None
    word: Word
    reason: str = ""

    @property
    def difference(self) -> float | None:
        return None if self.first is None or self.second is None else self.second.value - self.first.value

    def as_dict(self) -> dict[str, Any]:
        sides = {name: None if side is None else side.as_dict() for name, side in self._sides}
        word = {"word": str(self.word), "reason": self.reason or None}
        return {"measure": self.name, **sides, "difference": self.difference, **word}

    @property
    def _sides(self) -> tuple[tuple[str, Measure | None], ...]:
        return ("first", self.first), ("second", self.second)


@dataclass(frozen=True)
class Comparison:
    """other_data: why the two do not rest on the same rows, empty where they do. notes: what else differs."""

    first: TestResult
    second: TestResult
    measures: tuple[Compared, ...]
    other_data: str
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON types only."""
        return {
            "same_data": not self.other_data,
            "other_data": self.other_data or None,
            "how": HOW,
            "notes": list(self.notes),
            "measures": [one.as_dict() for one in self.measures],
        }


def compare(first: TestResult, second: TestResult) -> Comparison:
    """Every measure of either, in the order of the first."""
    other = _other_data(first, second)
    ours, theirs = first.measures, second.measures
    names = dict.fromkeys([*ours, *theirs])
    compared = tuple(_compared(name, ours.get(name), theirs.get(name), other) for name in names)
    return Comparison(first, second, compared, other, tuple(_notes(first, second, compared)))


def _compared(name: str, first: Measure | None, second: Measure | None, other_data: str) -> Compared:
    if first is None or second is None:
        lacking = "first" if first is None else "second"
        return Compared(name, first, second, Word.NONE, f"the {lacking} test did not measure it")
    word, reason = _judged(first, second, other_data)
    return Compared(name, first, second, word, reason)


def _judged(first: Measure, second: Measure, other_data: str) -> tuple[Word, str]:
    if other_data:
        return Word.NONE, OTHER_DATA
    if first.unit != second.unit:
        return Word.NONE, f"it is measured in {first.unit or 'no unit'} and in {second.unit or 'no unit'}"
    if first.unit in TIMES:
        return Word.NONE, "times depend on what else the machine did"
    if first.name in NO_DIRECTION:
        return Word.NONE, "more of it is neither better nor worse"
    if first.value == second.value:
        return Word.SAME, ""
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return Word.NONE, "it has no interval, so a difference may be chance"
    if first.low <= second.high and second.low <= first.high:
        return Word.SAME, ""
    return (Word.BETTER if (second.value > first.value) is more_is_better(first.name) else Word.WORSE), ""


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
        yield "Their labels come from other columns."
    if any(one.name.startswith(TIMED) for one in compared):
        yield "Times and memory are those of the machine that each test ran on, and of what else it did then."
