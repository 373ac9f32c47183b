"""How a job's process is begun: forked from one that has imported what it needs, or with Python itself."""

import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread
from types import TracebackType
from typing import Protocol, Self

from batch_zero.installation import shipped
from sandbox.forking.line import Line
from sandbox.forking.lines import READY

log = logging.getLogger("batch_zero.jobs")

HERE = shipped("jobs", "process")
READY_WITHIN_S = 120.0


class Process(Protocol):
    """Leads a process group."""

    pid: int

    def ended(self, within_s: float) -> int | None:
        """Its exit code, or the number of the signal that ended it with a minus; None where it still runs then."""

    def bury(self) -> None:
        """Ends it, and waits until it has ended."""


class _Cold:
    def __init__(self, requests: int, answers: int, lent: int | None) -> None:
        files = [answers] if lent is None else [answers, lent]
        command = [sys.executable, "-P", str(HERE / "child.py"), str(shipped()), *map(str, files)]
        self._process = subprocess.Popen(command, stdin=requests, pass_fds=files, env=_blind(), start_new_session=True)
        self.pid = self._process.pid

    def ended(self, within_s: float) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(within_s)
        return None

    def bury(self) -> None:
        self._process.kill()
        self._process.wait()


def _blind() -> dict[str, str]:
    """To what lies in the folder that it begins in."""
    return {**os.environ, "PYTHONSAFEPATH": "1"}


class Processes:
    """In a ``with`` statement. modules: what jobs import; where there are some, a process that has them is begun beside
    the work, and again should it end."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = modules
        self._line: Line | None = None
        self._over = Event()
        self._thread = Thread(target=self._keep, name="nursery of jobs", daemon=True)

    def __enter__(self) -> Self:
        if self._modules:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()  # the socket is closed with this process at the latest, which ends the other

    @contextmanager
    def begun(self, lent: int | None) -> Iterator[tuple[Process, int, int]]:
        """The process, where to write its request, and where to read what it says; its group is ended at the end of the
        block, and whenever the first of the two is closed."""
        requests, request = os.pipe()
        said, answers = os.pipe()
        try:
            process = self._process(requests, answers, lent)
        except BaseException:
            os.close(request)
            os.close(said)
            raise
        finally:
            os.close(requests)
            os.close(answers)
        try:
            yield process, request, said
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # before anyone else can get its number
            process.bury()
            os.close(request)
            os.close(said)

    def _process(self, requests: int, answers: int, lent: int | None) -> Process:
        if (line := self._line) is not None:
            try:
                return line.forked([requests, answers, *([lent] if lent is not None else [])])
            except OSError as error:
                log.warning("a job begins cold: %s", error)
                self._line = None
        return _Cold(requests, answers, lent)

    def _keep(self) -> None:
        while self._kept() and not self._over.is_set():
            log.warning("the process that jobs are forked from has ended, and is begun again")

    def _kept(self) -> bool:
        """Until it has ended; whether it had begun."""
        control, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with control:
            with its:
                command = [sys.executable, "-P", str(HERE / "nursery.py"), str(shipped()), str(its.fileno())]
                process = subprocess.Popen(
                    [*command, *self._modules],
                    stdin=subprocess.DEVNULL,
                    pass_fds=[its.fileno()],
                    env=_blind(),
                    start_new_session=True,
                )
            try:
                control.settimeout(READY_WITHIN_S)
                if control.recv(len(READY)) != READY:
                    log.warning("jobs begin cold: the process to fork them from ended with %s", process.wait())
                    return False
                self._line = Line(control)
                while self._line is not None and process.poll() is None and not self._over.wait(1):
                    pass
                return True
            except OSError as error:
                log.warning("jobs begin cold: %s", error)
                return False
            finally:
                self._line = None
                process.kill()
                process.wait()
