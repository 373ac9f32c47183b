"""Step 5: a test as it goes on, and what came of it, wherever it was asked for."""

from collections.abc import Callable

import streamlit as st

from batch_zero import formats
from batch_zero.text import as_html, one_line
from jobs.errors import JobsError
from jobs.job import ENDED, Job, State, word
from testbench import uploads
from testbench.result import TestResult
from testbench.sections import results
from testbench.sections.session import TEST, UPLOAD, Desk, follow
from ui import problems
from ui.markup import sentence

MOST = 8
MOST_SAID = 300
"""Characters of what is said of one in the list."""


def show(desk: Desk, load: Callable[[str], TestResult]) -> None:
    """load: the test of a run, by its id."""
    job_id = st.query_params.get(TEST)
    if job_id is not None:
        st.header("5 · Results", anchor="results")
        with problems.shown_here(JobsError):
            _one(desk, desk.queue.status(job_id), load)
    with problems.shown_here(JobsError):
        _latest(desk, job_id)


def _one(desk: Desk, job: Job, load: Callable[[str], TestResult]) -> None:
    if job.state not in ENDED:
        follow(desk.queue, job.id, "Testing")
    elif job.state is State.SUCCEEDED:
        with problems.shown_here(), st.spinner("Reading the result from MLflow", show_time=True):
            run_id = str(job.result["run_id"])
            result = load(run_id)
            about = f"{result.model}, {result.description.model_class}, tested {formats.moment(job.ended)}"
            link = f'<a href="tests?run={as_html(run_id)}">{as_html(run_id)}</a>'
            kept = f"Kept as {link}, to compare it and to run it again."
            st.html(f'<p class="who">{as_html(one_line(about, 300))}. {kept}</p>')
            _download(result, run_id)
            results.show(result, "result")
            st.html(f'<p class="who">{kept}</p>')
    else:
        if job.state is State.CANCELLED:
            st.info("This test was cancelled.", icon=":material/cancel:")
        else:
            st.error(sentence(job.reason or "The test failed."), icon=":material/error:")
        if not job.in_vain:
            st.button("Run it again", icon=":material/replay:", on_click=_again, args=(desk, job.id), key="again-test")


def _download(result: TestResult, run_id: str) -> None:
    def html() -> str:
        from testbench.output.html import to_html

        return to_html(result, run_id)

    name = {"file_name": f"test-{run_id}.html", "mime": "text/html", "on_click": "ignore"}
    st.download_button("Download as HTML", data=html, icon=":material/download:", key="result-html", **name)  # type: ignore[arg-type]


def _again(desk: Desk, job_id: str) -> None:
    try:
        st.query_params[TEST] = desk.queue.retry(job_id)
    except JobsError as error:
        st.toast(sentence(error.advised))


@st.fragment(run_every=5)
def _latest(desk: Desk, shown: str | None) -> None:
    """Those that came by the API as well: they appear while they run."""
    jobs = [job for job in desk.queue.list(kind=uploads.TEST, most=MOST).jobs if job.id != shown]
    if not jobs:
        return
    st.header("Other tests" if shown else "The latest tests", anchor=False)
    kept = {UPLOAD: st.query_params[UPLOAD]} if UPLOAD in st.query_params else {}
    st.html(f'<ul class="findings">{"".join(_line(job, kept) for job in jobs)}</ul>')


def _line(job: Job, kept: dict[str, str]) -> str:
    """What is known of it by its job, and what came of it."""
    address = "&amp;".join(f"{as_html(name)}={as_html(value)}" for name, value in {**kept, TEST: job.id}.items())
    progress = f": {job.progress.text}" if job.progress and job.state is State.RUNNING else ""
    said = job.came or job.reason
    came = f": {said}" if job.state in ENDED and said else progress
    about = one_line(f"{word(job.state)}, {formats.moment(job.ended or job.began or job.enqueued)}{came}", MOST_SAID)
    return f'<li><a href="?{address}#results">{as_html(job.title or job.id)}</a>, {as_html(about)}</li>'
