"""On the side of who asks for processes that are forked from another one."""

import os
import select
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock

from sandbox.forking.lines import FORK, FORKED, JOIN, PID, READY, STATUS

ANSWER_WITHIN_S = 30.0


class Line:
    """From several threads too. control: the socket. Each call raises OSError where the parent has ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control, self._lock = control, Lock()
        control.settimeout(ANSWER_WITHIN_S)

    def forked(self, files: Sequence[int]) -> "Forked":
        """A child that gets these descriptors, three at most."""
        found, handles = self._answered(FORK, files, FORKED.size)
        if len(handles) != 1:
            raise OSError("the parent gave no handle on its child")
        pid, parent = FORKED.unpack(found)
        return Forked(self, pid, parent, handles[0])

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

    def _answered(self, command: bytes, files: Sequence[int], size: int) -> tuple[bytes, list[int]]:
        with self._lock:
            try:
                socket.send_fds(self._control, [command], files)
                found, handles, _, _ = socket.recv_fds(self._control, size, 1)
                if len(found) != size:
                    raise OSError("the parent of warm processes has ended")
            except BaseException:
                self._control.close()  # an answer that comes later would be taken for that to another question
                raise
        return found, handles


class Forked:
    """A child. pid: of the process. parent: of the one whose child it is. handle: a file descriptor that stands for the
    process, whatever other one gets its number."""

    def __init__(self, line: Line, pid: int, parent: int, handle: int) -> None:
        self.pid, self.parent = pid, parent
        self._line, self._handle = line, handle
        self._lock = Lock()
        self._code: int | None = None
        self._buried = False

    def ended(self, within_s: float) -> int | None:
        """Its exit code, or the number of the signal that ended it with a minus; None where it still runs then."""
        waiting = select.poll()
        waiting.register(self._handle, select.POLLIN)
        if not waiting.poll(within_s * 1_000):
            return None
        with self._lock:
            if self._code is None:
                self._code = self._line.exit_code(self.pid)
            return self._code

    def kill(self) -> None:
        """Ends it. It may have ended."""
        with self._lock, suppress(ProcessLookupError):  # it has ended
            if not self._buried:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def bury(self) -> None:
        """Ends it, and waits until nothing of it is left. It cannot be asked anything afterwards."""
        self.kill()
        self.ended(ANSWER_WITHIN_S)
        with self._lock:
            self._buried = True
            os.close(self._handle)
