"""Children that begin in a moment: forked from a process that has imported their libraries before."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from threading import Lock
from types import TracebackType
from typing import IO, Protocol, Self, TypeVar

from sandbox.cold import START, Child, environment
from sandbox.confinement import confine
from sandbox.ends import how_it_ended
from sandbox.forking.line import Forked, Line
from sandbox.forking.lines import READY
from sandbox.watch import watched

BEGIN_WITHIN_S = 120.0
"""Libraries are imported once."""

T = TypeVar("T")


class Forks(Protocol):
    """What a session has its child from, where that is to begin in a moment."""

    def child(self, requests: int, answers: int, remarks: IO[bytes]) -> Child:
        """As ``ColdChild``; its folder and its environment come with its first request. Raises OSError."""


@dataclass(frozen=True)
class Borrowed:
    line: Line

    def child(self, requests: int, answers: int, remarks: IO[bytes]) -> Child:
        """As ``Forks``."""
        return self.line.forked([requests, answers, remarks.fileno()])


@contextmanager
def borrowed(descriptor: int | None) -> Iterator[Forks | None]:
    """In a process to which a ``WarmParent`` of another one was lent: its descriptor; None where none was."""
    if descriptor is None:
        yield None
        return
    with socket.socket(fileno=descriptor) as control:
        yield Borrowed(Line(control))


class WarmParent:
    """A process from which children are forked, in a ``with`` statement, for many sessions, of several threads too. It
    is begun again where something has ended it. Raises OSError where it cannot be had.

    Only where both Landlock and seccomp are there does a session use it: a forked child relies on them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held = ExitStack()

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def child(self, requests: int, answers: int, remarks: IO[bytes]) -> Forked:
        """As ``Forks``."""
        return self._asked(lambda line: line.forked([requests, answers, remarks.fileno()]))

    def lent(self) -> socket.socket:
        """For one other process, which inherits its descriptor and makes a line of it: ``borrowed``. When all that hold
        it have closed it, the children that they asked for end."""
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with its:
                self._asked(lambda line: line.join(its))
        except BaseException:
            ours.close()
            raise
        return ours

    def _asked(self, ask: Callable[[Line], T]) -> T:
        with self._lock:
            try:
                return ask(self._line)
            except OSError:
                self._held.close()
                self._begin()
                return ask(self._line)

    def _begin(self) -> None:
        if (reason := confine.impossible()) is not None:
            raise OSError(reason)
        self._held = held = ExitStack()
        try:
            watch = held.enter_context(watched(time.monotonic() + BEGIN_WITHIN_S))
            remarks = held.enter_context(TemporaryFile())  # noqa: SIM115 - as long as the process
            control, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            held.callback(control.close)
            with its:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", START, "warm"],
                    cwd=watch.folder,
                    env=environment(watch.folder) | {"OPENBLAS_NUM_THREADS": "1"},
                    stdin=its.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=remarks,
                    start_new_session=True,
                )
            held.callback(_ended, self._process)
            watch.expect(self._process.pid)
            control.settimeout(BEGIN_WITHIN_S)
            if control.recv(len(READY)) != READY:
                raise OSError(f"the warm parent could not begin: {how_it_ended(self._process.wait(), remarks)}")
            self._line = Line(control)
        except BaseException:
            held.close()
            raise


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
