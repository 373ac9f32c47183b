"""What a reader sees instead of a report: what failed, where, and what to do next. Never an empty page."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import streamlit as st

from batch_zero import formats
from batch_zero.errors import BatchZeroError
from batch_zero.text import as_html, one_line
from lifecycle.experiment import UnknownExperiment
from mlflow_io.errors import StoreMissing, TrackingError
from report.sections.hero import note
from report.sections.markup import plain, sentence
from report.story.story import Story

NEXT = {
    StoreMissing: "Nothing has been recorded there yet. Run `make demo` for the default experiment, or set "
    "`MLFLOW_TRACKING_URI` to your own MLflow and restart.",
    TrackingError: "Check that MLflow is running and that `MLFLOW_TRACKING_URI` is right, then try again. "
    "Nothing is lost: it only reads.",
}


@contextmanager
def shown() -> Iterator[None]:
    """Draws an error that a reader can do something about, and ends the page."""
    try:
        yield
    except BatchZeroError as error:
        step = next((text for kind, text in NEXT.items() if isinstance(error, kind)), None)
        missing = isinstance(error, StoreMissing)
        st.title("There is no history yet" if missing else "The report cannot be shown", anchor=False)
        unreachable = isinstance(error, TrackingError) and not missing
        icon = "cloud_off" if unreachable else "inbox" if missing else "error"
        (st.info if missing else st.error)(sentence(error), icon=f":material/{icon}:")
        if isinstance(error, UnknownExperiment):
            _others(error)
        if step:
            st.markdown(step)
            _try_again()
        st.stop()


def outage(error: TrackingError, at: datetime, story: Story) -> Story:
    """Draws that the store does not answer, above what it said when it last did. The story for a file, which says so
    too."""
    said = f"{error}. This is the report as it was read on {formats.moment(at)}, {formats.ago(datetime.now(UTC) - at)}"
    st.error(sentence(f"{said}."), icon=":material/cloud_off:")
    st.markdown(NEXT[TrackingError])
    _try_again()
    return replace(story, notices=(said, *story.notices))


def _others(error: UnknownExperiment) -> None:
    """The nearest first, as links."""
    names = sorted(error.known, key=lambda name: name != error.nearest)
    links = [f'<a href="?experiment={quote(name)}">{as_html(name)}</a>' for name in names]
    st.html(f'<p class="others">Experiments that there are: {", ".join(links)}</p>')


def _try_again() -> None:
    st.button("Try again", icon=":material/refresh:", key="try-again")


@contextmanager
def shown_here() -> Iterator[None]:
    """Draws an error of the tracking store in its place and lets the rest of the page stand."""
    try:
        yield
    except TrackingError as error:
        st.error(sentence(error), icon=":material/cloud_off:")


def empty(story: Story, key: str) -> None:
    """A store that can be read and holds no finished batch of this experiment. Ends the page."""
    st.title(plain(story.title), anchor=False)
    st.info("The store can be read, but it holds no finished batch of this experiment yet.", icon=":material/inbox:")
    for notice in story.notices:
        note(notice)
    named = shlex.quote(one_line(key))  # which came from the address bar, and goes into a shell
    if story.experiment.data.path is not None:
        st.markdown("Run its pipeline:")
        st.code(f"python -m pipeline run --experiment {named} --batches 0-5", language="bash", wrap_lines=True)
    st.markdown("Capture the baseline of a model that is in production already:")
    st.code(f"python -m baseline --experiment {named} --data initial_test.csv", language="bash", wrap_lines=True)
    st.stop()
