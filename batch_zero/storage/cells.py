"""Texts for the cells of a CSV file, which somebody may open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

from batch_zero.text import one_line

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes a text for a formula by."""


def harmless(text: str) -> str:
    """A text for a cell, with an apostrophe before what a spreadsheet would take for a formula and is no number."""
    return f"'{text}" if text.startswith(FORMULA) and not _is_number(text) else text


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Every cell on one line and harmless, headings too; None is an empty one."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(_cell, columns))
    writer.writerows(map(_cell, row) for row in rows)
    return out.getvalue()


def _cell(value: object) -> str:
    return "" if value is None else harmless(one_line(value))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
