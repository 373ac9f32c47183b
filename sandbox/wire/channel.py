"""The program's ends of the two pipes to a child. It waits for the child no longer than a deadline, and takes no more
memory than it was ready to give before a byte came."""

import os
import select
import time
from typing import Any

from sandbox.wire import frames


class LateError(Exception):
    """The deadline has come before the frame went or came whole."""


class GoneError(Exception):
    """The child has closed its end."""


class Channel:
    """requests, answers: file descriptors of this process, which are the channel's from now on. Deadlines are those of
    the monotonic clock."""

    def __init__(self, requests: int, answers: int) -> None:
        self._requests, self._answers = requests, answers
        for end in (requests, answers):
            os.set_blocking(end, False)

    def send(self, words: dict[str, Any], table: frames.Bytes, deadline: float) -> None:
        """Raises LateError or GoneError."""
        for part in frames.packed(words, table):
            while part:
                part = part[self._written(part[: frames.AT_ONCE], deadline) :]

    def _written(self, part: memoryview, deadline: float) -> int:
        _await(self._requests, select.POLLOUT, deadline)
        try:
            return os.write(self._requests, part)
        except BlockingIOError:
            return 0
        except BrokenPipeError as error:
            raise GoneError from error

    def receive(self, most_table: int, deadline: float) -> tuple[dict[str, Any], bytes]:
        """The next frame. Raises LateError, GoneError or FrameError."""
        words, table = frames.lengths(self._exactly(frames.HEADER.size, deadline), most_table)
        return frames.parsed(self._exactly(words, deadline)), self._exactly(table, deadline)

    def _exactly(self, count: int, deadline: float) -> bytes:
        found = bytearray()
        while len(found) < count:
            _await(self._answers, select.POLLIN, deadline)
            try:
                part = os.read(self._answers, min(frames.AT_ONCE, count - len(found)))
            except BlockingIOError:
                continue
            if not part:
                raise GoneError
            found += part
        return bytes(found)

    def close(self) -> None:
        for end in (self._requests, self._answers):
            os.close(end)


def _await(end: int, event: int, deadline: float) -> None:
    waiting = select.poll()
    waiting.register(end, event)
    remaining = deadline - time.monotonic()
    if remaining <= 0 or not waiting.poll(remaining * 1_000):
        raise LateError
