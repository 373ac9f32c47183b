"""How a job can end, and what is told of it."""

import os
import signal

import pytest

from jobs.job import State
from jobs.queue import Queue
from tests.jobs.conftest import Workers, ended, running, until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory):
    """One worker for all of them."""
    from jobs.kept.store import Store
    from tests.jobs.worker import BOUNDS, KINDS

    folder = tmp_path_factory.mktemp("shared")
    started = Workers(folder)
    url = f"sqlite:///{folder / 'jobs.db'}"
    worker = started.start(url)
    yield Queue(Store(url), KINDS, BOUNDS), worker
    started.close()


@pytest.mark.parametrize(
    ("kind", "payload", "reason"),
    [
        ("fail", {"ours": True}, "it got 3, expected 4. Try 4."),
        ("fail", {}, "ValueError: postgresql://ada:***@host/db is no number"),
        ("fail", {"full": True}, "OSError: No space left on device"),
        ("crash", {"signal": signal.SIGSEGV}, "its process crashed (Segmentation fault)"),
        ("crash", {"signal": 40}, "its process crashed (Real-time signal 6)"),
        ("half", {}, "it said what is neither progress nor a result"),
        ("crash", {"signal": signal.SIGKILL}, "its process was ended by SIGKILL, as happens where memory runs out"),
        ("leave", {}, "its process ended with code 3 and without a result"),
        ("large", {"bytes": 9000}, "its result is larger than 8,192 bytes"),
        ("odd", {}, "TypeError: Object of type object is not JSON serializable"),
        ("brief", {"steps": 50}, "it took longer than 0.7 s"),
        ("absent", {}, "ModuleNotFoundError: No module named 'tests.jobs.nowhere'"),
    ],
)
def test_a_job_that_fails_says_why_and_its_worker_goes_on(shared, kind: str, payload: dict, reason: str) -> None:
    queue, worker = shared
    job = queue.enqueue(kind, payload)
    found = ended(queue, job)
    assert (found.state, found.reason, found.result) == (State.FAILED, reason, None)
    assert queue.list({State.FAILED}).jobs[0].reason == reason
    assert worker.process.poll() is None
    assert "hunter2" not in worker.said()


def test_a_list_says_what_came_of_a_job_and_whether_it_would_fail_again(shared) -> None:
    queue, _ = shared
    done, failed = queue.enqueue("steps", {"steps": 1}), queue.enqueue("fail", {"in_vain": True})
    for job in (done, failed):
        ended(queue, job)
    found = {job.id: (job.came, job.in_vain, job.status) for job in queue.list().jobs if job.id in {done, failed}}
    assert found == {done: ("all steps done", False, None), failed: (None, True, 503)}


def test_a_result_comes_back_as_it_was(shared) -> None:
    queue, _ = shared
    assert ended(queue, queue.enqueue("large", {"bytes": 8000})).result == "x" * 8000


def test_what_a_worker_keeps_open_is_lent_to_each_of_its_jobs_and_to_nobody_else(shared) -> None:
    queue, _ = shared
    for job in [queue.enqueue("borrow", {}) for _ in range(3)]:
        assert ended(queue, job).result == {"read": "lent", "inherited": False}


def test_jobs_are_forked_from_one_process_as_long_as_it_is_there(shared) -> None:
    queue, worker = shared

    def result() -> dict:
        return ended(queue, queue.enqueue("forked", {})).result

    until(lambda: result()["parent"] != worker.process.pid)
    first, second = result(), result()
    assert first["parent"] == second["parent"]
    assert first["session"]
    assert first["draw"] != second["draw"]
    os.kill(first["parent"], signal.SIGKILL)
    until(lambda: result()["parent"] not in (first["parent"], worker.process.pid))


def test_one_that_succeeds_after_it_has_failed_has_no_reason(shared) -> None:
    """Its first end could not be kept, as on a full disk, and the second was another one."""
    queue, _ = shared
    job = queue.enqueue("steps", {"steps": 10})
    running(queue, job)
    with queue._store.client(to_write=True) as client:
        client.update_workflow_attributes(job, {"reason": "it got 3, expected 4"}, merge=True)
    assert queue.status(job).reason is None
    found = ended(queue, job)
    assert (found.state, found.reason, found.as_json()["reason"]) == (State.SUCCEEDED, None, None)
    assert {each.reason for each in queue.list({State.SUCCEEDED}).jobs} == {None}


def test_progress_is_seen_while_it_runs(shared) -> None:
    queue, _ = shared
    job = queue.enqueue("steps", {"steps": 25})
    until(lambda: (queue.status(job).progress or queue).__dict__.get("step", 0) > 5)
    found = queue.status(job)
    assert (found.state, found.progress.of, found.progress.text) == (State.RUNNING, 25, "a step")
    assert found.began > found.enqueued
    done = ended(queue, job)
    assert done.ended.timestamp() >= int(done.began.timestamp())


def test_a_failed_job_can_be_retried_and_asking_twice_is_asking_once(shared) -> None:
    queue, _ = shared
    job = queue.enqueue("brief", {"steps": 50, "n": "again"})
    ended(queue, job)
    again = queue.retry(job)
    assert queue.retry(job) == again
    running(queue, again)
    found = ended(queue, again)
    assert (found.state, found.retry_of) == (State.FAILED, job)
    assert queue.retry(job) not in {job, again}  # that one has ended too
