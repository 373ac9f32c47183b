"""Step 4: what is tested, and what the model has to keep to."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from batch_zero import formats
from batch_zero.errors import BatchZeroError
from metrics.kinds import KNOWN
from testbench.policy.policy import MOST_BYTES, Limit, PolicyRefused, parsed
from testbench.run import CHECKS
from testbench.schema.conform import lacks
from testbench.schema.written import to_json
from testbench.sections import form
from testbench.sections.columns import Columns
from testbench.sections.form import Form
from testbench.sections.rows import Rows
from testbench.sections.session import TEST, Desk
from testbench.uploads import SCHEMA, Upload, queued
from ui import notes, problems
from ui.markup import sentence

EXAMPLE = "auc >= 0.70 AND latency_p95_ms <= 50"
MEASURES = (
    f"measures: {', '.join(KNOWN)}; latency_p50_ms, latency_p95_ms, latency_p99_ms, and latency_p95_ms_batch_100 with "
    "100 rows at once, also written latency/p95 and latency/p95/100; throughput (rows a second), start_ms (ms until it "
    "can be asked), peak_memory_mb (MB); error_rate, the share of odd values and tables that are not answered, 0 to 1; "
    "schema_violations, a count; simulation_max_psi, the largest PSI of its answers under a drift; 0.25 is much"
)


ROW = "Which row of the sample or of the made-up ones, counted from 1, is explained step by step"


LABELS = "Choose their column in step 2, or bring a sample that has them."


def show(desk: Desk, upload: Upload, columns: Columns, rows: Rows) -> None:
    with st.expander("4 · Tests", expanded=TEST not in st.query_params):
        typed = form.of(upload)
        checks = typed.begin("checks", [*CHECKS], lambda names: [name for name in CHECKS if name in names])
        names = st.pills("What is tested", CHECKS, selection_mode="multi", key=checks)
        policy = _policy(typed)
        row = st.number_input("Row to explain", 1, 100_000, key=typed.begin("row", 1), width=220, help=ROW)
        keep = st.checkbox(
            "Keep model and sample with the result, so that the test can be run again", key=typed.begin("keep", False)
        )
        typed.keep("checks", [*names], [*CHECKS])
        typed.keep("row", int(row), 1)
        typed.keep("keep", keep, False)
        missing = columns.lacking if rows.synthetic else columns.sample_lacks
        _missing(columns, names, missing, policy or "")
        words = {
            "labels": columns.labels if not rows.synthetic else None,
            "policy": policy or None,
            "rows": rows.rows,
            "seed": rows.seed,
            "synthetic": rows.synthetic,
            "checks": [name for name in CHECKS if name in names],
            "settings": {"explain": {"row": int(row) - 1}, "positive": columns.positive},
            "keep": keep,
        }
        ready = columns.schema is not None and bool(names) and not missing
        # No callback: that would get the words of the run before, without what was typed last. A policy that is refused
        # does not take the button away: it is mended by the time that the button is pressed.
        pressed = st.button(
            "Run the tests", type="primary", icon=":material/play_arrow:", disabled=not ready, key="run"
        )
        if pressed and policy is not None:
            _begin(desk, upload, words, columns)


def _policy(typed: Form) -> str | None:
    """Empty for none; None for what cannot be read, which is told and kept all the same."""
    text = st.text_area(
        "Policy, if there is one",
        placeholder=EXAMPLE,
        key=typed.begin("policy", ""),
        height=90,
        max_chars=MOST_BYTES,
        help="A line such as the example, or YAML: auc: {min: 0.75, no_worse_than: models:/NAME@production}",
    )
    typed.keep("policy", text, "")
    text = text.strip()
    notes.note(MEASURES)
    try:
        if text:
            parsed(text)
    except PolicyRefused as error:
        st.error(sentence(error), icon=":material/error:")
        return None
    return text


def _missing(columns: Columns, names: list[str], missing: Sequence[str], policy: str) -> None:
    if columns.schema is None:
        notes.note("step 2 has to say first which columns there are")
    elif missing:
        notes.note(f"nothing can be run: what the model would be shown {lacks(missing)}")
    elif columns.labels is None and (scores := [limit.measure for limit in _limits(policy) if limit.measure in KNOWN]):
        asked = formats.listed([*dict.fromkeys(scores)])
        text = f"The policy asks for {asked}, and without labels that is not known: it cannot pass. {LABELS}"
        st.warning(sentence(text), icon=":material/rule:")
    elif "quality" in names and columns.labels is None:
        notes.note("without labels, the quality of the model will not be known; the other tests do not need them")


def _limits(policy: str) -> Sequence[Limit]:
    return parsed(policy).limits if policy else ()


def _begin(desk: Desk, upload: Upload, words: Mapping[str, Any], columns: Columns) -> None:
    """The test has files of its own, so that this upload can be tested again, and the columns that this reader sees."""
    assert columns.schema is not None
    with problems.shown_here(BatchZeroError):
        with upload.copied() as copy:
            copy.write(SCHEMA, to_json(columns.schema).encode())
            copy.say({**upload.said(), **words})
            st.query_params[TEST] = queued(desk.queue, copy)
        st.rerun()
