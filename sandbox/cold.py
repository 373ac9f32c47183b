"""A child that begins with Python itself, and imports its libraries once it is confined."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import IO, Protocol

SANDBOX = Path(__file__).parent
START = SANDBOX / "child" / "start.py"
MOST_THREADS = 8
"""Of each native library: each thread takes some of the address space, and BLAS hangs where there is none left."""

LOOK_EVERY_S = 0.002


class Child(Protocol):
    """A process that holds a model, in a session and a process group of its own.

    pid: of the process. parent: of the one whose child it is."""

    pid: int
    parent: int

    def ended(self, within_s: float) -> int | None:
        """Its exit code, or the number of the signal that ended it with a minus; None where it still runs then."""

    def kill(self) -> None:
        """Ends it, and whatever is in its group. It may have ended."""

    def bury(self) -> None:
        """Ends it, and waits until nothing of it is left."""


class ColdChild:
    """requests, answers: the child's ends of the pipes. remarks: where its standard error goes."""

    def __init__(self, requests: int, answers: int, remarks: IO[bytes], folder: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", START],
            cwd=folder,
            env=environment(folder),
            stdin=requests,
            stdout=answers,
            stderr=remarks,
            start_new_session=True,
        )
        self.pid, self.parent = self._process.pid, os.getpid()
        self._lock = Lock()

    def ended(self, within_s: float) -> int | None:
        end = time.monotonic() + within_s
        while (code := self._code()) is None and time.monotonic() < end:
            time.sleep(LOOK_EVERY_S)
        return code

    def _code(self) -> int | None:
        with self._lock:
            return self._process.poll()

    def kill(self) -> None:
        with self._lock:
            if self._process.poll() is None:
                os.killpg(self.pid, signal.SIGKILL)

    def bury(self) -> None:
        with suppress(ProcessLookupError):  # nothing of it is left, which is what was to be
            os.killpg(self.pid, signal.SIGKILL)  # what it may have started outlives it where there is no seccomp
        self._process.wait()


def environment(folder: str) -> dict[str, str]:
    """All that a child has of it. folder: its own."""
    threads = str(min(MOST_THREADS, os.cpu_count() or 1))
    return {
        "PATH": os.defpath,
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
        "JOBLIB_MULTIPROCESSING": "0",  # its processes and shared memory would be denied
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "JE_ARROW_MALLOC_CONF": "background_thread:false",  # a thread would not live through a fork
        "MALLOC_ARENA_MAX": "2",  # every thread would reserve 64 MB of the address space for itself
    }
