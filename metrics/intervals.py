"""How far a number would scatter if other rows had come: the percentile bootstrap, seeded.

Rows are drawn again with replacement; a resample is how often each row was drawn, so that every statistic is a weighted
one, and all resamples are computed in a few matrix products (Efron & Tibshirani, *An Introduction to the Bootstrap*,
chapter 13).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

RESAMPLES = 1_000
LEVEL = 0.95
AT_ONCE = 4_000_000
"""Weights that are held in memory at a time."""


@dataclass(frozen=True)
class Interval:
    """value: of the rows that came. low, high: where 95 of 100 resamples lie; None where they could not be computed."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def known(self) -> bool:
        return self.low is not None and self.high is not None


EQUAL = 1e-9
"""By so much of their size may arithmetic make equal numbers differ."""

Weighted = Callable[[np.ndarray], dict[str, np.ndarray]]
"""From weights of shape (resamples, rows) to values of shape (resamples,), by name. NaN where one has none."""


def of(weighted: Weighted, rows: int, *, seed: int, resamples: int = RESAMPLES) -> dict[str, Interval]:
    """Each of the statistics with its interval.

    >>> numbers = np.arange(100.0)
    >>> found = of(lambda weights: {"mean": weights @ numbers / weights.sum(axis=1)}, 100, seed=1)["mean"]
    >>> found.value, 42 < found.low < 46, 53 < found.high < 57
    (49.5, True, True)
    """
    values = {name: float(value[0]) for name, value in weighted(np.ones((1, rows))).items()}
    parts = [weighted(weights) for weights in _resampled(rows, seed, resamples)]
    found = {name: np.concatenate([part[name] for part in parts]) for name in values}
    return {name: _interval(value, found[name]) for name, value in values.items()}


def of_one_value(found: Interval, rows: int | None, span: tuple[float, float] | None = (0.0, 1.0)) -> Interval:
    """An interval without a width says nothing of other rows: what was alike in all of ``rows`` may be anything in
    some. Of so many, as Clopper and Pearson have it (*The use of confidence or fiducial limits*, 1934), each may be as
    good and as bad as a row can be. rows: that a mean rests on, None where it is none. span: what a row can be at least
    and at most; None where there is no such end, and nothing is known.

    >>> round(of_one_value(Interval(1.0, 1.0, 1.0), 88).low, 3)
    0.959
    """
    if found.low is None or found.high is None or found.high - found.low > EQUAL * abs(found.value):
        return found
    if not rows or span is None:
        return Interval(found.value)
    share, (least, most) = 1 - ((1 - LEVEL) / 2) ** (1 / rows), span
    low, high = (found.value + share * (end - found.value) for end in (least, most))
    return Interval(found.value, min(low, found.value), max(high, found.value))


def of_quantiles(numbers: np.ndarray, shares: tuple[float, ...]) -> list[Interval]:
    """Quantiles of a sample, each between two of its ordered numbers, whatever their distribution (David & Nagaraja,
    *Order Statistics*, chapter 7.1). An end for which the sample is too small is not known.

    >>> [(one.low, one.high) for one in of_quantiles(np.arange(100.0), (0.5, 0.99))]
    [(39.0, 60.0), (96.0, None)]
    """
    from scipy.stats import binom

    ordered, count = np.sort(np.asarray(numbers, dtype=float)), len(numbers)
    beside = (1 - LEVEL) / 2
    found = []
    for share in shares:
        value = float(np.quantile(ordered, share))
        first, last = int(binom.ppf(beside, count, share)), int(binom.ppf(1 - beside, count, share)) + 1
        low = min(float(ordered[first - 1]), value) if first >= 1 else None
        high = max(float(ordered[last - 1]), value) if last <= count else None
        found.append(Interval(value, low, high))
    return found


def numbers_needed(share: float) -> int:
    """How large a sample has to be for both ends of a quantile's interval, as ``of_quantiles`` has it.

    >>> numbers_needed(0.5), numbers_needed(0.95), numbers_needed(0.99)
    (6, 72, 368)
    """
    return math.ceil(math.log((1 - LEVEL) / 2) / math.log(max(share, 1 - share)))


def _resampled(rows: int, seed: int, resamples: int) -> Iterator[np.ndarray]:
    generator, at_once = np.random.default_rng(seed), max(1, AT_ONCE // max(rows, 1))
    for begun in range(0, resamples, at_once):
        count = min(at_once, resamples - begun)
        drawn = generator.integers(0, rows, (count, rows), dtype=np.int64) + rows * np.arange(count)[:, None]
        yield np.bincount(drawn.ravel(), minlength=count * rows).reshape(count, rows).astype(float)


def _interval(value: float, found: np.ndarray) -> Interval:
    known = found[np.isfinite(found)]
    if not np.isfinite(value) or len(known) < len(found) / 2 or not len(found):
        return Interval(value)
    beside = (1 - LEVEL) / 2
    low, high = np.quantile(known, (beside, 1 - beside))
    return Interval(value, min(float(low), value), max(float(high), value))
