"""A table that a reader sorts by its headings, and takes away as CSV."""

import csv
import io
from collections.abc import Sequence

import streamlit as st

from batch_zero.text import one_line
from ui.tables import Cell, sortable

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes a text for a formula by."""


def show(key: str, caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Draws the table, and below it a button for ``KEY.csv``. For hundreds of rows rather than thousands: all of them
    are sent. key: of letters, digits and hyphens. caption: what the table holds, for who hears it."""
    with st.container(key=f"table-{key}"):
        st.html(sortable(key, caption, columns, rows))
    st.download_button(
        "Download CSV",
        data=lambda: as_csv(columns, rows),
        file_name=f"{key}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"csv-{key}",
    )


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """The texts of the cells. One that a spreadsheet would take for a formula gets an apostrophe, a number none."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([harmless(one_line(_text(cell))) for cell in row] for row in rows)
    return out.getvalue()


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.text


def harmless(text: str) -> str:
    """A text for a cell, with an apostrophe before what a spreadsheet would take for a formula and is no number."""
    return f"'{text}" if text.startswith(FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
