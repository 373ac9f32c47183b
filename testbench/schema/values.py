"""A column's values: of which kind they are, as amounts, and as levels in an order."""

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from batch_zero.text import shortened
from drift.schema import kind_of_text
from sandbox.labels import Label
from testbench.schema.errors import SchemaError
from testbench.schema.schema import MOST_CLASSES, Kind

IN_A_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def kind_of(column: pd.Series) -> Kind:
    """By its dtype or, where that says nothing, by its values. Raises SchemaError for values that no model is shown:
    lists, lengths of time, complex numbers."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return Kind.CATEGORICAL if len(dtype.categories) <= MOST_CLASSES else Kind.TEXT
    if pd.api.types.is_bool_dtype(dtype):
        return Kind.BOOLEAN
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return Kind.DATETIME
    if pd.api.types.is_integer_dtype(dtype):
        return Kind.INT
    if pd.api.types.is_float_dtype(dtype):
        return Kind.FLOAT
    return _kind_of_objects(column.dropna().astype(object))


def _kind_of_objects(values: pd.Series) -> Kind:
    types = set(map(type, values))
    if not types:
        return Kind.TEXT
    if all(issubclass(each, bool | np.bool_) for each in types):
        return Kind.BOOLEAN
    if all(issubclass(each, date) for each in types):
        return Kind.DATETIME
    if bool not in types and all(issubclass(each, numbers.Real | Decimal) for each in types):
        return Kind.INT if all(issubclass(each, numbers.Integral) for each in types) else Kind.FLOAT
    if strange := [each for each in types if not issubclass(each, str | np.bool_ | numbers.Real | Decimal | date)]:
        got = shortened(repr(next(value for value in values if type(value) in strange)))
        where = f"column {shortened(str(values.name))!r}"
        raise SchemaError(f"{where}: got {got}, expected one of the types {', '.join(Kind)}")
    few = kind_of_text(values) == "categorical" and values.nunique() <= MOST_CLASSES
    return Kind.CATEGORICAL if few else Kind.TEXT


def amounts(column: pd.Series, kind: Kind) -> np.ndarray:
    """Numbers, and dates as seconds since 1970 in UTC; what is missing, infinite or neither is NaN."""
    if kind is Kind.DATETIME:
        return _seconds(column)
    if pd.api.types.is_numeric_dtype(column.dtype):
        found = column.to_numpy("float64", na_value=np.nan)
    else:
        found = np.array([_float(value) for value in column.astype(object)], dtype="float64")
    return np.where(np.isfinite(found), found, np.nan)


def _seconds(column: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(column.dtype):  # which pandas takes for nanoseconds
        return np.full(len(column), np.nan)
    given = column if isinstance(column.dtype, pd.DatetimeTZDtype | np.dtype) else column.astype(object)
    dates = pd.to_datetime(given, utc=True, errors="coerce", format="ISO8601").dt.tz_localize(None).to_numpy()
    unit, _ = np.datetime_data(dates.dtype)
    return np.where(np.isnat(dates), np.nan, dates.astype(np.int64) / IN_A_SECOND[unit])


def _float(value: Any) -> float:
    """Whole numbers know no bounds in Python; floats do."""
    try:
        return float(value)
    except (OverflowError, TypeError, ValueError):
        return np.nan


@dataclass(frozen=True)
class Levels:
    """codes: the place of each row's value in ``values``, −1 where it is missing."""

    codes: np.ndarray
    values: Sequence[Any]

    @property
    def labels(self) -> tuple[Label, ...]:
        """The values as plain ones; what is neither text, finite number nor truth value is written as text."""
        return tuple(_label(getattr(value, "item", lambda value=value: value)()) for value in self.values)


def _label(value: Any) -> Label:
    is_plain = isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))
    return value if is_plain else str(value)


def levels(column: pd.Series) -> Levels:
    """The different values: of an ordered or another categorical type in its own order, else numbers before texts."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return Levels(column.cat.codes.to_numpy().astype(np.int64), list(column.dtype.categories))
    codes, found = pd.factorize(column.astype(object))
    order = sorted(range(len(found)), key=lambda place: _order(found[place]))
    place = np.append(np.argsort(order), -1)
    return Levels(place[codes], [found[each] for each in order])


def _order(value: Any) -> tuple[bool, float, str]:
    is_number = isinstance(value, numbers.Real | Decimal | np.bool_)
    return (not is_number, _float(value) if is_number else 0.0, str(value))


def ranks(column: pd.Series, kind: Kind) -> np.ndarray:
    """Of each row's value among the different ones, from 0 on; −1 where it is missing."""
    if not kind.counts:
        return levels(column).codes
    found = amounts(column, kind)
    _, places = np.unique(found, return_inverse=True)
    return np.where(np.isnan(found), -1, places)
