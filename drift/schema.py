"""Which columns are compared, and as what."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from drift.columns import is_category, parse_numbers, quoted
from drift.errors import DriftError

FEW_VALUES = 10
"""Up to this many different whole numbers are codes, not amounts (Evidently draws the line here, too)."""

DATE_TYPES = {"datetime64", "datetime", "date", "timedelta64", "timedelta", "time", "period"}
DATE_AS_TEXT = r"\d{4}-\d\d-\d\d|\d{1,2}([./])\d{1,2}\1\d{4}"


@dataclass(frozen=True)
class Schema:
    """The columns of a drift check.

    untested: (column, reason) of the columns that were looked at and left out; empty where a person wrote the schema.
    """

    numerical: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    untested: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.columns)) < len(self.columns):
            twice = sorted({name for name in self.columns if self.columns.count(name) > 1})
            raise DriftError(f"schema: each column was wanted once, twice came {quoted(twice)}")

    @property
    def columns(self) -> tuple[str, ...]:
        return self.numerical + self.categorical

    def only(self, columns: Sequence[str]) -> "Schema":
        """The schema of these columns alone; raises DriftError for one that it does not compare."""
        reasons = dict(self.untested)
        for name in columns:
            if name in reasons:
                raise DriftError(f"column {name!r} cannot be compared: {reasons[name]}")
        if unknown := [name for name in columns if name not in self.columns]:
            raise DriftError(f"the reference has no column {quoted(unknown)}; it has {quoted(self.columns)}")
        return Schema(
            numerical=tuple(name for name in self.numerical if name in columns),
            categorical=tuple(name for name in self.categorical if name in columns),
        )


def with_plain_names(frame: pd.DataFrame, side: str) -> pd.DataFrame:
    """The frame with text for column names (3 becomes "3"); raises DriftError where it is empty or a name comes twice.

    side: "reference" or "batch", for the message.
    """
    if frame.empty:
        raise DriftError(f"the {side} is empty: {len(frame)} rows, {len(frame.columns)} columns")
    named = frame.set_axis(frame.columns.map(str), axis="columns")
    if twice := list(named.columns[named.columns.duplicated()].unique()):
        raise DriftError(f"the {side} has more than one column named {quoted(twice)}")
    return named


def infer_schema(reference: pd.DataFrame) -> Schema:
    """A schema guessed from the reference alone; for people at a terminal. The first rule that fits counts:

    - dates, times, text that starts like 2024-01-31, 31.1.2024 or 1/31/2024, and lists are not compared;
    - truth values, pandas categories and columns without any value are categorical;
    - numbers, also written as text, are numerical, unless they are at most FEW_VALUES different whole ones;
    - text is categorical, unless more than half of the rows (and more than FEW_VALUES) differ: an identifier.
    """
    frame = with_plain_names(reference, "reference")
    kinds = {str(name): _kind(frame[name]) for name in frame.columns}
    return Schema(
        numerical=tuple(name for name, kind in kinds.items() if kind == "numerical"),
        categorical=tuple(name for name, kind in kinds.items() if kind == "categorical"),
        untested=tuple((name, kind) for name, kind in kinds.items() if kind not in ("numerical", "categorical")),
    )


def _kind(column: pd.Series) -> str:
    """ "numerical", "categorical", or the reason why it is neither."""
    values = column.astype(object).dropna()
    if values.empty or isinstance(column.dtype, pd.CategoricalDtype):
        return "categorical"
    type_name = pd.api.types.infer_dtype(values)
    if type_name in DATE_TYPES or (type_name == "string" and values.str.match(DATE_AS_TEXT).all()):
        return "dates and times are not compared"
    if not all(is_category(value) for value in values):
        return "lists and other nested values are not compared"
    if type_name == "boolean":
        return "categorical"
    parsed, strays = parse_numbers(values)
    return kind_of_text(values) if len(strays) else _kind_of_numbers(parsed)


def _kind_of_numbers(numbers: pd.Series) -> str:
    finite = numbers[np.isfinite(numbers)]
    are_codes = (finite % 1 == 0).all() and finite.nunique() <= FEW_VALUES
    return "categorical" if are_codes else "numerical"


def kind_of_text(values: pd.Series) -> str:
    """ "categorical", or why values without a missing one are no categories."""
    different = values.nunique()
    if different > max(FEW_VALUES, len(values) / 2):
        return f"free text or an identifier: {different:,} different values in {len(values):,} rows"
    return "categorical"
