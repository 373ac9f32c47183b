"""Whether the rows of a table are what a schema says, and where not, why."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from batch_zero.text import quoted, shortened
from drift.columns import is_category
from drift.labels import label_of
from sandbox.errors import plain as plain_words
from testbench.schema.detect import plain
from testbench.schema.schema import Column, Kind, Schema
from testbench.schema.values import amounts
from testbench.schema.written import bound


@dataclass(frozen=True)
class Violation:
    """row: counted from 1, None where it is about the column as a whole. reason: what came, and what is valid."""

    row: int | None
    column: str
    reason: str

    @property
    def sentence(self) -> str:
        where = f"column {shortened(self.column)!r}"
        return f"{where if self.row is None else f'row {self.row:,}, {where}'}: {self.reason}"


def lacking(features: Sequence[str], names: Iterable[object]) -> list[str]:
    """Columns that a model was trained on and a table does not have. A model's own words for them come on one line, and
    those of LightGBM with _ for a blank."""
    there = {_as_said(str(name)) for name in names}
    return [name for name in features if _as_said(name) not in there]


def _as_said(name: str) -> str:
    return plain_words(name).replace(" ", "_")


def lacks(missing: Sequence[str]) -> str:
    """In a sentence.

    >>> lacks(["region"]), lacks(["a", "b"])
    ("lacks the column 'region', on which the model was trained", \
"lacks the columns 'a', 'b', on which the model was trained")
    """
    return f"lacks the {'column' if len(missing) == 1 else 'columns'} {quoted(missing)}, on which the model was trained"


def violations(frame: pd.DataFrame, schema: Schema, most: int = 100) -> tuple[Violation, ...]:
    """The first ``most``: of columns as a whole, then row by row. Numbers and dates may be written as text. Raises
    SchemaError or DriftError for an empty table and a name that comes twice.

    >>> age = Schema((Column("age", Kind.INT, low=0, high=120),))
    >>> for found in violations(pd.DataFrame({"age": [30, 200, 1.5, None]}), age):
    ...     print(found.sentence)
    row 2, column 'age': got 200.0, expected an int from 0 to 120
    row 3, column 'age': got 1.5, expected an int from 0 to 120
    row 4, column 'age': got no value, expected an int from 0 to 120
    """
    named = plain(frame, "table")
    known = set(schema.names)
    found = [Violation(None, name, "it is missing") for name in schema.names if name not in named.columns]
    found += [Violation(None, name, "the schema has no such column") for name in named.columns if name not in known]
    for column in schema.columns:
        if column.name in named.columns:
            found += _of_column(named[column.name], column, most)
    return tuple(sorted(found, key=lambda each: each.row or 0)[:most])


def _of_column(values: pd.Series, column: Column, most: int) -> Iterator[Violation]:
    is_missing = values.isna().to_numpy(bool)
    wrong = np.where(is_missing, column.missing == 0, ~_fits(values, column))
    rows = np.flatnonzero(wrong)[:most]
    words = _words(column) if len(rows) else ""
    for row in rows.tolist():
        got = "no value" if is_missing[row] else shortened(repr(_plain(values.iloc[row])))
        yield Violation(row + 1, column.name, f"got {got}, expected {words}")


def _plain(value: Any) -> Any:
    """Python's own, which is written without its type."""
    return value.item() if isinstance(value, np.generic) else value


def _fits(values: pd.Series, column: Column) -> np.ndarray:
    """Whether each value that is there is one of the column's."""
    if column.kind.counts:
        return _in_range(amounts(values, column.kind), column)
    if column.kind is Kind.TEXT:
        return np.array([isinstance(value, str) for value in values], dtype=bool)
    allowed = {label_of(label) for label in column.labels}
    labels = (label_of(value) if is_category(value) else None for value in values.astype(object).fillna(""))
    return np.array([label is not None and (not allowed or label in allowed) for label in labels], dtype=bool)


def _in_range(found: np.ndarray, column: Column) -> np.ndarray:
    low, high = (-np.inf if column.low is None else column.low), (np.inf if column.high is None else column.high)
    inside = (found >= low) & (found <= high)  # of no number, neither
    return inside & (found % 1 == 0) if column.kind is Kind.INT else inside


def _words(column: Column) -> str:
    if column.classes:
        return f"one of {quoted(column.classes)}"
    low, high = (None if each is None else bound(column.kind, each) for each in (column.low, column.high))
    start = "" if low is None else f" from {low}"
    end = "" if high is None else f" {'up to' if low is None else 'to'} {high}"
    return f"{column.kind.one}{start}{end if end or low is None else ' on'}"
