"""A column's drift as a line of a table. First what a narrow screen must show."""

from batch_zero import formats
from drift.result import ColumnDrift
from report.story import marks

COLUMN_HEADINGS = ("Column", "Verdict", "Value", "Limit", "Test", "Kind", "Note")


def column_row(column: ColumnDrift) -> tuple[str, ...]:
    verdict = {True: "drifted", False: "no drift", None: "not tested"}[column.drifted]
    value, limit = column.statistic, column.threshold
    return (
        column.column,
        f"{marks.of_verdict(column.drifted).symbol} {verdict}",
        formats.score(value),
        formats.UNKNOWN if limit is None else f"{limit:g}",
        column.method or formats.UNKNOWN,
        column.kind,
        column.note,
    )
