"""Step 5: what came of a test: the verdict, every check, and its figures and numbers."""

import streamlit as st

from batch_zero import formats
from batch_zero.text import capitalized, one_line
from testbench.charts import figures
from testbench.charts.explain import dependence
from testbench.findings import Finding, State, Table
from testbench.output import shown, words
from testbench.result import KeptVerdict, TestResult
from ui import notes, sortable, theme
from ui.markup import plain, sentence
from ui.tables import cards
from ui.tiles import large

MARKS = {State.DONE: "", State.FAILED: "✕ ", State.SKIPPED: "– "}
"""Of a check that failed, or had nothing to look at; what one that was done found, its sentence says."""

LEGENDS = {
    "matrix": ": ✓ answers, – refuses, ✕ breaks",
    "beeswarm": ": a point for each row; blue: the least value of the feature, violet: between, or missing, red: the "
    "greatest, gray: a category, which has no order",
}
"""What the marks of a figure mean."""

FEW_ROWS = 60
"""Of a table that is shown; one of more is there as CSV."""


def show(result: TestResult, key: str) -> None:
    """key: of widgets, which a page with several results needs to tell them apart."""
    with st.container(key=f"results-{key}"):
        _verdict(result)
        st.html(large(shown.tiles(result)))
        for finding in result.findings:
            _finding(finding, key)


def _verdict(result: TestResult) -> None:
    if not result.works:
        st.error(sentence(" ".join(["It does not work.", *words.faults(result.findings)])), icon=":material/cancel:")
    if result.verdict is not None:
        draw, icon = (st.success, "check_circle") if result.verdict.passed else (st.error, "cancel")
        draw(sentence(result.verdict.sentence), icon=f":material/{icon}:")
        _limits(result.verdict)
    elif result.works:
        undone = any(one.state is State.SKIPPED for one in result.findings)
        every = "" if undone else " Every check could be done."
        st.info(f"No policy was given, so nothing is passed or failed.{every}")
    for text in words.cautions(result.findings, result.assumed):
        st.warning(sentence(text), icon=":material/warning:")
    if result.not_confined:
        said = formats.listed(list(result.not_confined))
        st.warning(sentence(f"It was opened where nothing kept it from {said}."), icon=":material/gpp_maybe:")


def _limits(verdict: KeptVerdict) -> None:
    st.html(cards("settings", shown.POLICY, shown.LIMITS, shown.limits(verdict)))


def _finding(finding: Finding, key: str) -> None:
    st.subheader(f"{MARKS[finding.state]}{plain(capitalized(finding.check))}", anchor=False)
    st.markdown(sentence(finding.sentence))
    for place, each in enumerate(finding.tables):
        _table(each, f"{key}-{finding.check.replace(' ', '-')}-{place}")
    for text in finding.notes:
        notes.note(text)


def _table(found: Table, key: str) -> None:
    figure = figures.of(found)
    if figure is not None:
        with st.container(key=f"figure-{found.chart}-{key}"):
            st.caption(plain(f"{found.name}{LEGENDS.get(found.chart, '')}"))
            st.plotly_chart(figure, config=theme.CONFIG, key=f"chart-{key}", alt=one_line(found.name))
    if found.chart == "beeswarm":
        _dependence(found, key)
    if not found.rows:
        return
    caption = one_line(found.name)
    with st.expander(plain(f"{found.name}, as a table" if figure is not None else found.name)):
        if len(found.rows) <= FEW_ROWS:
            sortable.show(key, caption, found.columns, [*shown.rows(found)], exact=found.rows)
        else:
            notes.note(f"{len(found.rows):,} rows, which are too many to be shown here")
            sortable.download(key, found.columns, found.rows)


def _dependence(found: Table, key: str) -> None:
    features = list(dict.fromkeys(str(row[1]) for row in found.rows))
    with st.container(key=f"figure-dependence-{key}"):
        label = "SHAP values against the values of"
        chosen = st.selectbox(label, features, key=f"feature-{key}", format_func=one_line)
        if chosen is not None:
            figure, alt = dependence(found, chosen), f"SHAP of {one_line(chosen)}"
            st.plotly_chart(figure, config=theme.CONFIG, key=f"dependence-{key}", alt=alt)
