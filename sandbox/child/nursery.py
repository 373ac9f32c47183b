"""The warm parent: a process that has its libraries already, and is forked for each model.

It opens no model, and of a child's files, rows and answers it never sees a byte: the request goes through the child's
own pipe, after the fork. It takes commands from sockets, and gives away for good what only a program needs: the
network, other programs, other processes. What is left, a child gives away for itself, as a cold one does.
"""

import gc
import importlib
import importlib.util
import os
import select
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from sandbox.child import life
from sandbox.child.explaining import library
from sandbox.confinement import confine

PRELOADED = (
    "numpy", "pandas", "pyarrow", "yaml", "joblib", "cloudpickle", "threadpoolctl", "sklearn.calibration",
    "sklearn.compose", "sklearn.ensemble", "sklearn.linear_model", "sklearn.model_selection", "sklearn.pipeline",
    "sklearn.preprocessing", "skops.io", "xgboost", "lightgbm", "catboost",
)  # fmt: skip
"""Those of them that are installed. None starts a thread, which would not live through a fork; ONNX Runtime does, and
shares memory with a file, so it is left to the child."""

FORK, STATUS, JOIN = b"f", b"s", b"j"
PID, FORKED = struct.Struct("<q"), struct.Struct("<qq")
"""FORKED: the child, and this process."""

READY = b"r"


def keep(control: int) -> NoReturn:
    """Forks a child for each request until the other side closes. control: a socket."""
    owner = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, fileno=control)
    threads = int(os.environ["OMP_NUM_THREADS"])
    confine.confine_parent()
    blas = _preload()
    owner.send(READY)
    lines = _Lines(owner, lambda: _differ(blas, threads))
    while True:
        lines.serve()


class _Lines:
    """The sockets by which children are asked for: of the program that this process belongs to, and of those to which
    it was lent."""

    def __init__(self, owner: socket.socket, once_confined: Callable[[], None]) -> None:
        self._owner, self._once_confined = owner, once_confined
        self._lines: dict[int, socket.socket] = {}
        self._children: dict[int, set[int]] = {}
        self._waiting = select.poll()
        self._add(owner)

    def serve(self) -> None:
        for number, _ in self._waiting.poll():
            line = self._lines[number]
            command, files, _, _ = socket.recv_fds(line, 1 + PID.size, 3)
            if command == FORK:
                self._fork(line, files)
            elif command == JOIN:
                self._add(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, files[0]))
                _say(line, READY)
            elif command:
                _say(line, PID.pack(self._buried(number, *PID.unpack(command[1:]))))
            elif line is self._owner:
                os._exit(0)  # and the children with it, see PR_SET_PDEATHSIG
            else:
                self._leave(number)

    def _add(self, line: socket.socket) -> None:
        self._lines[line.fileno()], self._children[line.fileno()] = line, set()
        self._waiting.register(line, select.POLLIN)

    def _leave(self, number: int) -> None:
        """Its process has ended, or needs no child any more."""
        self._waiting.unregister(number)
        for child in [*self._children[number]]:
            os.kill(child, signal.SIGKILL)
            self._buried(number, child)
        del self._children[number]
        self._lines.pop(number).close()

    def _buried(self, number: int, child: int) -> int:
        self._children[number].remove(child)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def _fork(self, line: socket.socket, ends: list[int]) -> None:
        child = os.fork()
        if not child:
            for each in self._lines.values():
                each.detach()
            _be_born(ends, self._once_confined)
        for end in ends:
            os.close(end)
        self._children[line.fileno()].add(child)
        handle = os.pidfd_open(child)
        _say(line, FORKED.pack(child, os.getpid()), [handle])
        os.close(handle)


def _say(line: socket.socket, words: bytes, files: Sequence[int] = ()) -> None:
    with suppress(OSError):  # who asked is gone, which is heard of next
        socket.send_fds(line, [words], files)


def _preload() -> Any:
    """What rules the threads of BLAS: to look for it takes longer than the fork."""
    for name in PRELOADED:
        if importlib.util.find_spec(name.partition(".")[0]):
            importlib.import_module(name)
    importlib.import_module("sandbox.child.worker")
    if importlib.util.find_spec("shap"):
        library.shap()
    if (threads := len(list(Path("/proc/self/task").iterdir()))) > 1:
        sys.exit(f"{threads} threads were started by libraries, and none can be forked")
    gc.collect()
    from threadpoolctl import ThreadpoolController

    blas = ThreadpoolController().select(user_api="blas")
    gc.freeze()  # children share this memory as long as nobody writes into it
    return blas


def _be_born(ends: list[int], once_confined: Callable[[], None]) -> NoReturn:
    """ends: of requests, answers and remarks. Nothing else of the parent stays open."""
    try:
        os.setsid()
        for place, end in enumerate(ends):
            os.dup2(end, place)
        os.closerange(len(ends), os.sysconf("SC_OPEN_MAX"))
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        life.live(0, 1, once_confined)
    finally:
        os._exit(1)


def _differ(blas: Any, threads: int) -> None:
    """From every other child of the same parent, and from the parent, whose BLAS has one thread only."""
    import numpy as np

    np.random.seed()
    tempfile.tempdir = None  # found out by some library's import, in the parent's folder
    blas.limit(limits=threads)
