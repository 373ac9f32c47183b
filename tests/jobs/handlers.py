"""Jobs of the tests. Each leaves a line in the file that its payload names, so that what ran is known from outside."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from batch_zero.errors import BatchZeroError

Told = Callable[..., None]

WORKER = "TESTS_JOBS_WORKER"
"""The process of the worker, which need not be a job's parent."""


def steps(payload: Mapping[str, Any], progress: Told) -> dict[str, Any]:
    """So many tenths of a second."""
    _mark(payload, "begun")
    for step in range(payload["steps"]):
        progress(step, payload["steps"], "a step")
        time.sleep(0.1)
    _mark(payload, "done")
    return {"n": payload.get("n"), "pid": os.getpid(), "came": "all steps done"}


def wait(payload: Mapping[str, Any], _: Told) -> None:
    """Until the file is there."""
    while not Path(payload["file"]).exists():
        time.sleep(0.05)


def grow(payload: Mapping[str, Any], _: Told) -> None:
    """With a child of its own; each writes a line every 20 ms for ever, deaf to SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    writing = (
        "import signal, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True:\n"
        "    open(sys.argv[1], 'a').write('x\\n'); time.sleep(0.02)"
    )
    subprocess.Popen([sys.executable, "-c", writing, payload["file"]])
    while True:
        _mark(payload, "x")
        time.sleep(0.02)


class InVain(BatchZeroError):
    in_vain = True
    status = 503


def fail(payload: Mapping[str, Any], _: Told) -> None:
    if payload.get("in_vain"):
        raise InVain("it is no model")
    if payload.get("ours"):
        raise BatchZeroError("it got 3, expected 4", hint="Try 4.")
    if payload.get("full"):
        raise OSError(errno.ENOSPC, "No space left on device", "/srv/batches/of-ours/7.parquet")
    raise ValueError("postgresql://ada:hunter2@host/db is no number")


def crash(payload: Mapping[str, Any], _: Told) -> None:
    os.kill(os.getpid(), payload["signal"])


def leave(*_: object) -> None:
    os._exit(3)


def end_worker(payload: Mapping[str, Any], _: Told) -> None:
    """As a job does that takes the machine's memory."""
    _mark(payload, "begun")
    os.kill(int(os.environ[WORKER]), signal.SIGKILL)
    time.sleep(60)


def large(payload: Mapping[str, Any], _: Told) -> str:
    return "x" * payload["bytes"]


def half(*_: object) -> str:
    return "\ud800"


def odd(*_: object) -> object:
    print('{"result": "not this"}')
    return object()


def _mark(payload: Mapping[str, Any], word: str) -> None:
    if "file" in payload:
        with Path(payload["file"]).open("a") as file:
            file.write(f"{payload.get('n', '')} {word}\n")


class Lender:
    """Of a pipe's end, for one job after the other."""

    def __enter__(self) -> "Lender":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def lent(self) -> BinaryIO:
        ours, its = os.pipe()
        os.write(its, b"lent")
        os.close(its)
        return os.fdopen(ours, "rb", buffering=0)


def borrow(_: Mapping[str, Any], __: Told, lent: int) -> dict[str, Any]:
    """inherited: by a program that it starts."""
    listed = subprocess.run(["/bin/sh", "-c", f"test -e /proc/self/fd/{lent}"], close_fds=False, check=False)
    return {"read": os.read(lent, 10).decode(), "inherited": listed.returncode == 0}


def forked(_: Mapping[str, Any], __: Told) -> dict[str, Any]:
    """Of a process that had NumPy before the job was begun: another draw than any other job's."""
    import numpy as np

    return {"parent": os.getppid(), "session": os.getsid(0) == os.getpid(), "draw": float(np.random.random())}


def sweep(_: Sequence[Mapping[str, Any]]) -> None:
    """There is nothing to remove."""
