"""A table that a reader sorts by its headings, and takes away as CSV."""

from collections.abc import Sequence

import streamlit as st

from batch_zero.storage import cells
from ui.tables import Cell, Link, sortable

Table = Sequence[Sequence[object]]


def show(
    key: str, caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, exact: Table | None = None
) -> None:
    """Draws the table, and below it a button for ``KEY.csv``. For hundreds of rows rather than thousands: all of them
    are sent. exact: what the file holds, where the cells shown are rounded. key: of letters, digits and hyphens.
    caption: what the table holds, for who hears it."""
    with st.container(key=f"table-{key}"):
        st.html(sortable(key, caption, columns, rows))
    download(key, columns, rows if exact is None else exact)


def download(key: str, columns: Sequence[str], rows: Table) -> None:
    """Draws the button alone, for a table that is too long to be shown."""
    st.download_button(
        "Download CSV",
        data=lambda: as_csv(columns, rows),
        file_name=f"{key}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"csv-{key}",
    )


def as_csv(columns: Sequence[str], rows: Table) -> str:
    """The texts of the cells. One that a spreadsheet would take for a formula gets an apostrophe, a number none."""
    return cells.as_csv(columns, ([cell.text if isinstance(cell, Link) else cell for cell in row] for row in rows))
