"""A model's measures held against a policy: interval against limit."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from batch_zero import formats
from batch_zero.formats import MINUS
from batch_zero.text import alike
from metrics.intervals import numbers_needed
from metrics.kinds import KNOWN
from testbench.findings import Measure
from testbench.output import words as written
from testbench.policy.policy import Limit, Policy, Undecided, percentile_of

MOST_ROWS = 10_000_000
"""It would take more than so many: hardly anybody has them."""

SAMPLED = "latency_"
"""Measures that begin so are of a sample, as scores are: without an interval, they are not known well enough."""


class Outcome(StrEnum):
    """OPEN: the interval reaches over the limit. UNKNOWN: nobody measured it."""

    PASSED = "passed"
    FAILED = "failed"
    OPEN = "not distinguishable"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Judged:
    """One limit of one measure. limit: in words, "at least 0.75". rows: how many it would take to tell, or
    calls; None where that is not known or not needed."""

    measure: str
    limit: str
    outcome: Outcome
    sentence: str
    found: Measure | None = None
    rows: int | None = None


@dataclass(frozen=True)
class Reference:
    """Another model, as it was measured on the same rows. name: for a sentence. differences: of this model's scores and
    its, paired row by row. reasons: why a measure is not known, by its name; reason: why none is."""

    name: str
    measures: Sequence[Measure] = ()
    differences: Sequence[Measure] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Verdict:
    """works: the model does, see ``TestReport.works``: one that does not keeps no policy, whatever it reaches."""

    judged: tuple[Judged, ...]
    undecided: Undecided = Undecided.FAIL
    works: bool = True

    @property
    def open_passes(self) -> bool:
        """What cannot be told counts as kept."""
        return self.undecided is Undecided.PASS

    @property
    def passed(self) -> bool:
        fine = {Outcome.PASSED, Outcome.OPEN} if self.open_passes else {Outcome.PASSED}
        return self.works and all(one.outcome in fine for one in self.judged)

    @property
    def sentence(self) -> str:
        counts = {outcome: sum(one.outcome is outcome for one in self.judged) for outcome in Outcome}
        words = [f"{number} {outcome}" for outcome, number in counts.items() if number]
        begun = "Passed: of" if self.passed else "Not passed: of" if self.works else "Not passed: it does not work; of"
        return f"{begun} {formats.counted(len(self.judged), 'limit')}, {formats.listed(words)}."


def judge(
    policy: Policy,
    measures: Sequence[Measure],
    references: Mapping[str, Reference],
    *,
    works: bool = True,
    unscored: str = "",
) -> Verdict:
    """references: each of ``policy.references``, as it was measured on the same rows. works: as ``Verdict``'s.
    unscored: why there are no scores, as a sentence; empty where there are."""
    found = {measure.name: measure for measure in measures}
    return Verdict(tuple(_judged(policy, found, references, unscored)), policy.undecided, works)


def _judged(
    policy: Policy, found: Mapping[str, Measure], references: Mapping[str, Reference], unscored: str
) -> Iterator[Judged]:
    for limit in policy.limits:
        measure = found.get(limit.measure)
        for words, low, high in _sides(limit):
            if measure is None:
                yield Judged(limit.measure, words, Outcome.UNKNOWN, _unknown(limit.measure, found, unscored))
            else:
                yield _held(measure, words, low, high)
        if (address := limit.no_worse_than) is not None:
            words = f"no worse than {address}"
            if measure is None:
                yield Judged(limit.measure, words, Outcome.UNKNOWN, _unknown(limit.measure, found, unscored))
            else:
                yield _compared(measure, words, references.get(address, Reference(address)))


def _sides(limit: Limit) -> Iterator[tuple[str, float | None, float | None]]:
    if limit.low is not None:
        yield f"at least {limit.low:g}", limit.low, None
    if limit.high is not None:
        yield f"at most {limit.high:g}", None, limit.high


def _compared(measure: Measure, words: str, other: Reference) -> Judged:
    """By the difference: paired, where both were scored on the same rows; else of two intervals, or, where one has
    none, against the other's value."""
    name = measure.name
    its = next((one for one in other.measures if one.name == name), None)
    if its is None:
        reason = other.reasons.get(name) or other.reason
        text = f"{name} of {other.name} is not known, so nothing can be compared with it{reason and f': {reason}'}"
        return Judged(name, words, Outcome.UNKNOWN, text, measure)
    paired = next((one for one in other.differences if one.name == name), None)
    difference = paired if paired is not None else apart(measure, its)
    limit = 0.0 if difference is not None else its.value
    low, high = (limit, None) if more_is_better(name) else (None, limit)
    text = f"{name} is {_value(measure)}, that of {other.name} is {_value(its)}"
    if difference is None:
        return _held(measure, words, low, high, f"{text}, and no worse than this value was asked for")
    how = f"on the same {formats.counted(paired.rows or 0, 'row')}" if paired is not None else "measured one by one"
    text = f"{text}; {how}, the difference is {_signed(difference)}, and no worse was asked for"
    return replace(_held(difference, words, low, high, text), found=measure)


def apart(measure: Measure, its: Measure) -> Measure | None:
    """The difference of two that were measured independently (Zou & Donner, *Construction of confidence limits about
    effect measures*, 2008), with the ends that are known; None where one has no interval."""
    if all(end is None for end in (measure.low, measure.high)) or all(end is None for end in (its.low, its.high)):
        return None
    value = measure.value - its.value
    low = high = None
    if measure.low is not None and its.high is not None:
        low = value - math.hypot(measure.value - measure.low, its.high - its.value)
    if measure.high is not None and its.low is not None:
        high = value + math.hypot(measure.high - measure.value, its.value - its.low)
    return Measure(measure.name, value, low, high, measure.unit, measure.rows, measure.calls)


def more_is_better(measure: str) -> bool:
    """Of a score by its direction; of latency, memory, errors, drift and whatever else is measured, less is."""
    return KNOWN[measure].higher_is_better if measure in KNOWN else measure.startswith("throughput")


def _held(measure: Measure, words: str, low: float | None, high: float | None, text: str = "") -> Judged:
    """One of low and high is known. text: the beginning of the sentence, where there is more to say. An end that is not
    known decides nothing: it may lie anywhere."""
    limit, sign = (low, 1) if low is not None else (high, -1)
    assert limit is not None
    margin = sign * (measure.value - limit)
    ends = _ends(measure)
    worst, best = (None if end is None else sign * (end - limit) for end in ends[::sign])
    about = f" ({measure.about})" if measure.about else ""
    text = text or f"{measure.name}{about} is {_value(measure)}, {words} was asked for"
    if worst is not None and worst >= 0:
        return Judged(measure.name, words, Outcome.PASSED, f"{text}.", measure)
    if best is not None and best < 0:
        return Judged(measure.name, words, Outcome.FAILED, f"{text}.", measure)
    what = "calls" if measure.name.startswith(SAMPLED) else "rows"
    if worst is None or best is None:
        why = f"as there are too few {what} for {'an interval' if ends == (None, None) else 'that end of its interval'}"
        needed = _calls_needed(measure)
        more = f": {measure.size:,} were timed, and {needed:,} would give one" if needed and measure.size else ""
        return Judged(
            measure.name, words, Outcome.OPEN, f"{text}: it may lie on either side, {why}{more}.", measure, needed
        )
    rows = _rows_needed(measure, margin, worst if margin >= 0 else best)
    more = f"; about {rows:,} {what} would tell" if rows is not None else ""
    return Judged(measure.name, words, Outcome.OPEN, f"{text}: it may lie on either side{more}.", measure, rows)


def _ends(measure: Measure) -> tuple[float | None, float | None]:
    """Of a count or a share of all that was tried, which has no interval, the value itself."""
    sampled = measure.name in KNOWN or measure.name.startswith(SAMPLED)
    if measure.low is None and measure.high is None and not sampled:
        return measure.value, measure.value
    return measure.low, measure.high


def _calls_needed(measure: Measure) -> int | None:
    """For both ends of a percentile's interval; None of another measure."""
    found = percentile_of(measure.name)
    return None if found is None else numbers_needed(found[1])


def _rows_needed(measure: Measure, margin: float, end: float) -> int | None:
    """An interval narrows by the square root of the rows, or calls: so many that its end would come to the limit."""
    if not measure.size or margin == 0:
        return None
    needed = measure.size * ((margin - end) / margin) ** 2
    return math.ceil(needed) if needed <= MOST_ROWS else None


def _value(measure: Measure) -> str:
    """With a minus that terminals and other programs take for one."""
    return written.value(measure).replace(MINUS, "-")


def _signed(difference: Measure) -> str:
    return written.signed(difference).replace(MINUS, "-")


def _unknown(name: str, found: Mapping[str, Measure], unscored: str) -> str:
    if unscored and name in KNOWN:
        return f"{name} was not measured. {unscored}"
    meant = alike(name, found)
    known = f"measured were {formats.sample(sorted(found), 8)}" if found else "nothing was"
    hint = f"did you mean {meant}?" if meant else known
    return f"{name} was not measured; {hint}"
