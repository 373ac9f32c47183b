"""Children that begin in a moment: forked from a process that has imported their libraries before."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from tempfile import TemporaryFile
from threading import Lock
from types import TracebackType
from typing import IO, Protocol, Self, TypeVar

from sandbox.child.nursery import FORK, FORKED, JOIN, PID, READY, STATUS
from sandbox.cold import START, Child, environment
from sandbox.confinement import confine
from sandbox.ends import how_it_ended
from sandbox.watch import watched

BEGIN_WITHIN_S = 120.0
"""Libraries are imported once."""

ANSWER_WITHIN_S = 30.0

T = TypeVar("T")


class Forks(Protocol):
    """What a session has its child from, where that is to begin in a moment."""

    def child(self, requests: int, answers: int, remarks: IO[bytes]) -> Child:
        """As ``ColdChild``; its folder and its environment come with its first request. Raises OSError."""


class Line:
    """One process's way to ask a warm parent, from several threads too. control: the socket of it."""

    def __init__(self, control: socket.socket) -> None:
        self._control, self._lock = control, Lock()

    def child(self, requests: int, answers: int, remarks: IO[bytes]) -> "WarmChild":
        found, handles = self._answered(FORK, [requests, answers, remarks.fileno()], FORKED.size)
        if len(handles) != 1:
            raise OSError("the warm parent gave no handle on its child")
        pid, parent = FORKED.unpack(found)
        return WarmChild(self, pid, parent, handles[0])

    def exit_code(self, child: int) -> int:
        """Of a child that has ended, and that nobody has asked about before; SIGKILL where its parent is gone too."""
        try:
            found, _ = self._answered(STATUS + PID.pack(child), [], PID.size)
        except OSError:
            return -signal.SIGKILL
        return int(PID.unpack(found)[0])

    def join(self, other: socket.socket) -> None:
        """The parent hears this one as well from now on."""
        self._answered(JOIN, [other.fileno()], len(READY))

    def _answered(self, command: bytes, files: list[int], size: int) -> tuple[bytes, list[int]]:
        with self._lock:
            try:
                socket.send_fds(self._control, [command], files)
                found, handles, _, _ = socket.recv_fds(self._control, size, 1)
                if len(found) != size:
                    raise OSError("the warm parent has ended")
            except BaseException:
                self._control.close()  # an answer that comes later would be taken for that to another question
                raise
        return found, handles


@contextmanager
def borrowed(descriptor: int | None) -> Iterator[Line | None]:
    """In a process to which a ``WarmParent`` of another one was lent: its descriptor; None where none was."""
    if descriptor is None:
        yield None
        return
    with socket.socket(fileno=descriptor) as control:
        control.settimeout(ANSWER_WITHIN_S)
        yield Line(control)


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

    def child(self, requests: int, answers: int, remarks: IO[bytes]) -> "WarmChild":
        """As ``Forks``."""
        return self._asked(lambda line: line.child(requests, answers, remarks))

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
            control.settimeout(ANSWER_WITHIN_S)
            self._line = Line(control)
        except BaseException:
            held.close()
            raise


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


class WarmChild:
    """A ``Child``. handle: a file descriptor that stands for the process, whatever other one gets its number."""

    def __init__(self, line: Line, pid: int, parent: int, handle: int) -> None:
        self.pid, self.parent = pid, parent
        self._line, self._handle = line, handle
        self._lock = Lock()
        self._code: int | None = None
        self._buried = False

    def ended(self, within_s: float) -> int | None:
        waiting = select.poll()
        waiting.register(self._handle, select.POLLIN)
        if not waiting.poll(within_s * 1_000):
            return None
        with self._lock:
            if self._code is None:
                self._code = self._line.exit_code(self.pid)
            return self._code

    def kill(self) -> None:
        with self._lock, suppress(ProcessLookupError):  # it has ended
            if not self._buried:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def bury(self) -> None:
        self.kill()
        self.ended(ANSWER_WITHIN_S)
        with self._lock:
            self._buried = True
            os.close(self._handle)
