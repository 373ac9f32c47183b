"""A live server and its worker, and what is left of them and by them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.api import load
from tests.testbench.corpus.doors.answers import said
from tests.testbench.corpus.world import SECRET

WAIT_S = 60.0


def until(holds: Callable[[], object], seconds: float = WAIT_S) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@dataclass(frozen=True)
class Stack:
    """scratch: the worker's temporary folder. at_rest: what lay there, and how many processes it had, before anything
    came."""

    home: Path
    server: load.Part
    worker: load.Part
    url: str
    scratch: Path
    at_rest: tuple[list[str], int]

    @property
    def uploads(self) -> Path:
        return self.home / "uploads"

    def afterwards(self) -> list[str]:
        """What is not as it should be: one that died, a file, a process or a word that should not be there."""
        found = [f"the {part.name} died" for part in (self.server, self.worker) if part.process.poll() is not None]
        if not found and not until(lambda: at_rest(self.worker, self.scratch) == self.at_rest):
            found.append(f"not at rest: {at_rest(self.worker, self.scratch)}, before {self.at_rest}")
        for part in (self.server, self.worker):
            found += [f"{what} in the log of the {part.name}" for what in said(part.log.read_text(errors="replace"))]
        return found


def at_rest(worker: load.Part, scratch: Path) -> tuple[list[str], int]:
    return left(scratch), len(psutil.Process(worker.process.pid).children(recursive=True))


@contextmanager
def running(home: Path, env: dict[str, str]) -> Iterator[Stack]:
    scratch = home / "scratch"
    scratch.mkdir()
    secret = {"CORPUS_SECRET": SECRET, **env}
    server, url = load.server(home, **secret)
    try:
        worker = load.worker(home, TMPDIR=str(scratch), **secret)
        try:
            yield Stack(home, server, worker, url, scratch, _settled(worker, scratch))
        finally:
            worker.end()
    finally:
        server.end()


def _settled(worker: load.Part, scratch: Path) -> tuple[list[str], int]:
    """When the warm parent has begun: the same for three seconds."""
    seen, since = at_rest(worker, scratch), time.monotonic()
    while time.monotonic() - since < 3:
        time.sleep(0.3)
        if (now := at_rest(worker, scratch)) != seen:
            seen, since = now, time.monotonic()
    return seen
