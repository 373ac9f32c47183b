"""Step 5: what came of a test: the verdict, every check, and its figures and numbers."""

import streamlit as st

from batch_zero import formats
from batch_zero.text import capitalized, one_line
from metrics.kinds import KNOWN
from testbench.charts import figures
from testbench.charts.explain import dependence
from testbench.findings import Finding, Measure, State, Table
from testbench.output import words
from testbench.policy.verdict import Outcome
from testbench.result import KeptVerdict, TestResult
from ui import notes, sortable, theme
from ui.markup import plain, sentence
from ui.tables import table
from ui.tiles import Tile, large

MARKS = {State.DONE: "", State.FAILED: "✕ ", State.SKIPPED: "– "}
"""Of a check that failed, or had nothing to look at; what one that was done found, its sentence says."""

OUTCOMES = {Outcome.PASSED: "✓", Outcome.FAILED: "✕", Outcome.OPEN: "≈", Outcome.UNKNOWN: "?"}
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
    _verdict(result)
    st.html(large(_tiles(result)))
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
    rows = [(one.measure, one.limit, f"{OUTCOMES[one.outcome]} {one.outcome}", one.sentence) for one in verdict.limits]
    st.html(table("settings", "What it had to keep to", ("Measure", "Limit", "Outcome", "Why"), rows))


def _tiles(result: TestResult) -> list[Tile]:
    data = "made-up rows" if result.synthetic else "rows of the sample"
    found = result.measures
    quality = next((found[name] for name in KNOWN if name in found), None)
    tiles = [Tile("Tested on", f"{result.rows:,}", f"{data}, seed {result.seed}, in {result.seconds:.1f} s")]
    if quality is not None:
        tiles.append(_tile(KNOWN[quality.name].label, quality))
    for label, name in (
        ("Latency of one row, p95", "latency_p95_ms"),
        ("Odd values not answered", "error_rate"),
        ("Largest effect of drift, PSI", "simulation_max_psi"),
        ("Peak memory", "peak_memory_mb"),
    ):
        if name in found and len(tiles) < 4:
            tiles.append(_tile(label, found[name]))
    return tiles


NOTES = {
    "simulation_max_psi": "0.25 is much",
    "error_rate": "of odd cells and tables; a refusal may be right",
}


def _tile(label: str, measure: Measure) -> Tile:
    """A score as the report writes it; anything else with four digits."""
    write = KNOWN[measure.name].text if measure.name in KNOWN else words.number
    unit = f" {measure.unit}" if measure.unit else ""
    value = f"{measure.value:.0%}" if measure.name == "error_rate" else f"{write(measure.value)}{unit}"
    about = f"{measure.about}; " if measure.about else ""
    if measure.low is not None and measure.high is None:
        return Tile(label, value, f"at least {write(measure.low)}{unit}; too few calls for more")
    if measure.low is None or measure.high is None:
        return Tile(label, value, f"{about}{NOTES.get(measure.name, '')}")
    calls = f", of {measure.calls:,} calls" if measure.calls else ""
    return Tile(label, value, f"{about}95 % interval {write(measure.low)} to {write(measure.high)}{unit}{calls}")


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
        st.caption(plain(f"{found.name}{LEGENDS.get(found.chart, '')}"))
        st.plotly_chart(figure, config=theme.CONFIG, key=f"figure-{key}", alt=one_line(found.name))
    if found.chart == "beeswarm":
        _dependence(found, key)
    if not found.rows:
        return
    caption, rows = one_line(found.name), [tuple(map(words.cell, row)) for row in found.rows]
    with st.expander(plain(f"{found.name}: the numbers" if figure is not None else found.name)):
        if len(rows) <= FEW_ROWS:
            sortable.show(key, caption, found.columns, rows, exact=found.rows)
        else:
            notes.note(f"{len(rows):,} rows, which are too many to be shown here")
            sortable.download(key, found.columns, found.rows)


def _dependence(found: Table, key: str) -> None:
    features = list(dict.fromkeys(str(row[1]) for row in found.rows))
    chosen = st.selectbox("SHAP values against the values of", features, key=f"feature-{key}", format_func=one_line)
    if chosen is not None:
        st.plotly_chart(
            dependence(found, chosen), config=theme.CONFIG, key=f"dependence-{key}", alt=f"SHAP of {one_line(chosen)}"
        )
