"""What page, API and commands ask of the queue, while no worker is there; and what is said where it cannot be used."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from batch_zero import secrets
from jobs.errors import BusyError, JobRefused, JobsAddress, JobsUnreachable, UnknownJob, WrongState
from jobs.job import State
from jobs.kept.store import Store
from jobs.queue import Queue
from tests.conftest import ROOT
from tests.jobs.worker import BOUNDS, KINDS
from tests.modes import OBEYING, closed


def test_jobs_wait_in_the_order_in_which_they_came(queue: Queue) -> None:
    jobs = [queue.enqueue("steps", {"steps": 1}) for _ in range(4)]
    assert [queue.position(job) for job in jobs] == [1, 2, 3, 4]
    queue.cancel(jobs[1])
    assert [queue.position(job) for job in jobs] == [1, None, 2, 3]


def test_an_unknown_kind_and_a_payload_that_is_none_are_refused_before_anything_is_stored(
    queue: Queue, tmp_path: Path
) -> None:
    with pytest.raises(JobRefused, match="kind: got 'stepps', expected one of steps, grow"):
        queue.enqueue("stepps", {})
    for payload in ({"a": object()}, {"a": float("nan")}, {"a": {1, 2}}, {"a": "\ud800"}):
        with pytest.raises(JobRefused, match="payload: got what JSON cannot hold"):
            queue.enqueue("steps", payload)
    with pytest.raises(JobRefused, match="payload: got 5,010 bytes of JSON, expected 4,096 at most"):
        queue.enqueue("steps", {"a": "x" * 5001})
    assert not [file for file in tmp_path.iterdir() if "queue" in file.name]
    assert queue.list().jobs == []


def test_one_more_than_may_wait_is_told_to_come_again(queue: Queue) -> None:
    for place in range(BOUNDS.most_queued):
        queue.enqueue("steps", {"steps": 1}, key=f"k{place}")
    with pytest.raises(BusyError, match="30 jobs are waiting") as caught:
        queue.enqueue("steps", {"steps": 1})
    assert (caught.value.status, caught.value.retry_after_s) == (503, 15)
    assert queue.enqueue("steps", {"steps": 1}, key="k0") == queue.list(cursor="29").jobs[0].id
    queue.cancel(queue.list().jobs[0].id)
    queue.enqueue("steps", {"steps": 1})


def test_of_one_key_one_job_waits_or_runs(queue: Queue) -> None:
    first = queue.enqueue("steps", {"steps": 1}, key="retrain")
    assert queue.enqueue("steps", {"steps": 2}, key="retrain") == first
    queue.cancel(first)
    assert queue.enqueue("steps", {"steps": 2}, key="retrain") != first


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("churn.joblib", "churn.joblib"),
        ("a\nb\u202ec", "a b\\u202ec"),
        ("x" * 500, "x" * 100),
        ("\u202e" * 100, "\\u202e" * 16 + "\\u2…"),
        ("\ud800", "\\ud800"),
        ("", None),
        (None, None),
    ],
)
def test_a_job_has_a_title_that_its_retry_has_too(queue: Queue, title: str | None, kept: str | None) -> None:
    job = queue.enqueue("steps", {"steps": 1}, title=title)
    assert (queue.status(job).title, queue.list().jobs[0].as_json()["title"]) == (kept, kept)
    queue.cancel(job)
    assert queue.status(queue.retry(job)).title == kept


def test_ten_clients_at_once_each_get_a_job_of_their_own(url: str) -> None:
    def put(n: int) -> list[str]:
        own = Queue(Store(url), KINDS, BOUNDS)  # the first to come makes the tables
        return [own.enqueue("steps", {"steps": 1, "n": n}) for _ in range(2)]

    with ThreadPoolExecutor(10) as pool:
        jobs = [job for pair in pool.map(put, range(10)) for job in pair]
    assert len(set(jobs)) == 20
    assert {job.id for job in Queue(Store(url), KINDS, BOUNDS).list().jobs} == set(jobs)


def test_a_list_comes_in_pages_the_latest_first_and_by_state_and_kind(queue: Queue) -> None:
    jobs = [queue.enqueue("fail" if place % 2 else "steps", {"steps": 1}) for place in range(7)]
    first = queue.list(most=3)
    second = queue.list(most=3, cursor=first.next)
    third = queue.list(most=3, cursor=second.next)
    found = [*first.jobs, *second.jobs, *third.jobs]
    assert {job.id for job in found} == set(jobs)
    assert len(found) == 7
    assert third.next is None
    assert {job.kind for job in queue.list(kind="fail").jobs} == {"fail"}
    queue.cancel(jobs[0])
    assert [job.id for job in queue.list({State.CANCELLED}).jobs] == [jobs[0]]
    with pytest.raises(JobRefused, match="cursor: got 'x'"):
        queue.list(cursor="x")


def test_what_is_asked_of_the_wrong_job_is_said(queue: Queue) -> None:
    job = queue.enqueue("steps", {"steps": 1})
    with pytest.raises(WrongState, match="got a job that is queued, expected one that failed or was cancelled"):
        queue.retry(job)
    queue.cancel(job)
    with pytest.raises(WrongState, match=r"has ended \(cancelled\), expected one that waits or runs"):
        queue.cancel(job)
    again = queue.status(queue.retry(job))
    assert (again.state, again.retry_of) == (State.QUEUED, job)
    for unknown in ("steps-0123456789abcdef", "", "%", "x" * 10_000, "../etc"):
        for ask in (queue.status, queue.cancel, queue.retry, queue.position):
            with pytest.raises(UnknownJob):
                ask(unknown)


def test_an_address_that_is_none_is_said_without_its_password() -> None:
    for address in ("jobs.db", "sqlite:///", "redis://ada:hunter2@host", ""):
        with pytest.raises(JobsAddress, match=r"BATCH_ZERO_JOBS_URL: got .*, expected sqlite:///FILE or") as caught:
            Store(address)
        assert "hunter2" not in str(caught.value)


def said(ask: Callable[[], object]) -> str:
    begun = time.monotonic()
    with pytest.raises(JobsUnreachable) as caught:
        ask()
    assert time.monotonic() - begun < 20
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_that_is_no_database_is_said(queue: Queue, url: str) -> None:
    Path(url.removeprefix("sqlite:///")).write_bytes(b"this is no database, whatever its name says" * 50)
    assert "cannot be used: file is not a database" in said(queue.list)


def test_a_file_that_breaks_while_it_is_open_is_said(queue: Queue, url: str) -> None:
    queue.enqueue("steps", {"steps": 1})
    file = Path(url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with file.open("r+b") as broken:
        broken.write(b"x" * 8192)
    assert "cannot be used: " in said(lambda: queue.enqueue("steps", {"steps": 1}))


@pytest.mark.slow
def test_a_file_that_somebody_has_locked_is_said_and_not_waited_for_for_ever(queue: Queue, url: str) -> None:
    queue.list()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "database is locked" in said(lambda: queue.enqueue("steps", {"steps": 1}))
    queue.enqueue("steps", {"steps": 1})


def test_a_file_that_was_replaced_is_opened_anew(queue: Queue, url: str) -> None:
    queue.enqueue("steps", {"steps": 1})
    for file in Path(url.removeprefix("sqlite:///")).parent.glob("a queue*"):
        file.unlink()
    assert queue.list().jobs == []
    assert queue.position(queue.enqueue("steps", {"steps": 1})) == 1


@pytest.mark.slow
def test_a_folder_that_may_not_be_written_is_said_by_the_command(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    env = {**os.environ, "BATCH_ZERO_JOBS_URL": f"sqlite:///{folder}/j.db"}
    command = [*OBEYING, sys.executable, "-m", "jobs", "--probe", "1"]
    with closed(folder):
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot be used: " in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be used: " in said(Queue(Store(f"sqlite:///{tmp_path}/file/j.db"), KINDS, BOUNDS).list)


def test_a_full_disk_is_said(queue: Queue) -> None:
    """As SQLite says it where its file may not grow any further."""
    with queue._store.client() as client:
        engine = client._sys_db.engine

    @event.listens_for(engine, "begin")
    def full(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # by which SQLite means as many as there are

    def fill() -> None:
        for _ in range(BOUNDS.most_queued):
            queue.enqueue("steps", {"steps": 1, "x": "x" * 4000})

    assert "database or disk is full" in said(fill)
    event.remove(engine, "begin", full)


def test_a_server_that_does_not_answer_is_said_without_its_password() -> None:
    address = "postgresql://ada:hunter2@127.0.0.1:9/jobs"
    secrets.keep(address)
    text = said(Queue(Store(address), KINDS, BOUNDS).list)
    assert "postgresql://ada:***@127.0.0.1:9/jobs cannot be used" in text
    assert "hunter2" not in text
