"""The same queue on PostgreSQL, where workers may be on several machines and their locks are the server's."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest

from jobs.job import State
from jobs.kept.store import Store
from jobs.queue import Queue
from tests.jobs.conftest import Workers, ended, running, until
from tests.jobs.worker import BOUNDS, KINDS

pytestmark = pytest.mark.slow


@pytest.fixture
def url(postgres: str) -> Iterator[str]:
    database = f"jobs_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {database}")
        yield postgres.format(database)
        admin.execute(f"DROP DATABASE {database} WITH (FORCE)")


def test_a_queue_on_postgresql(url: str, workers: Workers) -> None:
    queue = Queue(Store(url), KINDS, BOUNDS)
    assert (queue.list().jobs, queue.workers()) == ([], [])
    waits = queue.enqueue("steps", {"steps": 1, "n": "é"})
    assert queue.position(waits) == 1
    first = workers.start(url)
    assert queue.workers() == [1]
    assert ended(queue, waits).result["n"] == "é"
    second = workers.start(url, ready=False)
    assert second.process.wait(120) == 2
    assert "slot 1: another worker has it" in second.said()
    cancelled, left = queue.enqueue("grow", {"file": "/dev/null"}), queue.enqueue("steps", {"steps": 25})
    running(queue, cancelled)
    running(queue, left)
    queue.cancel(cancelled)
    until(lambda: "cancelled" in first.said(), 2)
    first.kill()
    until(lambda: queue.status(left).state is State.LOST, 10)
    workers.start(url, 2)
    found = ended(queue, left)
    assert (found.state, found.attempts) == (State.SUCCEEDED, 2)
    assert queue.status(cancelled).state is State.CANCELLED


def test_a_worker_that_loses_its_lock_ends(url: str, workers: Workers) -> None:
    queue = Queue(Store(url), KINDS, BOUNDS)
    worker = workers.start(url)
    job = queue.enqueue("steps", {"steps": 100})
    running(queue, job)
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 16986")
    assert worker.process.wait(120) == 2
    assert "PostgreSQL does not answer" in worker.said()
    until(lambda: queue.status(job).state in {State.LOST, State.QUEUED})
