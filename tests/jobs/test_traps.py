"""The eight traps of DBOS 3.4, a test each: an upgrade shows here what has changed."""

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from jobs.job import State
from jobs.kept.slots import name
from jobs.kept.store import FUNCTION, QUEUE, Store
from jobs.queue import Queue
from tests.conftest import ROOT
from tests.jobs.conftest import Workers, ended, running, until

pytestmark = pytest.mark.slow


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def sql(url: str, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as database, database:
        return database.execute(statement).fetchall()


def test_1_a_second_worker_of_a_slot_is_refused_and_runs_nothing(
    queue: Queue, url: str, workers: Workers, tmp_path: Path
) -> None:
    workers.start(url)
    job = queue.enqueue("steps", {"steps": 30, "file": str(tmp_path / "marks")})
    running(queue, job)
    second = workers.start(url, ready=False)
    assert second.process.wait(120) == 2
    assert "slot 1: another worker has it" in second.said()
    assert "--slot 2" in second.said()
    assert ended(queue, job).state is State.SUCCEEDED
    assert lines(tmp_path / "marks") == [" begun", " done"]


def test_2_what_a_dead_worker_of_another_slot_left_is_run_by_a_living_one(
    queue: Queue, url: str, workers: Workers, tmp_path: Path
) -> None:
    first = workers.start(url, 1)
    job = queue.enqueue("wait", {"file": str(tmp_path / "go on")})
    running(queue, job)
    workers.start(url, 2)
    first.kill()
    until(lambda: queue.status(job).attempts == 2)
    (tmp_path / "go on").touch()
    found = ended(queue, job)
    assert (found.state, found.attempts) == (State.SUCCEEDED, 2)


def test_2_while_no_worker_lives_a_job_whose_worker_died_is_called_lost(
    queue: Queue, url: str, workers: Workers
) -> None:
    first = workers.start(url)
    job = queue.enqueue("steps", {"steps": 20})
    running(queue, job)
    first.kill()
    found = queue.status(job)
    assert found.state is State.LOST
    assert "the next worker that looks runs it again" in str(found.hint)
    assert [each.id for each in queue.list({State.LOST}).jobs] == [job]
    assert queue.list({State.RUNNING}).jobs == []


def test_3_a_workers_code_may_change_while_its_jobs_wait_or_run(queue: Queue, url: str, workers: Workers) -> None:
    first = workers.start(url)
    job = queue.enqueue("steps", {"steps": 20})
    running(queue, job)
    first.kill()
    versions = sql(url, "SELECT DISTINCT application_version FROM workflow_status")
    assert versions == [("1",)]  # no hash of the source
    workers.start(url, DBOS__APPVERSION="after-a-change", DBOS__VMID="another-machine")  # what DBOS would go by
    assert ended(queue, job).state is State.SUCCEEDED


def test_4_a_kind_that_a_worker_does_not_know_fails_and_holds_up_nobody(
    queue: Queue, url: str, workers: Workers
) -> None:
    store = Store(url)
    with store.client() as client:  # as by a program of a later version; three are as many as run at a time
        for place in range(3):
            given = {"workflow_name": FUNCTION, "queue_name": QUEUE, "workflow_id": f"later-{place:016x}"}
            client.enqueue(given, "later", {})
    assert queue.status(f"later-{1:016x}").hint == "no job of this kind is known here"
    job = queue.enqueue("steps", {"steps": 1})
    workers.start(url)
    assert ended(queue, job).state is State.SUCCEEDED
    for place in range(3):
        found = ended(queue, f"later-{place:016x}")
        assert (found.state, found.reason) == (State.FAILED, "this worker knows no job of the kind 'later'")


def test_5_cancel_stops_all_processes_of_a_job_within_two_seconds(
    queue: Queue, url: str, workers: Workers, tmp_path: Path
) -> None:
    workers.start(url)
    marks = tmp_path / "marks"
    job = queue.enqueue("grow", {"file": str(marks)})
    until(lambda: lines(marks).count("x") > 5 and lines(marks).count(" x") > 5)  # the child's, and its child's
    queue.cancel(job)
    time.sleep(2)
    there = len(lines(marks))
    time.sleep(0.5)
    assert len(lines(marks)) == there
    found = queue.status(job)
    assert (found.state, found.result, found.reason) == (State.CANCELLED, None, None)
    assert ended(queue, queue.enqueue("steps", {"steps": 1})).state is State.SUCCEEDED


def test_6_a_client_may_come_before_the_first_worker(queue: Queue, url: str, workers: Workers) -> None:
    assert queue.list().jobs == []
    job = queue.enqueue("steps", {"steps": 1})
    found = queue.status(job)
    assert (found.state, found.position) == (State.QUEUED, 1)
    assert "no worker has taken it for " in str(found.hint)
    workers.start(url)
    assert ended(queue, job).state is State.SUCCEEDED


def test_7_the_journal_is_a_write_ahead_log_and_stays_one(queue: Queue, url: str, workers: Workers) -> None:
    queue.list()
    assert sql(url, "PRAGMA journal_mode") == [("wal",)]
    workers.start(url)
    ended(queue, queue.enqueue("steps", {"steps": 1}))
    assert sql(url, "PRAGMA journal_mode") == [("wal",)]
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        assert len(queue.list().jobs) == 1  # who reads does not wait for who writes
        assert time.monotonic() - begun < 2


def test_8_what_is_stored_is_json_and_runs_no_code(queue: Queue, url: str, workers: Workers) -> None:
    workers.start(url)
    ended(queue, queue.enqueue("steps", {"steps": 1, "n": "é"}))
    ended(queue, queue.enqueue("fail", {}))
    stored = sql(url, "SELECT DISTINCT serialization FROM workflow_status")
    assert stored == [("portable_json",)]
    inputs = [str(text) for (text,) in sql(url, "SELECT inputs FROM workflow_input")]
    assert len(inputs) == 2
    assert all(json.loads(text)["positionalArgs"][0] in {"steps", "fail"} for text in inputs)


def test_names_of_slots_are_what_dbos_knows_workers_by(queue: Queue, url: str, workers: Workers) -> None:
    workers.start(url, 7)
    ended(queue, queue.enqueue("steps", {"steps": 1}))
    assert sql(url, "SELECT DISTINCT executor_id FROM workflow_status") == [(name(7),)]
    assert queue.workers() == [7]


def test_dbos_is_not_imported_before_a_queue_is_asked() -> None:
    script = (
        "import sys; from jobs.queue import Queue; from jobs.kept.store import Store; from jobs.kinds import KINDS;"
        "from jobs.bounds import Bounds; Queue(Store('sqlite:////nowhere/jobs.db'), KINDS, Bounds());"
        "import api.app, jobs.sections.listed;"
        "print({'dbos', 'sqlalchemy', 'filelock'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
