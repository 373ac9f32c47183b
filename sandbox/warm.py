"""Children that begin in a moment: forked from a process that has imported their libraries before."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from tempfile import TemporaryFile
from threading import Lock
from types import TracebackType
from typing import IO, Self

from sandbox.child.nursery import FORK, PID, READY, STATUS
from sandbox.cold import START, environment
from sandbox.confinement import confine
from sandbox.ends import how_it_ended
from sandbox.watch import watched

BEGIN_WITHIN_S = 120.0
"""Libraries are imported once."""

ANSWER_WITHIN_S = 30.0


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
        """As ``ColdChild``; its folder and its environment come with its first request."""
        with self._lock:
            try:
                return self._forked([requests, answers, remarks.fileno()])
            except OSError:
                self._held.close()
                self._begin()
                return self._forked([requests, answers, remarks.fileno()])

    def exit_code(self, child: int) -> int:
        """Of a child that has ended, and that nobody has asked about before; SIGKILL where its parent is gone too."""
        with self._lock:
            try:
                self._control.send(STATUS + PID.pack(child))
                (code,) = PID.unpack(self._control.recv(PID.size))
            except (OSError, ValueError):
                return -signal.SIGKILL
            return int(code)

    def _forked(self, ends: list[int]) -> "WarmChild":
        socket.send_fds(self._control, [FORK], ends)
        answer, handles, _, _ = socket.recv_fds(self._control, PID.size, 1)
        if len(answer) != PID.size or not handles:
            raise OSError("the warm parent has ended")
        return WarmChild(self, PID.unpack(answer)[0], self._process.pid, handles[0])

    def _begin(self) -> None:
        if (reason := confine.impossible()) is not None:
            raise OSError(reason)
        self._held = held = ExitStack()
        try:
            watch = held.enter_context(watched(time.monotonic() + BEGIN_WITHIN_S))
            remarks = held.enter_context(TemporaryFile())  # noqa: SIM115 - as long as the process
            self._control, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            held.callback(self._control.close)
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
            self._control.settimeout(BEGIN_WITHIN_S)
            if self._control.recv(len(READY)) != READY:
                raise OSError(f"the warm parent could not begin: {how_it_ended(self._process.wait(), remarks)}")
            self._control.settimeout(ANSWER_WITHIN_S)
        except BaseException:
            held.close()
            raise


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


class WarmChild:
    """A ``Child``. handle: a file descriptor that stands for the process, whatever other one gets its number."""

    def __init__(self, family: WarmParent, pid: int, parent: int, handle: int) -> None:
        self.pid, self.parent = pid, parent
        self._family, self._handle = family, handle
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
                self._code = self._family.exit_code(self.pid)
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
