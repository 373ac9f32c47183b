"""The jobs as a list that follows them: what each is at, and buttons to end it or to begin it again."""

from collections.abc import Callable

import streamlit as st

from batch_zero import formats
from batch_zero.installation import called
from batch_zero.text import as_html, capitalized, shortened
from jobs.errors import JobsError
from jobs.job import ENDED, RETRIED, Job, Progress, State, word
from jobs.kinds import KINDS
from jobs.queue import Queue
from ui import notes, problems
from ui.markup import sentence

EVERY_S = 3
MOST = 20
REASON = 300
"""Characters of it that are shown; the API has all."""

MARKS = {
    State.QUEUED: "○",
    State.RUNNING: "●",
    State.LOST: "?",
    State.SUCCEEDED: "✓",
    State.FAILED: "✕",
    State.CANCELLED: "–",
}
"""Each state has a mark and a word."""


@st.fragment(run_every=EVERY_S)
def show(queue: Queue) -> None:
    if said := st.session_state.pop("jobs-said", None):
        st.warning(sentence(said), icon=":material/warning:")
    with problems.shown_here(JobsError):
        page = queue.list(cursor=st.session_state.get("jobs-from"), most=MOST)
        workers = queue.workers()
        if not workers:
            waits = any(job.state not in ENDED for job in page.jobs)
            text = f"No worker is running{', so nothing of this goes on' if waits else ''}. To start one:"
            (st.warning if waits else st.info)(text, icon=":material/pause_circle:")
            st.code(called("jobs"), language="bash")
        if not page.jobs:
            st.info("No job is kept here. A probe shows how one looks: it waits, and does nothing else.")
            st.code(f"{called('jobs')} --probe 20", language="bash")
        for job in page.jobs:
            _row(queue, job)
        _turn(page.next)
        named = f"slot {formats.ranges(workers)}" if workers else "none"
        notes.note(f"Workers: {named}. This list is read again every {EVERY_S} seconds.")


def _row(queue: Queue, job: Job) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"job-{job.id}"):
        state = capitalized(word(job.state))
        st.html(f"<p><strong>{MARKS[job.state]} {state}</strong> {as_html(_about(job))}{_page(job)}</p>")
        if job.state not in ENDED:
            _button(queue.cancel, job, "Cancel", "cancel")
        elif job.state in RETRIED and not job.in_vain:
            _button(queue.retry, job, "Run it again", "replay")


def _button(act: Callable[[str], object], job: Job, label: str, icon: str) -> None:
    key, help_ = f"{act.__name__}-{job.id}", f"{label}: {job.id}"
    st.button(label, key=key, icon=f":material/{icon}:", help=help_, on_click=_do, args=(act, job.id))


def _do(act: Callable[[str], object], job_id: str) -> None:
    """What comes of it, and what does not, is shown by the run that follows: the job may have ended meanwhile."""
    try:
        act(job_id)
    except JobsError as error:
        st.session_state["jobs-said"] = error.advised


def _about(job: Job) -> str:
    when = f"ended {formats.moment(job.ended)}" if job.ended else f"since {formats.moment(job.began or job.enqueued)}"
    parts = [
        job.title or "",
        job.came or "",
        job.id,
        when if job.state is not State.QUEUED else f"waits since {formats.moment(job.enqueued)}",
        f"place {job.position} in the queue" if job.position else "",
        _progress(job.progress) if job.progress and job.state in {State.RUNNING, State.LOST} else "",
        f"begun {formats.times(job.attempts)}" if job.attempts > 1 else "",
        f"again of {job.retry_of}" if job.retry_of else "",
        shortened(job.reason or "", REASON),
        job.hint or "",
    ]
    return " · ".join(part for part in parts if part)


def _page(job: Job) -> str:
    """A link to what shows it, where something does."""
    page = KINDS[job.kind].page if job.kind in KINDS else ""
    return f' · <a href="{as_html(page.format(id=job.id))}">Open</a>' if page else ""


def _progress(progress: Progress) -> str:
    of = f" of {progress.of}" if progress.of is not None else ""
    return f"step {progress.step}{of}{': ' if progress.text else ''}{progress.text}"


def _turn(following: str | None) -> None:
    """To older jobs and back."""
    with st.container(horizontal=True):
        if st.session_state.get("jobs-from"):
            st.button("The latest", key="jobs-latest", on_click=_go, args=(None,))
        if following:
            st.button("Older", key="jobs-older", on_click=_go, args=(following,))


def _go(cursor: str | None) -> None:
    st.session_state["jobs-from"] = cursor
