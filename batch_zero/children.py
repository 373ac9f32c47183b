"""Further processes of this program: of the same Python, blind to the folder they begin in, and not left behind."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from batch_zero.installation import shipped

END_WITHIN_S = 60.0
"""From being told to end, in order, to being ended."""

PR_SET_PDEATHSIG = 1


def room(name: str, *arguments: str) -> list[str]:
    """One of our own commands."""
    return [sys.executable, "-P", str(shipped("launch.py")), name, *arguments]


def library(name: str, *arguments: str) -> list[str]:
    """A library's command. -P: not a ``streamlit.py`` that somebody has in the working directory."""
    return [sys.executable, "-P", "-m", name, *arguments]


@contextmanager
def running(
    command: Sequence[str],
    env: Mapping[str, str] = os.environ,
    *,
    folder: Path | None = None,
    output: IO[bytes] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Until the end of the block. folder: its working directory; by default ours, as its output is."""
    blind = {**env, "PYTHONSAFEPATH": "1"}  # -P for what it begins itself
    process = subprocess.Popen(command, env=blind, cwd=folder, stdout=output, stderr=output, preexec_fn=_ends_with_us())
    try:
        yield process
    finally:
        if process.poll() is None:  # it is we who were told to end
            process.terminate()
            _end(process)


def _ends_with_us() -> Callable[[], None] | None:
    """What the child does before anything else: it asks to be told to end when we are gone, killed too. Else it would
    keep its port, and nobody could be served by the next. Only Linux tells."""
    if sys.platform != "linux":
        return None
    prctl, us = ctypes.CDLL(None).prctl, os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != us:
            os.kill(os.getpid(), signal.SIGTERM)

    return ask


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
