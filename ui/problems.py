"""What a reader sees where something went wrong: what failed, where, and what to do next. Never an empty page."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import streamlit as st

from batch_zero.errors import BatchZeroError
from batch_zero.installation import DEMO
from batch_zero.text import as_html
from lifecycle.experiment import UnknownExperiment
from mlflow_io.errors import StoreGone, StoreMissing, TrackingError
from ui.markup import sentence

NEXT = {
    StoreMissing: f"Nothing has been recorded there yet. Run `{DEMO}` for the default experiment, or set "
    "`MLFLOW_TRACKING_URI` to your own MLflow and restart.",
    StoreGone: "Check that the file or folder is where `MLFLOW_TRACKING_URI` says, and its disk in place, then try "
    "again. Nothing is lost by this page: it only reads.",
    TrackingError: "Check that MLflow is running and that `MLFLOW_TRACKING_URI` is right, then try again. "
    "Nothing is lost: it only reads.",
}


@contextmanager
def shown(what: str) -> Iterator[None]:
    """Draws an error that a reader can do something about, and ends the page.

    what: the subject of the heading, as in "The report cannot be shown".
    """
    try:
        yield
    except BatchZeroError as error:
        step = _next(error)
        missing = isinstance(error, StoreMissing)
        st.title("There is no history yet" if missing else f"{what} cannot be shown", anchor=False)
        unreachable = isinstance(error, TrackingError) and not missing
        icon = "cloud_off" if unreachable else "inbox" if missing else "error"
        text = error.without_names if isinstance(error, UnknownExperiment) else error
        (st.info if missing else st.error)(sentence(text), icon=f":material/{icon}:")
        if isinstance(error, UnknownExperiment):
            _others(error)
        if step:
            st.markdown(step)
            try_again()
        st.stop()


@contextmanager
def shown_here(kind: type[BatchZeroError] = TrackingError) -> Iterator[None]:
    """Draws an error in its place and lets the rest of the page stand. kind: of which; by default of the tracking
    store."""
    try:
        yield
    except kind as error:
        st.error(sentence(error.advised), icon=":material/cloud_off:")


def outage(error: TrackingError, read: str) -> None:
    """Draws that the store does not answer, with what to do next, above what it said when it last did. read: of when
    that is; a line that stays in sight with the button, however far a reader has scrolled."""
    with st.container(key="outage"):
        st.error(f"{sentence(error)}.", icon=":material/cloud_off:")
        st.markdown(_next(error) or "")
    with st.container(key="outage-bar", horizontal=True, vertical_alignment="center"):
        with st.container(key="outage-line"):
            st.html(f"<p>{as_html(read)}</p>")
        try_again()


def _next(error: BatchZeroError) -> str | None:
    return next((text for kind, text in NEXT.items() if isinstance(error, kind)), None)


def try_again() -> None:
    """Draws a button after which ``frame.refreshed`` is true once."""
    st.button("Try again", icon=":material/refresh:", key="try-again")


def _others(error: UnknownExperiment) -> None:
    """The nearest first, as links."""
    names = sorted(error.known, key=lambda name: name != error.nearest)
    nearest = {error.nearest: " (the nearest)"}
    links = [f'<a href="?experiment={quote(name)}">{as_html(name)}</a>{nearest.get(name, "")}' for name in names]
    st.html(f'<p class="others">Experiments that there are: {", ".join(links)}</p>')
