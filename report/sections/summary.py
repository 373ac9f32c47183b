"""The experiment at a glance: drift and the primary score over the batches, and the table of all scores."""

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from batch_zero import formats
from batch_zero.storage.cells import as_csv
from report.charts import drift, trend
from report.story import scores
from report.story.story import Story
from ui import theme
from ui.markup import plain
from ui.tables import stacking


def show(story: Story) -> Callable[[], None]:
    """Everything but the charts, whose places are kept. What is returned draws them; a page calls it last, because a
    browser that starts its first chart shows nothing else for a while."""
    score = story.experiment.scores.primary
    st.header("Experiment summary", anchor="summary")
    st.subheader("Drift progression", anchor=False)
    drift_place = _place("drift-place", "" if story.has_shares else scores.NO_DRIFT_CHART)
    trend_place = None
    if story.table_scores:
        st.subheader(plain(scores.trend_heading(score)), anchor=False)
        trend_place = _place("trend-place", "" if story.has_scores else scores.no_trend(score))
    if story.has_scores:
        st.caption(plain(scores.TREND_NOTE))
    _numbers(story)

    def draw() -> None:
        if drift_place is not None:
            drift_place.plotly_chart(
                drift.drift_progression(story),
                key="drift-progression",
                config=theme.CONFIG,
                alt="Drift share of every batch against the drift threshold; the table below holds the same numbers",
            )
        if trend_place is not None:
            trend_place.plotly_chart(
                trend.score_trend(story),
                key="score-trend",
                config=theme.CONFIG,
                alt=f"{score.label} of production and of each new model; the table below holds the same numbers",
            )

    return draw


def _place(key: str, instead: str) -> DeltaGenerator | None:
    """For a chart; None where a sentence stands in its place."""
    if not instead:
        return st.container(key=key)
    st.caption(plain(instead))
    return None


def _numbers(story: Story) -> None:
    st.subheader("Every number", anchor=False)
    with st.container(key="metrics-table"):
        shown = story.table_scores
        rows = [chapter.marked_row(shown) for chapter in story.chapters]
        st.html(stacking("numbers", scores.CAPTION, scores.groups(shown), scores.columns(shown), rows))
    if story.has_scores:
        st.caption(plain(scores.ROUNDING))
    st.download_button(
        "Download CSV",
        data=lambda: metrics_csv(story),
        file_name="metrics.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="metrics-csv",
    )


def metrics_csv(story: Story) -> str:
    """The table with one heading per column ("Production model AUC") and empty cells for what is not known."""
    rows = (
        [None if cell == formats.UNKNOWN else cell for cell in chapter.row(story.table_scores)]
        for chapter in story.chapters
    )
    return as_csv(scores.full_columns(story.table_scores), rows)
