"""In the process that is forked: the sockets by which children are asked for."""

import os
import select
import signal
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

FORK, STATUS, JOIN = b"f", b"s", b"j"
PID, FORKED = struct.Struct("<q"), struct.Struct("<qq")
"""FORKED: the child, and this process."""

READY = b"r"
MOST_FILES = 3


def threads() -> int:
    """Of this process. None but the first lives through a fork."""
    return len(list(Path("/proc/self/task").iterdir()))


class Lines:
    """owner: of the program that this process belongs to, and ends with. born: what a child does, with the descriptors
    that came with its request; it never returns."""

    def __init__(self, owner: socket.socket, born: Callable[[list[int]], NoReturn]) -> None:
        self._owner, self._born = owner, born
        self._lines: dict[int, socket.socket] = {}
        self._children: dict[int, set[int]] = {}
        self._waiting = select.poll()
        self._add(owner)
        _say(owner, READY)

    def serve(self) -> NoReturn:
        while True:
            for number, _ in self._waiting.poll():
                self._serve(number, self._lines[number])

    def _serve(self, number: int, line: socket.socket) -> None:
        try:
            command, files, _, _ = socket.recv_fds(line, 1 + PID.size, MOST_FILES)
        except ConnectionResetError:  # it was closed before all that was said had been heard
            command, files = b"", []
        if command == FORK:
            self._fork(line, files)
        elif command == JOIN:
            self._add(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, files[0]))
            _say(line, READY)
        elif command:
            _say(line, PID.pack(self._buried(number, *PID.unpack(command[1:]))))
        elif line is self._owner:
            os._exit(0)
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

    def _fork(self, line: socket.socket, files: list[int]) -> None:
        child = os.fork()
        if not child:
            for each in self._lines.values():
                each.detach()
            self._born(files)
        for file in files:
            os.close(file)
        self._children[line.fileno()].add(child)
        handle = os.pidfd_open(child)
        _say(line, FORKED.pack(child, os.getpid()), [handle])
        os.close(handle)


def _say(line: socket.socket, words: bytes, files: Sequence[int] = ()) -> None:
    with suppress(OSError):  # who asked is gone, which is heard of next
        socket.send_fds(line, [words], files)
