"""A queue in a file of this test's own, and workers to start on it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobs.job import ENDED, Job, State
from jobs.kept.store import Store
from jobs.queue import Queue
from tests.conftest import ROOT
from tests.jobs.worker import BOUNDS, KINDS


def until(holds: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def _hears_interrupts() -> None:
    """In a process that a shell began in the background Ctrl+C is ignored, and so it is in its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass
class Worker:
    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        return self.log.read_text()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(120)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(120)


class Workers:
    def __init__(self, folder: Path) -> None:
        self._folder, self._all = folder, []

    def start(self, url: str, slot: int = 1, *, ready: bool = True, **env: str) -> Worker:
        log = self._folder / f"worker-{len(self._all)}.log"
        with log.open("wb") as output:
            command = [sys.executable, "-m", "tests.jobs.worker", url, str(slot)]
            env = {**os.environ, **env}
            process = subprocess.Popen(
                command, cwd=ROOT, env=env, stdout=output, stderr=output, preexec_fn=_hears_interrupts
            )
        worker = Worker(process, log)
        self._all.append(worker)
        if ready:
            until(lambda: "taking jobs" in worker.said() or process.poll() is not None)
            assert process.poll() is None, worker.said()
        return worker

    def close(self) -> None:
        for worker in self._all:
            if worker.process.poll() is None:
                worker.kill()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    with closing(Workers(tmp_path)) as started:
        yield started


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'a queue #1, 50%.db'}"


@pytest.fixture
def queue(url: str) -> Queue:
    return Queue(Store(url), KINDS, BOUNDS)


def ended(queue: Queue, job_id: str, seconds: float = 120) -> Job:
    until(lambda: queue.status(job_id).state in ENDED, seconds)
    return queue.status(job_id)


def running(queue: Queue, job_id: str) -> Job:
    until(lambda: queue.status(job_id).state is State.RUNNING and queue.status(job_id).attempts)
    return queue.status(job_id)
