"""How long a model takes to answer, by the clock of its own process: percentiles with intervals, warm-up apart."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from batch_zero import formats
from metrics import intervals
from metrics.intervals import Interval
from sandbox.errors import ModelError
from testbench.findings import Finding, Measure, State, Table
from testbench.output.words import number
from testbench.subject import Subject

SHARES = (0.5, 0.95, 0.99)
WORDS = ("median", "95th percentile", "99th percentile")
WARM_UP = 5
"""Not more than one call of so many is spent on it."""

ALWAYS = ((1, 0.95),)
"""Rows at once, and a percentile of which both ends are to be known."""

MOST_S, ASKED_MOST_S = 5.0, 20.0
"""Seconds that are spent on that, and on a percentile that a policy asks for."""

AT_ONCE_S = 5.0
"""Of the time within which the model's process has to answer."""

COLUMNS = (
    "Rows at once", "Calls", "p50 ms", "low", "high", "p95 ms", "low", "high", "p99 ms", "low", "high",
    "Rows per second", "Warm-up calls", "First call ms",
)  # fmt: skip
NS_PER_MS, NS_PER_S = 1e6, 1e9


@dataclass(frozen=True)
class LatencySettings:
    """sizes: rows at once. calls: of each size, fewer where ``budget_s`` seconds of it are spent. warm_up: calls that
    come first and are told apart, at most a fifth of all."""

    sizes: tuple[int, ...] = (1, 10, 100, 1_000, 10_000)
    calls: int = 1_000
    warm_up: int = 20
    budget_s: float = 0.6


@dataclass(frozen=True)
class _Timed:
    """Of one size: milliseconds of its first call, and of those after the warm-up."""

    size: int
    first: float
    warm_up: int
    calls: np.ndarray
    quantiles: tuple[Interval, ...]

    @property
    def throughput(self) -> float:
        """Rows per second, one call after the other."""
        return float(self.size * len(self.calls) / (self.calls.sum() / 1_000))


def latency(
    subject: Subject, rows: pd.DataFrame, settings: LatencySettings, asked: Sequence[tuple[int, float]] = ()
) -> Finding:
    """rows: as the model takes them, repeated where a size wants more. asked: rows at once and a percentile, of which
    both ends are to be known, so that it can be held against a limit."""
    subject.be_alone()
    timed, broken = [], []
    for size in settings.sizes:
        try:
            timed.append(_timed(subject, rows, size, settings, asked))
        except ModelError as error:
            broken.append(f"with {formats.counted(size, 'row')} at once it gives no answer: {error}")
    if not timed:
        return Finding("latency", State.FAILED, f"No answer could be timed: {broken[0]}", notes=tuple(broken))
    return Finding(
        "latency",
        State.DONE,
        _sentence(timed),
        measures=(*_measures(timed), *_of_the_process(subject)),
        tables=(Table("Latency", COLUMNS, tuple(map(_row, timed)), chart="latency"),),
        notes=(*broken, *_notes(timed, len(rows))),
    )


def _timed(
    subject: Subject,
    rows: pd.DataFrame,
    size: int,
    settings: LatencySettings,
    percentiles: Sequence[tuple[int, float]],
) -> _Timed:
    enough = rows.iloc[np.arange(max(size, len(rows))) % len(rows)].reset_index(drop=True)
    asked = partial(subject.session.times, enough, ask=subject.ask, size=size, in_order=subject.in_order)
    most = settings.warm_up + settings.calls
    found = asked(calls=most, budget_s=settings.budget_s)
    for wanted, most_s in ((ALWAYS, MOST_S), (percentiles, ASKED_MOST_S)):
        needed = [intervals.numbers_needed(share) for at_once, share in wanted if at_once == size]
        if needed:
            found = _until(asked, found, min(max(needed) + settings.warm_up, most), most_s)
    warm_up = min(settings.warm_up, len(found) // WARM_UP)
    calls = found[warm_up:] / NS_PER_MS
    quantiles = intervals.of_quantiles(calls, SHARES)
    return _Timed(size, float(found[0] / NS_PER_MS), warm_up, calls, tuple(quantiles))


def _until(asked: Callable[..., np.ndarray], found: np.ndarray, least: int, most_s: float) -> np.ndarray:
    """Nanoseconds of so many calls, or of those for which there is time."""
    while len(found) < least and (left_s := most_s - float(found.sum()) / NS_PER_S) > 0:
        found = np.concatenate([found, asked(calls=least - len(found), budget_s=min(left_s, AT_ONCE_S))])
    return found


def _sentence(timed: list[_Timed]) -> str:
    first, fastest = timed[0], max(timed, key=lambda one: one.throughput)
    half, most, _ = first.quantiles
    return (
        f"{formats.counted(first.size, 'row').capitalize()} at once takes {_ms(half)} at the median and {_ms(most)} at "
        f"the 95th percentile; with {formats.counted(fastest.size, 'row')} at once there are {fastest.throughput:,.0f} "
        "rows per second."
    )


def _ms(interval: Interval) -> str:
    value, low, high = (
        None if one is None else number(one, 3) for one in (interval.value, interval.low, interval.high)
    )
    if low is None or high is None:
        return f"{value} ms{f' (at least {low})' if low is not None else ''}"
    return f"{value} ms ({low} to {high})"


def _measures(timed: list[_Timed]) -> list[Measure]:
    found = []
    for one in timed:
        beside = "" if one.size == 1 else f"_batch_{one.size}"
        for share, interval in zip(SHARES, one.quantiles, strict=True):
            found.append(Measure.of(f"latency_p{share * 100:.0f}_ms{beside}", interval, "ms", len(one.calls)))
        found.append(Measure(f"throughput{beside}", one.throughput, unit="rows/s", rows=len(one.calls)))
    return found


def _of_the_process(subject: Subject) -> list[Measure]:
    found = [Measure("start_ms", subject.start_s * 1_000, unit="ms")]
    return [*found, Measure("peak_memory_mb", subject.peak_mb, unit="MB")] if subject.peak_mb else found


def _row(one: _Timed) -> tuple[float | int | None, ...]:
    parts = [part for interval in one.quantiles for part in (interval.value, interval.low, interval.high)]
    return (one.size, len(one.calls), *parts, one.throughput, one.warm_up, one.first)


def _notes(timed: list[_Timed], rows: int) -> Iterator[str]:
    """rows: that there are of the data."""
    lacking = []
    for place, (share, word) in enumerate(zip(SHARES, WORDS, strict=True)):
        sizes = [f"{one.size:,}" for one in timed if one.quantiles[place].high is None]
        if sizes:
            needed = intervals.numbers_needed(share)
            lacking.append(f"of the {word}, which takes {needed} calls, with {formats.listed(sizes)} rows at once")
    if lacking:
        yield f"too few calls were timed for an upper end {', and '.join(lacking)}: there, it is hardly known"
    if any(one.size > rows for one in timed):
        yield f"the data has {formats.counted(rows, 'row')}: of more at once, they repeat"
