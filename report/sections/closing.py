"""What it all came to, how it works, and the report to take away."""

from collections.abc import Callable, Mapping

import streamlit as st

from report.evidence import Evidence
from report.story import scores
from report.story.methodology import in_force, methods, paragraphs
from report.story.story import Story
from report.story.tiles import closing_tiles
from ui import frame, problems, tiles
from ui.downloads import in_sidebar
from ui.markup import plain
from ui.tables import table


def show(story: Story) -> None:
    st.header("Final summary", anchor="final-summary")
    with st.container(key="closing"):
        st.html(tiles.large(closing_tiles(story)))
        st.markdown(plain(story.summary.takeaway))
        for text in filter(None, (story.summary.gains, story.summary.endpoints)):
            st.markdown(plain(text))
        if story.has_scores:
            st.caption(plain(scores.caveat(story.experiment.scores.primary)))


def method(story: Story, evidence: Evidence) -> None:
    st.header("How this works", anchor="how-this-works")
    for heading, text in paragraphs(story):
        st.subheader(plain(heading), anchor=False)
        st.markdown(plain(text))
        if heading == "Drift share":
            _methods(story, evidence)
    st.subheader("Settings in force", anchor=False)
    with st.container(key="settings-table"):
        st.html(table("settings", "Settings in force", ("Setting", "Value"), in_force(story)))


@st.fragment
def _methods(story: Story, evidence: Evidence) -> None:
    """Loaded when it is opened, as the tables are."""
    runs = [chapter.drift_run.run_id for chapter in story.chapters if chapter.batch > 0 and chapter.drift_run]
    if not runs:
        return
    opened = st.expander("Tests that the stored drift tables name", key="methods", on_change="rerun", type="compact")
    if opened.open:
        with opened, problems.shown_here():
            with frame.busy("Loading the columns"):
                found = [evidence.columns(run) for run in runs]
            st.markdown(plain(methods(found)))


def downloads(name: str, files: Mapping[str, tuple[str, Callable[[], str]]]) -> None:
    in_sidebar("This report as a file", name, files)
