"""A column's drift as a line of a table."""

from drift.result import ColumnDrift
from report import formats

COLUMN_HEADINGS = ("Column", "Kind", "Test", "Value", "Limit", "Verdict", "Note")


def column_row(column: ColumnDrift) -> tuple[str, ...]:
    verdict = {True: "▲ drifted", False: "○ stable", None: "not tested"}[column.drifted]
    value, limit = column.statistic, column.threshold
    return (
        column.column,
        column.kind,
        column.method or formats.UNKNOWN,
        formats.score(value),
        formats.UNKNOWN if limit is None else f"{limit:g}",
        verdict,
        column.note,
    )
