"""One batch of the journey: what happened, the scores, and what lies behind them."""

import streamlit as st

from batch_zero.text import as_html, capitalized
from lifecycle.records import RunRef
from mlflow_io.links import run_url
from report.charts import roc as roc_chart
from report.evidence import Evidence
from report.sections import tiles
from report.story.chapter import Chapter
from report.story.columns import COLUMN_HEADINGS, column_row
from report.story.sentences import BOTH, DRIFT_RUN, GATE_RUN
from report.story.tiles import score_tiles
from ui import frame, problems, theme
from ui.markup import link, plain, run_link
from ui.notes import note
from ui.tables import table


@st.fragment
def show(chapter: Chapter, evidence: Evidence, ui: str | None) -> None:
    """A fragment: opening an expander reruns this card only."""
    with st.container(key=f"chapter-{chapter.drift_mark.kind}-{chapter.batch}", border=True):
        st.subheader(f"Batch {chapter.batch}", anchor=f"batch-{chapter.batch}")
        with st.container(horizontal=True, gap="small"):
            for mark in chapter.outcome:
                st.badge(plain(mark.badge), color=mark.tone)  # type: ignore[arg-type]  # a drift verdict's or the gate's
        st.markdown(plain(chapter.sentence))
        drift_run, gate_run = _run_links(chapter, ui)
        if chapter.drift_line or drift_run:
            st.html(f'<p class="drift-line">{as_html(chapter.drift_line)}{drift_run}</p>')
        if chapter.gate is not None:
            scores = score_tiles(chapter)
            st.html(tiles.scores(scores, gate_run, candidate=False))
            if chapter.candidate is not None:
                st.html(tiles.scores(scores, candidate=True))
        for notice in chapter.notices:
            note(notice)
        _behind(chapter, evidence, ui)


def _run_links(chapter: Chapter, ui: str | None) -> tuple[str, str]:
    """To the runs of the drift and of the scores, which may be one."""
    kinds = (BOTH, BOTH) if chapter.runs.one else (DRIFT_RUN, GATE_RUN)
    drift, gate = (
        run_link(run_url(ui, run), capitalized(kind), chapter.batch)
        for run, kind in zip((chapter.drift_run, chapter.gate_run), kinds, strict=True)
    )
    return drift, gate


def _behind(chapter: Chapter, evidence: Evidence, ui: str | None) -> None:
    """Loaded when it is opened, not before."""
    number = chapter.batch
    if (gate_run := chapter.gate_run) is not None and chapter.scores.has_roc:
        opened = st.expander("ROC curves", key=f"roc-{number}", on_change="rerun", type="compact")
        if opened.open:
            with opened, problems.shown_here():
                _roc(chapter, gate_run, evidence)
    if number > 0 and (drift_run := chapter.drift_run) is not None:
        opened = st.expander("Columns and their drift", key=f"columns-{number}", on_change="rerun", type="compact")
        if opened.open:
            with opened, problems.shown_here():
                _columns(chapter, drift_run, evidence)
    opened = st.expander(plain(chapter.runs.summary_text), key=f"runs-{number}", on_change="rerun", type="compact")
    if opened.open:
        with opened:
            _runs(chapter, ui)


def _roc(chapter: Chapter, run: RunRef, evidence: Evidence) -> None:
    with frame.busy("Loading the ROC curves"):
        found = evidence.roc(run.run_id, chapter.candidate is not None)
    if found.production is not None or found.candidate is not None:
        st.plotly_chart(
            roc_chart.roc(found.production, found.candidate),
            key=f"roc-chart-{chapter.batch}",
            config=theme.CONFIG,
            alt=f"ROC curves of Batch {chapter.batch}",
        )
    for text in found.notes:
        note(text)


def _columns(chapter: Chapter, run: RunRef, evidence: Evidence) -> None:
    with frame.busy("Loading the columns"):
        found = evidence.columns(run.run_id)
    if found.columns:
        caption = f"Drift of every column in Batch {chapter.batch}"
        with st.container(key=f"columns-table-{chapter.batch}"):
            st.html(table("columns", caption, COLUMN_HEADINGS, [column_row(column) for column in found.columns]))
    for text in found.notes:
        note(text)


def _runs(chapter: Chapter, ui: str | None) -> None:
    """Every run as a link where MLflow's pages are known, else as its id."""
    items = "".join(f"<li>{as_html(name)}: {link(run_url(ui, run), run.run_id)}</li>" for name, run in chapter.behind)
    st.html(f'<ul class="runs">{items}</ul>')
    if chapter.runs.superseded_text:
        st.caption(plain(chapter.runs.superseded_text))
