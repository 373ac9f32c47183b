"""A kept test run again: from the files that stayed with it, or from those that are given again right here."""

from collections.abc import Mapping

import streamlit as st

from batch_zero.errors import BatchZeroError
from batch_zero.installation import called
from batch_zero.text import as_html, one_line, shortened
from testbench import rerun
from testbench.rerun import Again, Came, Needed
from testbench.result import TestResult
from testbench.sections import shelf
from testbench.sections.shelf import Shelf
from testbench.uploads import queued
from ui.markup import sentence

WAITS = "tests-waits"


def show(place: Shelf, run_id: str, result: TestResult) -> None:
    found = Again(place.uri, run_id, result)
    st.header("Run it again", anchor=False)
    st.markdown(sentence(found.sentence))
    came = _given_again(place, found)
    ready = all(one.part in came for one in found.lacking)
    label = "Test these files by the same settings" if found.others(came) else "Run it again"
    how = {"key": "test-again", "disabled": not ready, "on_click": _queue, "args": (place, found, came)}
    st.button(label, icon=":material/replay:", **how)  # type: ignore[arg-type]
    if found.lacking:
        st.markdown("Or in a terminal, with the very same files:")
        command = " ".join([called("testbench"), "--again", run_id, *map(_option, found.lacking)])
        st.code(command, language="bash", wrap_lines=True)
    shelf.said()
    if job := st.session_state.pop(WAITS, None):
        st.html(f'<p class="who"><a href="test_model?test={as_html(job)}#results">How far it is</a></p>')


def _given_again(place: Shelf, found: Again) -> Mapping[str, Came]:
    """By what they are."""
    came = {}
    for one in found.lacking:
        file = st.file_uploader(
            f"The {one.part}, {shortened(one_line(one.name), 80)}",
            key=f"again-{one.part}-{found.run_id}",
            max_upload_size=place.most_mb,
        )
        if file is not None:
            came[one.part] = Came(one_line(str(file.name), 200), file.getbuffer())
            _compare(one, came[one.part])
    return came


def _compare(one: Needed, file: Came) -> None:
    """Whether it is the one that was tested."""
    if file.sha256 == one.sha256:
        st.success(sentence(f"This is the {one.part} that was tested: SHA-256 {file.sha256}."), icon=":material/check:")
    else:
        hashes = f"got SHA-256 {file.sha256}, expected {one_line(one.sha256, 64)}"
        own = "It can be tested by the same settings, seed, schema and policy, as a test of its own."
        text = f"This is not the {one.part} that was tested: {hashes}. {own}"
        st.warning(sentence(text), icon=":material/difference:")


def _option(one: Needed) -> str:
    return {"model": "MODEL"}.get(one.part, f"--{one.part} FILE")


def _queue(place: Shelf, found: Again, came: Mapping[str, Came]) -> None:
    """What comes of it, and what does not, is said by the run of the page that follows."""
    try:
        queue = place.queue()
        with rerun.upload(found, place.uploads, queue.payloads(), place.most_mb, came) as upload:
            job = queued(queue, upload)
    except BatchZeroError as error:
        shelf.say(error.advised)
    else:
        st.session_state[WAITS] = job
        shelf.say(f"Put into the queue as the job {job}.")
