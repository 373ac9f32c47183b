"""What the drift check of the pipeline says of many batches that were made of one table: each column is tested once, in
one run, because a run of Evidently costs more than its tests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from drift.detect import detect
from drift.errors import DriftError
from drift.policy import DriftPolicy
from drift.result import ColumnDrift, DriftResult
from drift.schema import Schema as DriftSchema
from testbench.schema.schema import Kind, Schema

NUMBERS, WORDS = {Kind.FLOAT, Kind.INT}, {Kind.CATEGORICAL, Kind.BOOLEAN}


@dataclass(frozen=True)
class Alarm:
    """share: of the drifted columns. rings: it reaches the threshold. None where nothing could be compared."""

    share: float | None
    rings: bool | None


@dataclass(frozen=True)
class _Tested:
    """A column of the table, and the same in the batches; one that no batch has changed stands for all of them."""

    name: str
    numerical: bool
    before: pd.Series
    after: dict[int, pd.Series]
    """By the number of the batch; -1 for the batches that left it as it was."""


def alarms(rows: pd.DataFrame, batches: Sequence[pd.DataFrame], schema: Schema, policy: DriftPolicy) -> list[Alarm]:
    """As ``drift.detect.detect`` says of each batch held against ``rows``; the batches have the same columns."""
    columns = list(_columns(rows, batches, schema))
    if not columns:
        return [Alarm(None, None)] * len(batches)
    try:
        found = _verdicts(columns, policy)
    except DriftError:
        return [Alarm(None, None)] * len(batches)
    return [_alarm(columns, found, number, len(rows), policy) for number in range(len(batches))]


def _columns(rows: pd.DataFrame, batches: Sequence[pd.DataFrame], schema: Schema) -> Iterator[_Tested]:
    for column in schema.columns:
        if column.name not in rows or column.kind not in {*NUMBERS, *WORDS}:
            continue
        before = rows[column.name]
        changed = {number: batch[column.name] for number, batch in enumerate(batches)}
        after = {number: values for number, values in changed.items() if not values.equals(before)}
        yield _Tested(column.name, column.kind in NUMBERS, before, {-1: before, **after})


def _verdicts(columns: list[_Tested], policy: DriftPolicy) -> dict[str, list[ColumnDrift]]:
    """By the name that a column has in the one run."""
    before = {_called(column, number): column.before for column in columns for number in column.after}
    after = {_called(column, number): values for column in columns for number, values in column.after.items()}
    names = [(_called(column, number), column.numerical) for column in columns for number in column.after]
    schema = DriftSchema(
        tuple(name for name, numerical in names if numerical), tuple(name for name, numerical in names if not numerical)
    )
    result = detect(pd.DataFrame(before), pd.DataFrame(after), schema, policy)
    found: dict[str, list[ColumnDrift]] = {}
    for tested in result.columns:
        found.setdefault(tested.column, []).append(tested)
    return found


def _called(column: _Tested, number: int) -> str:
    return f"{number}:{column.name}"


def _alarm(
    columns: list[_Tested], found: dict[str, list[ColumnDrift]], number: int, rows: int, policy: DriftPolicy
) -> Alarm:
    parts = [
        replace(tested, column=column.name)
        for column in columns
        for tested in found.get(_called(column, number if number in column.after else -1), [])
    ]
    result = DriftResult(tuple(parts), policy.threshold, rows, rows, (), policy.min_rows)
    if not result.total_columns:
        return Alarm(None, None)
    return Alarm(result.share, result.detected)
