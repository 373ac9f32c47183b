"""The bytes of a pickle, one after the other, with where one stands in them. Nothing is believed that says how much is
to come: what is read at once is short, what is longer is passed over."""

import time
from typing import Protocol

AT_ONCE = 1 << 16
LONGEST_LINE = 1 << 16


class EndError(Exception):
    """The bytes are at an end where more were due."""


class LateError(Exception):
    """The deadline has come."""


class Reads(Protocol):
    def read(self, count: int, /) -> bytes: ...


class Source:
    """place: of the next byte. deadline: of the monotonic clock; whoever reads beyond it gets LateError."""

    def __init__(self, file: Reads, deadline: float) -> None:
        self._file, self.deadline = file, deadline
        self._piece = b""
        self._at = 0
        self._before = 0

    @property
    def place(self) -> int:
        return self._before + self._at

    def _more(self) -> bool:
        if time.monotonic() > self.deadline:
            raise LateError
        self._before += len(self._piece)
        self._piece, self._at = self._file.read(AT_ONCE), 0
        return bool(self._piece)

    def is_at_end(self) -> bool:
        return self._at == len(self._piece) and not self._more()

    def byte(self) -> int:
        """The next one; -1 at the end."""
        if self.is_at_end():
            return -1
        self._at += 1
        return self._piece[self._at - 1]

    def take(self, count: int) -> bytes:
        """So many bytes, at most ``AT_ONCE``. Raises EndError."""
        assert count <= AT_ONCE
        found = self._piece[self._at : self._at + count]
        self._at += len(found)
        while len(found) < count:
            if not self._more():
                raise EndError
            part = self._piece[: count - len(found)]
            self._at = len(part)
            found += part
        return found

    def skip(self, count: int) -> None:
        """Passes over so many. Raises EndError."""
        while count > 0:
            if self.is_at_end():
                raise EndError
            step = min(count, len(self._piece) - self._at)
            self._at += step
            count -= step

    def line(self) -> bytes:
        """Up to the next line break, which is left out. Raises EndError where there is none near."""
        found = b""
        while len(found) <= LONGEST_LINE:
            if self.is_at_end():
                break
            end = self._piece.find(b"\n", self._at)
            if end >= 0:
                found += self._piece[self._at : end]
                self._at = end + 1
                return found
            found += self._piece[self._at :]
            self._at = len(self._piece)
        raise EndError
