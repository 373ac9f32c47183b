"""One column in plain values: numbers as float64, categories as text."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from batch_zero.text import shortened
from drift.errors import DriftError
from drift.labels import TRUTH_AS_TEXT, label_of

MISSING_AS_TEXT = ("", "nan")
"""What a missing number becomes when a column of numbers is turned to text."""


def parse_numbers(column: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The column as float64, and the values that are there but are no numbers (NaN in the first).

    Blank text and "nan" are missing; "inf" is a number.
    """
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column):
        plain = pd.Series(column.to_numpy("float64", na_value=np.nan), index=column.index)
        return plain, column.iloc[:0]
    values = column.astype(object)
    spoken = [TRUTH_AS_TEXT.get(value, value) if isinstance(value, str) else value for value in values]
    parsed = pd.to_numeric(pd.Series(spoken, index=values.index, dtype=object), errors="coerce")
    if pd.api.types.is_complex_dtype(parsed):
        parsed = pd.Series(np.nan, index=column.index)
    stray = values[parsed.isna() & values.notna()]
    is_blank = [isinstance(value, str) and value.strip().lower() in MISSING_AS_TEXT for value in stray]
    return parsed.astype("float64"), stray[~np.array(is_blank, dtype=bool)]


def to_numbers(column: pd.Series, where: str) -> pd.Series:
    """The column as float64, infinite values still in; raises DriftError with the first value that is no number."""
    parsed, strays = parse_numbers(column)
    if len(strays):
        example = shortened(repr(strays.iloc[0]))
        raise DriftError(f"{where}: got {example}, expected a number ({len(strays):,} such values)")
    return parsed


def to_labels(column: pd.Series, where: str) -> pd.Series:
    """The column as text, missing and infinite values missing.

    The one rule for equal values in other clothes: a number is the same as a number and as text (1, 1.0, "1", "1.0";
    0.5, "0.50"), because a column of whole numbers turns to floats as soon as one value is missing; a truth value is
    its number (True, "True", "true", "TRUE" and 1 are all "1"). Other words, capitals and blanks stay what they are.
    """
    values = column.astype(object).dropna()
    for value in values:
        if not is_category(value):
            example = shortened(repr(value))
            raise DriftError(f"{where}: got {example}, expected a category (a text, a number or a truth value)")
    labels = pd.Series([label_of(value) for value in values], index=values.index, dtype=object)
    return labels.reindex(column.index)


def is_category(value: Any) -> bool:
    """Whether a value can be compared as a category: a list, say, can't."""
    return isinstance(value, Hashable) and not isinstance(value, tuple | frozenset)
