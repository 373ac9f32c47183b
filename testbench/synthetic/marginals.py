"""The values of one column at shares of its rows: as a sample has them, or of the distribution that is written."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from batch_zero.text import shortened
from testbench.schema.distributions import Amounts, Quantiles, Uniform, Weights
from testbench.schema.errors import SchemaError
from testbench.schema.schema import Column, Kind
from testbench.schema.values import amounts, levels, ranks

SPANS = {
    Kind.FLOAT: (0.0, 1.0),
    Kind.INT: (0.0, 100.0),
    Kind.DATETIME: (datetime(2020, 1, 1, tzinfo=UTC).timestamp(), datetime(2025, 1, 1, tzinfo=UTC).timestamp()),
}
"""Where nothing is known."""

CLASSES = ("a", "b", "c")
TEXTS = 1_000
ASSUMED = "floats from 0 to 1, ints from 0 to 100, dates of 2020 to 2024, the categories a, b and c, and numbered texts"
"""The same in words."""
LARGEST_INT = 2**63
LARGEST_UNSIGNED = 2**64
LAST_SECOND = 9e12
"""Of dates that are counted in microseconds."""


def is_assumed(column: Column) -> bool:
    """Nobody has said which values it takes: without a sample, they are those of ``SPANS``, ``CLASSES`` and so on."""
    if column.distribution is not None or column.kind is Kind.BOOLEAN:
        return False
    return (column.low is None or column.high is None) if column.kind.counts else not column.classes


def values(column: Column, sample: pd.Series | None, shares: np.ndarray) -> pd.Series:
    """Each below which a share of the column lies, of the sample's dtype. sample: None where there is none; it counts
    where the distribution is not known, or was read off a sample. Raises SchemaError where the distribution has no such
    values."""
    if sample is not None and column.missing == 1:
        return sample.iloc[np.zeros(len(shares), dtype=int)].reset_index(drop=True)
    if sample is not None and isinstance(column.distribution, Quantiles | None):
        there = _sorted(column, sample)
        if len(there):
            return _of_sample(column, there, shares)
    try:
        found = _of_shape(column, sample, shares)
        if sample is not None:
            return _as_sample(found, sample)
        if column.kind is Kind.INT and found.dtype == object and not isinstance(column.distribution, Quantiles):
            raise SchemaError("it has whole numbers that 64 bits do not hold")
        return found
    except (SchemaError, ValueError, TypeError, OverflowError) as error:
        raise SchemaError(f"column {shortened(column.name)!r}: {shortened(str(error), 200)}") from None


def _sorted(column: Column, sample: pd.Series) -> pd.Series:
    """What is there and, of amounts, in the range."""
    places = ranks(sample, column.kind)
    kept = places >= 0
    if column.kind.counts:
        found, (low, high) = amounts(sample, column.kind), _range(column)
        kept &= (found >= low) & (found <= high)
    order = np.argsort(places, kind="stable")
    return sample.iloc[order[kept[order]]].reset_index(drop=True)


def _range(column: Column) -> tuple[float, float]:
    return (-np.inf if column.low is None else column.low), (np.inf if column.high is None else column.high)


def _of_sample(column: Column, there: pd.Series, shares: np.ndarray) -> pd.Series:
    """Empirical quantiles. Between two fractions that each occur once, there are others; what repeats stands alone."""
    exact = shares * len(there)
    places = np.minimum(exact.astype(np.int64), len(there) - 1)
    found = there.take(places).reset_index(drop=True)
    if column.kind is not Kind.FLOAT or not isinstance(there.dtype, np.dtype) or there.dtype.kind != "f":
        return found
    amount = there.to_numpy()
    grows = np.concatenate([[True], amount[1:] > amount[:-1], [True]])
    once = grows[:-1] & grows[1:]
    alone = once & np.append(once[1:], False)
    step = np.where(alone[places], exact - places, 0.0)
    between = amount[places] * (1 - step) + np.append(amount[1:], amount[-1])[places] * step
    return pd.Series(between.astype(amount.dtype))


def _of_shape(column: Column, sample: pd.Series | None, shares: np.ndarray) -> pd.Series:
    if column.kind.counts:
        return _counted(column, shares)
    if column.kind is Kind.TEXT:
        return pd.Series([f"text {place}" for place in (shares * TEXTS).astype(int)])
    classes = _classes(column, sample)
    shape = column.distribution
    weights = shape if isinstance(shape, Weights) else Weights(weights=(1.0,) * len(classes))
    return pd.Series([classes[place] for place in weights.places(shares)])


def _classes(column: Column, sample: pd.Series | None) -> list[Any]:
    """The sample's own values where they are those that are written as the column's classes."""
    if sample is not None and column.classes:
        found = levels(sample)
        if found.labels == column.classes:
            return list(found.values)
    return list(column.labels or CLASSES)


def _counted(column: Column, shares: np.ndarray) -> pd.Series:
    low, high = _range(column)
    shape = column.distribution if isinstance(column.distribution, Amounts) else _even(column)
    half = 0.5 if column.kind is Kind.INT else 0.0  # all whole numbers are as wide as each other, the ends too
    found = shape.at(shares, low - half, high + half)
    if not np.isfinite(found).all():
        raise SchemaError(f"its distribution, {shape}, has values too large to be numbers")
    if column.kind is Kind.DATETIME:
        return _dates(np.clip(found, low, high))
    return _whole(found, low, high) if column.kind is Kind.INT else pd.Series(found)


def _even(column: Column) -> Amounts:
    """Over the range, as far as that is known."""
    start, end = SPANS[column.kind]
    half = 0.5 if column.kind is Kind.INT else 0.0
    if column.low is not None:
        start, end = column.low, (column.low + end - start if column.high is None else column.high)
    elif column.high is not None:
        start, end = column.high - (end - start), column.high
    return Uniform(low=start - half, high=end + half)


def _whole(found: np.ndarray, low: float, high: float) -> pd.Series:
    least, most = np.ceil(low), np.floor(high)
    if least > most:
        raise SchemaError(f"there is no whole number from {low:g} to {high:g}")
    whole = np.clip(np.rint(found), least, most)
    if (np.abs(whole) < LARGEST_INT).all():
        return pd.Series(whole.astype(np.int64))
    if (whole >= 0).all() and (whole <= LARGEST_UNSIGNED).all():
        return pd.Series(np.minimum(whole, np.nextafter(float(LARGEST_UNSIGNED), 0)).astype(np.uint64))
    return pd.Series([int(value) for value in whole], dtype=object)


def _dates(found: np.ndarray) -> pd.Series:
    if (np.abs(found) > LAST_SECOND).any():
        raise SchemaError("it has dates beyond the calendar")
    return pd.Series(np.rint(found * 1e6).astype(np.int64).view("datetime64[us]"))


def _as_sample(found: pd.Series, sample: pd.Series) -> pd.Series:
    dtype = sample.dtype
    if isinstance(dtype, pd.CategoricalDtype) and not found.isin(dtype.categories).all():
        raise SchemaError("its classes are not those of the sample")
    if isinstance(dtype, np.dtype) and dtype.kind in "iu":
        bounds = np.iinfo(dtype.str)
        if not found.between(bounds.min, bounds.max).all():
            raise SchemaError(f"got {found.min()} to {found.max()}, which the sample's type {dtype} does not hold")
    aware = found.dt.tz_localize("UTC") if isinstance(dtype, pd.DatetimeTZDtype) else found
    converted: pd.Series = aware.astype(dtype)
    return converted
