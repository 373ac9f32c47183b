"""What a model makes of cells and tables that are not as they should be: which it answers, refuses, or breaks over."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from batch_zero import formats
from batch_zero.text import shortened
from sandbox.errors import UNUSABLE, ModelError
from testbench.findings import Finding, Measure, State, Table
from testbench.schema.schema import Column, Kind, Schema
from testbench.subject import Subject

ANSWERED, REFUSED, BROKE = "answers", "refuses", "breaks"
MOST_FEATURES = 200
"""Of a wider table, the first ones are tried."""

NUMBERS = {Kind.FLOAT, Kind.INT}
Case = Callable[[Column], Any]
_NONE = object()
"""There is no such cell in a column of the kind."""

LONG_TEXT = "x" * 10_000


def _out_of_range(column: Column) -> Any:
    if column.kind not in NUMBERS or column.high is None or column.low is None:
        return _NONE
    return column.high + 10 * max(column.high - column.low, 1.0)


CELLS: dict[str, Case] = {
    "missing": lambda _: None,
    "unseen category": lambda column: "never seen before" if column.kind in {Kind.CATEGORICAL, Kind.TEXT} else _NONE,
    "out of range": _out_of_range,
    "infinity": lambda column: math.inf if column.kind in NUMBERS else _NONE,
    "wrong type": lambda column: "text" if column.kind in {*NUMBERS, Kind.BOOLEAN, Kind.DATETIME} else 12_345,
    "empty text": lambda column: "" if column.kind in {Kind.CATEGORICAL, Kind.TEXT} else _NONE,
    "very long text": lambda column: LONG_TEXT if column.kind in {Kind.CATEGORICAL, Kind.TEXT} else _NONE,
}


def robustness(subject: Subject, rows: pd.DataFrame, schema: Schema) -> Finding:
    """Each case is one row of the data with one cell changed, or a table that is changed as a whole."""
    columns = [column for column in schema.columns if column.name in rows][:MOST_FEATURES]
    cells = [(column.name, case, *_tried(subject, frame)) for column, case, frame in _cells(rows, columns)]
    tables = [("", case, *_tried(subject, frame)) for case, frame in _tables(rows)]
    tried = [*cells, *tables]
    wrong = [outcome for _, _, outcome, _ in tried if outcome != ANSWERED]
    rate = len(wrong) / len(tried)
    return Finding(
        "robustness",
        State.DONE,
        f"Of {len(tried):,} odd cells and tables the model answers {len(tried) - len(wrong):,}, refuses "
        f"{wrong.count(REFUSED):,} and breaks over {wrong.count(BROKE):,}.",
        measures=(
            Measure("error_rate", rate),
            Measure("breaks", float(wrong.count(BROKE))),
        ),
        tables=(
            Table("Odd cells", ("Feature", *CELLS), tuple(_matrix(columns, cells)), chart="matrix"),
            Table("Odd tables", ("Case", "Outcome", "What came"), tuple((case, *rest) for _, case, *rest in tables)),
            Table(
                "What was refused",
                ("Feature", "Case", "Outcome", "What came"),
                tuple((name, case, outcome, said) for name, case, outcome, said in cells if outcome != ANSWERED)[:500],
            ),
        ),
        notes=_notes(schema, columns),
    )


def _cells(rows: pd.DataFrame, columns: list[Column]) -> Iterator[tuple[Column, str, pd.DataFrame]]:
    whole = rows.dropna()
    typical = (whole if len(whole) else rows).iloc[:1].reset_index(drop=True)
    for column in columns:
        for name, case in CELLS.items():
            value = case(column)
            if value is not _NONE:
                yield column, name, _changed(typical, column.name, value)


def _changed(row: pd.DataFrame, name: str, value: Any) -> pd.DataFrame:
    """A missing number stays a number, as a table that was read has it."""
    changed = row.copy()
    number = pd.api.types.is_numeric_dtype(row[name].dtype) and not pd.api.types.is_bool_dtype(row[name].dtype)
    if number and (value is None or isinstance(value, float)):
        changed[name] = np.array([np.nan if value is None else value], dtype=float)
    elif isinstance(row[name].dtype, pd.CategoricalDtype) and value is None:
        changed[name] = pd.Series([None], dtype=row[name].dtype)
    else:
        changed[name] = pd.Series([value], dtype=object)
    return changed


def _tables(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    few = rows.iloc[:3].reset_index(drop=True)
    yield "one row", few.iloc[:1]
    yield "no row", few.iloc[:0]
    yield "an extra column", few.assign(**{"a column that nobody knows": 1.0})
    yield "columns in another order", few[few.columns[::-1]]
    for name in few.columns[:MOST_FEATURES]:
        yield f"without {shortened(str(name))}", few.drop(columns=name)


def _tried(subject: Subject, frame: pd.DataFrame) -> tuple[str, str]:
    """The outcome, and what was said where it is no answer."""
    try:
        answers = subject.answers(frame)
    except ModelError as error:
        return (BROKE if subject.session_is_over else REFUSED), str(error).removeprefix(UNUSABLE)
    values = answers.values
    if values.dtype.kind in "iuf" and not np.isfinite(values.astype(float)).all():
        return REFUSED, "NaN or infinity where an answer was due"
    return ANSWERED, ""


def _matrix(columns: list[Column], cells: list[tuple[str, str, str, str]]) -> Iterator[tuple[Any, ...]]:
    found = {(name, case): outcome for name, case, outcome, _ in cells}
    for column in columns:
        yield (column.name, *(found.get((column.name, case)) for case in CELLS))


def _notes(schema: Schema, columns: list[Column]) -> tuple[str, ...]:
    more = len(schema.columns) - len(columns)
    rule = "a refusal counts as not answered here, though it may be right; how many may be refused, a policy says"
    return (
        (rule, f"{formats.counted(more, 'column')} of {len(schema.columns):,} was not tried") if more > 0 else (rule,)
    )
