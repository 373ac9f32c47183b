"""Step 3: the rows that the model is shown: the sample itself, or made-up ones, which can be looked at first."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from batch_zero import formats
from batch_zero.errors import BatchZeroError
from testbench.charts.preview import histograms
from testbench.sections import form
from testbench.sections.columns import Columns
from testbench.sections.form import Form
from testbench.sections.session import Desk
from testbench.synthetic.marginals import ASSUMED
from testbench.uploads import PREVIEW, SCHEMA, Upload
from ui import notes, problems, theme
from ui.markup import plain

ROWS, MOST_ROWS = 1_000, 100_000
"""Of made-up ones: so many unless a reader says otherwise, and no more."""

WORSE_THAN_CHANCE = 0.5
"""An AUC above it: made-up rows can be told from the sample's."""

SEED = "The same seed makes the same rows, resamples and drifts again"

OWN, MADE = "The sample itself", "Rows that are made up"


@dataclass(frozen=True)
class Rows:
    """synthetic: they are made up, so many, with that seed."""

    synthetic: bool
    rows: int
    seed: int


def show(desk: Desk, upload: Upload, seen: Mapping[str, Any], columns: Columns) -> Rows:
    sample = seen["sample"]
    with st.expander("3 · Rows", expanded=sample is None):
        typed = form.of(upload)
        own = sample is not None and _is_own(typed)
        if own and sample is not None:
            st.markdown(f"{formats.counted(sample['rows'], 'row')} of the sample, as they are.")
        with st.container(horizontal=True):
            rows = st.number_input(
                "Rows", 1, MOST_ROWS, step=100, key=typed.begin("rows", ROWS), disabled=own, width=160
            )
            seed = st.number_input("Seed", 0, 2**31 - 1, key=typed.begin("seed", 0), width=160, help=SEED)
        typed.keep("rows", int(rows), ROWS)
        typed.keep("seed", int(seed), 0)
        chosen = Rows(not own, int(rows), int(seed))
        if not own and columns.schema is not None:
            _preview(desk, upload, chosen)
    return chosen


def _is_own(typed: Form) -> bool:
    sorts = [OWN, MADE]
    key = typed.begin("data", OWN, lambda sort: sort if sort in sorts else None)
    chosen = st.radio("What the model is shown", sorts, key=key)
    typed.keep("data", chosen, OWN)
    return chosen == OWN


def _preview(desk: Desk, upload: Upload, chosen: Rows) -> None:
    words = {"rows": min(chosen.rows, 5_000), "seed": chosen.seed}
    with problems.shown_here(BatchZeroError):
        if st.button("Look at such rows", icon=":material/bar_chart:", key=f"look-{upload.key}"):
            desk.ask(upload, PREVIEW, **words)
    seen = desk.awaited(upload, PREVIEW, "Making up rows", **words)
    if seen is None:
        return
    schema = upload.given(SCHEMA)
    if schema is not None and seen["of"] != {**words, "schema": hashlib.sha256(schema.read_bytes()).hexdigest()}:
        notes.note("these were made before the last change; look again to see what that does")
    st.markdown(plain(_closeness(seen["closeness"])))
    grid = st.grid(3, min_column_width=220)
    for place, (column, figure) in enumerate(zip(seen["columns"], histograms(seen["columns"]), strict=True)):
        with grid, st.container():
            st.caption(plain(column["name"]))
            st.plotly_chart(figure, config=theme.CONFIG, key=f"histogram-{place}", alt=column["name"])
    more = f"; {formats.counted(seen['more_columns'], 'more column')} not drawn" if seen["more_columns"] else ""
    outline = "gray outline: the sample; " if seen["closeness"] is not None else ""
    notes.note(f"blue: made up; {outline}numbers are on one scale, and so are categories{more}")


def _closeness(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return (
            "There is no sample to compare with: values are as the columns above say; where these say nothing, assumed "
            f"are {ASSUMED}."
        )
    far = (
        f"the column that differs most is {found['farthest']}, {found['distance']:.0%} of whose rows would have to move"
    )
    if found["auc"] is None:
        return f"There are too few rows to tell how close they come; {far}."
    span = f"{found['auc']:.2f} ({found['low']:.2f} to {found['high']:.2f})"
    if found["low"] > WORSE_THAN_CHANCE:
        return f"A forest tells them from the sample with an AUC of {span}, where 0.5 is chance and 1 certain; {far}."
    return f"A forest can hardly tell them from the sample: its AUC is {span}, where 0.5 is chance; {far}."
