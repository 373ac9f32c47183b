"""A worker that dies at any moment: every job ends, and has one result."""

import random
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from jobs.errors import UnknownJob
from jobs.job import ENDED, State
from jobs.kept.store import Store
from jobs.queue import Queue
from jobs.tending import Tending
from tests.jobs.conftest import Workers, ended, running, until
from tests.jobs.worker import BOUNDS, KINDS

pytestmark = pytest.mark.slow


def test_of_a_worker_that_is_killed_twenty_times_no_job_is_lost_or_told_twice(
    queue: Queue, url: str, workers: Workers, tmp_path: Path
) -> None:
    """Each worker lives until one job more is done, however slow the machine, and a random while longer."""
    rng, marks, jobs = random.Random(7), tmp_path / "marks", []
    marks.touch()
    for _ in range(20):
        done = marks.read_text().count(" done")
        worker = workers.start(url, ready=False)
        jobs += [
            queue.enqueue("steps", {"steps": rng.randint(1, 12), "n": f"n{len(jobs) + place}", "file": str(marks)})
            for place in range(2)
        ]
        until(lambda worker=worker: "taking jobs" in worker.said())
        until(lambda done=done: marks.read_text().count(" done") > done)
        time.sleep(rng.uniform(0, 1.5))
        worker.kill()
    workers.start(url)
    found = [ended(queue, job, 120) for job in jobs]
    assert len(jobs) == 40
    for place, job in enumerate(found):
        if job.state is State.SUCCEEDED:
            assert job.result["n"] == f"n{place}"
        else:
            assert job.state is State.FAILED
            assert "its worker ended under it, 3 times" in str(job.reason)
        assert job.attempts <= 3
    counted = Counter(marks.read_text().splitlines())
    for place, job in enumerate(found):
        assert counted[f"n{place} begun"] <= 3
        assert (counted[f"n{place} done"] > 0) >= (job.state is State.SUCCEEDED)
    assert sum(job.state is State.SUCCEEDED for job in found) > 30
    assert all(job.state in ENDED for job in queue.list(most=100).jobs)


def test_with_its_worker_dies_every_process_of_a_job(queue: Queue, url: str, workers: Workers, tmp_path: Path) -> None:
    worker, marks = workers.start(url), tmp_path / "marks"
    queue.enqueue("grow", {"file": str(marks)})
    until(lambda: marks.exists() and len(marks.read_text().splitlines()) > 10)
    below = psutil.Process(worker.process.pid).children(recursive=True)
    assert len(below) >= 3
    worker.kill()
    until(lambda: not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in below), 5)


def test_a_job_that_ends_its_worker_is_begun_three_times_and_then_failed(
    queue: Queue, url: str, workers: Workers, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    job = queue.enqueue("end_worker", {"file": str(marks)})
    for _ in range(3):
        assert workers.start(url, ready=False).process.wait(120) == -signal.SIGKILL
    workers.start(url)
    found = ended(queue, job)
    assert (found.state, found.attempts) == (State.FAILED, 3)
    assert found.reason == "its worker ended under it, 3 times: it is not begun again"
    assert marks.read_text().count("begun") == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_end_gives_back_what_has_not(
    queue: Queue, url: str, workers: Workers, number: int
) -> None:
    worker = workers.start(url)
    short, long = queue.enqueue("steps", {"steps": 8}), queue.enqueue("steps", {"steps": 60})
    running(queue, short)
    running(queue, long)
    begun = time.monotonic()
    assert worker.end(number) == 128 + number
    assert time.monotonic() - begun < 8
    assert ("ended by SIGTERM" if number == signal.SIGTERM else "interrupted") in worker.said()
    assert queue.status(short).state is State.SUCCEEDED
    back = queue.status(long)
    assert (back.state, back.attempts) == (State.QUEUED, 0)  # that was not the job's fault
    workers.start(url)
    assert ended(queue, long).state is State.SUCCEEDED


def test_a_job_that_is_a_workers_and_done_by_nobody_is_run_again(queue: Queue, url: str, workers: Workers) -> None:
    """As after an end that could not be kept."""
    workers.start(url)
    done = queue.enqueue("steps", {"steps": 1})
    ended(queue, done)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as database, database:
        database.execute("UPDATE workflow_status SET status = 'PENDING', completed_at = NULL")
    assert queue.status(done).state is State.RUNNING
    assert ended(queue, done).attempts == 2


def test_a_worker_whose_file_is_replaced_ends(url: str, workers: Workers) -> None:
    worker = workers.start(url)
    Path(url.removeprefix("sqlite:///")).unlink()
    assert worker.process.wait(120) == 2
    assert "was replaced while it was open" in worker.said()


def test_what_ended_long_ago_is_forgotten(queue: Queue, url: str) -> None:
    ended_now, waits = queue.enqueue("steps", {"steps": 1}), queue.enqueue("steps", {"steps": 1})
    queue.cancel(ended_now)
    Tending(Store(url), KINDS, replace(BOUNDS, keep_days=1), 1).tend(())
    assert queue.status(ended_now).state is State.CANCELLED
    time.sleep(1.1)  # SQLite's clock has whole seconds
    Tending(Store(url), KINDS, replace(BOUNDS, keep_days=1e-9), 1).tend(())
    with pytest.raises(UnknownJob):
        queue.status(ended_now)
    assert queue.position(waits) == 1


def test_what_cancelled_jobs_left_is_removed_now_and_then_and_what_is_wanted_stays(
    queue: Queue, url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[object] = []
    monkeypatch.setattr("tests.jobs.handlers.sweep", calls.append)
    queue.enqueue("swept", {"n": "waits"})
    queue.cancel(queue.enqueue("swept", {"n": "cancelled"}))
    tending = Tending(Store(url), KINDS, replace(BOUNDS, sweep_every_s=0.2), 1)
    tending.tend(())
    tending.tend(())
    assert calls == [[{"n": "waits"}]]
    time.sleep(0.3)
    monkeypatch.setattr("tests.jobs.handlers.sweep", _cannot)
    tending.tend(())
    assert calls == [[{"n": "waits"}]] * 2
    Tending(Store(url), KINDS, BOUNDS, 1).tend(())
    assert "what jobs left behind could not be removed" in caplog.text


def _cannot(_: object) -> None:
    raise PermissionError("not ours")
