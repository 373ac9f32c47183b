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

MOST_UNITS = 5_000
"""That are drawn by themselves; of more, some are put together by chance, which makes sums scatter as much."""


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
    parts = [weighted(weights) for weights in _weights(rows, np.random.default_rng(seed), resamples)]
    found = {name: np.concatenate([part[name] for part in parts]) for name in values}
    return {name: _interval(value, found[name]) for name, value in values.items()}


def of_sums(
    parts: np.ndarray,
    values: Callable[[np.ndarray], dict[str, np.ndarray]],
    *,
    seed: int,
    strata: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    resamples: int = 2 * RESAMPLES,
) -> dict[str, Interval]:
    """Statistics that follow from sums over the rows, each with its interval; for any number of rows.

    parts: what is summed, shape (rows, sums). values: from sums of shape (resamples, sums) to values of shape
    (resamples,), by name; NaN where one has none. strata: of which each keeps its number of rows, shape (rows,), as the
    classes of a test set. groups: rows of one are drawn together, shape (rows,); a group belongs to its highest
    stratum.

    >>> rows = np.column_stack([np.arange(100.0), np.ones(100)])
    >>> found = of_sums(rows, lambda sums: {"mean": sums[:, 0] / sums[:, 1]}, seed=1)["mean"]
    >>> found.value, 42 < found.low < 46, 53 < found.high < 57
    (49.5, True, True)
    """
    count = len(parts)
    units = np.arange(count) if groups is None else np.unique(groups, return_inverse=True)[1]
    stratum = np.zeros(units.max() + 1, dtype=int)
    if strata is not None:
        np.maximum.at(stratum, units, np.unique(strata, return_inverse=True)[1])
    sums = np.stack([np.bincount(units, weights=column) for column in parts.T], axis=1)
    generator, found = np.random.default_rng(seed), np.zeros((resamples, parts.shape[1]))
    for each in np.unique(stratum):
        found += _drawn(_put_together(sums[stratum == each], generator), generator, resamples)
    known, again = values(parts.sum(axis=0)[None]), values(found)
    return {name: _interval(float(value[0]), again[name]) for name, value in known.items()}


def _put_together(sums: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    if len(sums) <= MOST_UNITS:
        return sums
    order = generator.permutation(len(sums))
    return np.add.reduceat(sums[order], np.linspace(0, len(sums), MOST_UNITS, endpoint=False).astype(int))


def _drawn(sums: np.ndarray, generator: np.random.Generator, resamples: int) -> np.ndarray:
    """Shape (resamples, sums): of as many units as there are, drawn with replacement."""
    return np.concatenate([weights @ sums for weights in _weights(len(sums), generator, resamples)])


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


def _weights(rows: int, generator: np.random.Generator, resamples: int) -> Iterator[np.ndarray]:
    """How often each row was drawn: shape (resamples, rows), some resamples at a time."""
    at_once = max(1, AT_ONCE // max(rows, 1))
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
