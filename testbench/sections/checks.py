"""Step 4: what is tested, and what the model has to keep to."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from batch_zero.errors import BatchZeroError
from metrics.kinds import KNOWN
from testbench.policy.policy import PolicyRefused, parsed
from testbench.run import CHECKS
from testbench.sections.columns import Columns
from testbench.sections.rows import Rows
from testbench.sections.session import TEST, Desk
from testbench.uploads import Upload, queued
from ui import notes, problems
from ui.markup import sentence

EXAMPLE = "auc >= 0.70 AND latency/p95 <= 50"
MEASURES = (
    f"measures: {', '.join(KNOWN)}; latency/p50, latency/p95, latency/p99, and latency/p95/100 with 100 rows at once; "
    "throughput, start_ms, peak_memory_mb; error_rate, the share of odd values that are not answered; "
    "schema_violations; simulation_max_psi"
)


def show(desk: Desk, upload: Upload, columns: Columns, rows: Rows) -> None:
    with st.expander("4 · Tests", expanded=TEST not in st.query_params):
        names = st.pills("What is tested", CHECKS, selection_mode="multi", default=CHECKS, key=f"checks-{upload.key}")
        policy = _policy(upload)
        row = st.number_input("Row to explain", 1, 100_000, 1, key=f"row-{upload.key}", width=220)
        keep = st.checkbox(
            "Keep model and sample with the result, so that the test can be run again", key=f"keep-{upload.key}"
        )
        _missing(columns, names)
        words = {
            "labels": columns.labels if not rows.synthetic else None,
            "policy": policy or None,
            "rows": rows.rows,
            "seed": rows.seed,
            "synthetic": rows.synthetic,
            "checks": [name for name in CHECKS if name in names],
            "settings": {"explain": {"row": int(row) - 1}},
            "keep": keep,
        }
        ready = columns.schema is not None and policy is not None and bool(names)
        # No callback: that would get the words of the run before, without what was typed last.
        if st.button("Run the tests", type="primary", icon=":material/play_arrow:", disabled=not ready, key="run"):
            _begin(desk, upload, words)


def _policy(upload: Upload) -> str | None:
    """Empty for none; None for what cannot be read, which is told."""
    text = st.text_area(
        "Requirements, if there are any",
        placeholder=EXAMPLE,
        key=f"policy-{upload.key}",
        height=90,
        help="A line such as the example, or YAML: auc: {min: 0.75, no_worse_than: models:/NAME@production}",
    ).strip()
    notes.note(MEASURES)
    try:
        if text:
            parsed(text)
    except PolicyRefused as error:
        st.error(sentence(error), icon=":material/error:")
        return None
    return text


def _missing(columns: Columns, names: list[str]) -> None:
    if columns.schema is None:
        notes.note("step 2 has to say first which columns there are")
    elif "quality" in names and columns.labels is None:
        notes.note("without outcomes, how good the model is is not known; the other tests do not need them")


def _begin(desk: Desk, upload: Upload, words: Mapping[str, Any]) -> None:
    """The test has files of its own, so that this upload can be tested again."""
    with problems.shown_here(BatchZeroError):
        with upload.copied() as copy:
            copy.say({**upload.said(), **words})
            st.query_params[TEST] = queued(desk.queue, copy)
        st.rerun()
