"""What a reader is at: the upload that the address names, and the work that a worker does for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from batch_zero.errors import BatchZeroError
from batch_zero.installation import called
from jobs.errors import JobsError, UnknownJob
from jobs.job import ENDED, Job, State
from jobs.queue import Queue
from testbench import uploads
from testbench.uploads import Upload
from ui import problems
from ui.markup import plain, sentence

UPLOAD, TEST = "upload", "test"
"""In the address."""

LAST = "last-upload"
LOOK_EVERY_S = 0.7


@dataclass(frozen=True)
class Desk:
    """queue: of jobs. place: where uploads lie. most_mb: of one upload."""

    queue: Queue
    place: Path
    most_mb: int

    @property
    def upload(self) -> Upload | None:
        """The one that the address names; None where it names none, or one that has been removed."""
        key = st.query_params.get(UPLOAD)
        return self._there(key) if key is not None else None

    def _there(self, key: str) -> Upload | None:
        try:
            found = uploads.known(self.place, key)
            found.said()
        except BatchZeroError:
            return None
        return found

    @property
    def last(self) -> Upload | None:
        """The one that was open last in this browser tab, as long as it is there."""
        key = st.session_state.get(LAST)
        return self._there(key) if key is not None else None

    @property
    def is_gone(self) -> bool:
        """The address names an upload, and it is not there."""
        return UPLOAD in st.query_params and self.upload is None

    def begin(self) -> Upload:
        return uploads.begin(self.place, self.queue.payloads(), self.most_mb)

    def ask(self, upload: Upload, part: str, **more: Any) -> None:
        """Has a worker leave ``part`` beside the upload. Raises JobsError."""
        title, key = f"a look at {upload.said()['name']}", f"{part} of {upload.key}"
        job_id = self.queue.enqueue("model_look", {"upload": upload.key, **more}, key=key, title=title)
        upload.write(_note(part), job_id.encode())

    def asked(self, upload: Upload, part: str) -> Job | None:
        """The work that was asked for last; None where there is none, or it is forgotten."""
        note = upload.given(_note(part))
        if note is None:
            return None
        try:
            return self.queue.status(note.read_text())
        except UnknownJob:
            return None

    def failure(self, upload: Upload, part: str) -> str:
        """Why what was asked for last could not be done; empty where it could, or is going on."""
        job = self.asked(upload, part)
        return (job.reason or "") if job is not None and job.state is State.FAILED else ""

    def awaited(self, upload: Upload, part: str, doing: str, **more: Any) -> Mapping[str, Any] | None:
        """What the worker left; None while it has not, which is drawn. more: as for ``ask``, where it failed."""
        job = self.asked(upload, part)
        if job is not None and job.state not in ENDED:
            follow(self.queue, job.id, doing)
            return None
        if job is not None and job.state is not State.SUCCEEDED:
            if job.state is State.CANCELLED:
                st.info("This was cancelled.", icon=":material/cancel:")
            else:
                st.error(sentence(job.reason or "This failed."), icon=":material/error:")
            with problems.shown_here(JobsError):
                if not job.in_vain and st.button("Run it again", key=f"again-{part}", icon=":material/replay:"):
                    self.ask(upload, part, **more)
                    st.rerun()
            return None
        return upload.seen(part)


def _note(part: str) -> str:
    return f"{part}.job"


def open_upload(key: str | None) -> None:
    """Into the address, where it survives a reload; None for another model."""
    st.session_state[LAST] = key
    st.query_params.pop(TEST, None)
    if key is None:
        st.query_params.pop(UPLOAD, None)
    else:
        st.query_params[UPLOAD] = key


@st.fragment(run_every=LOOK_EVERY_S)
def follow(queue: Queue, job_id: str, doing: str) -> None:
    """Draws how far a job is, with a button that ends it, and the whole page again when it has ended."""
    with problems.shown_here(JobsError):
        job = queue.status(job_id)
        if job.state in ENDED:
            st.rerun()
        _draw(queue, job, doing)


def _draw(queue: Queue, job: Job, doing: str) -> None:
    progress = job.progress
    if progress is not None and progress.of:
        st.progress(min(1.0, progress.step / progress.of), plain(f"{progress.step} of {progress.of} · {progress.text}"))
    elif job.state is State.QUEUED:
        st.progress(0.0, plain(f"{doing}: place {job.position or 1} in the queue"))
    else:
        st.progress(0.0, plain(f"{doing} …"))
    if not queue.workers():
        st.warning("No worker is running, so nothing of this goes on. To start one:", icon=":material/pause_circle:")
        st.code(called("jobs"), language="bash")
    st.button("Cancel", key=f"cancel-{job.id}", icon=":material/cancel:", on_click=_cancel, args=(queue, job.id))


def _cancel(queue: Queue, job_id: str) -> None:
    """It may have ended meanwhile, which the run that follows shows."""
    try:
        queue.cancel(job_id)
    except JobsError as error:
        st.toast(sentence(error.advised))
