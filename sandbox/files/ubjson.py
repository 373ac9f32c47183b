"""Universal Binary JSON, in which XGBoost writes its models, passed over from value to value: nothing of it is kept."""

import struct
from dataclasses import dataclass
from mmap import mmap

SIZES = {"Z": 0, "N": 0, "T": 0, "F": 0, "i": 1, "U": 1, "C": 1, "I": 2, "l": 4, "L": 8, "d": 4, "D": 8}
"""Mark of a value -> how many bytes it takes."""

COUNTS = {"i": ">b", "U": ">B", "I": ">h", "l": ">i", "L": ">q"}
"""Mark of a whole number -> how it is packed."""

MOST_NESTED = 1_000


class OddError(Exception):
    """It is no UBJSON that is known here."""


class CutError(Exception):
    """The bytes are at an end where more are due."""


@dataclass
class _Open:
    """A container in which one is. left: values that are still due; None where a mark ends them. kind: of all of them,
    where that is said once; else empty."""

    named: bool
    left: int | None
    kind: str


def is_cut(content: bytes | mmap) -> bool:
    """Whether the one value that it holds breaks off. What is odd about it is for its library to tell."""
    try:
        _Walk(memoryview(content)).value()
    except CutError:
        return True
    except OddError:
        return False
    return False


class _Walk:
    def __init__(self, content: memoryview) -> None:
        self._content, self._at = content, 0

    def value(self) -> None:
        """Raises CutError or OddError."""
        within = self._begun(self._mark())
        stack = [] if within is None else [within]
        while stack:
            if len(stack) > MOST_NESTED:
                raise OddError
            if not self._has_next(stack[-1]):
                stack.pop()
            elif (within := self._next(stack[-1])) is not None:
                stack.append(within)

    def _has_next(self, within: _Open) -> bool:
        if within.left is not None:
            within.left -= 1
            return within.left >= 0
        if self._peek() == ("}" if within.named else "]"):
            self._mark()
            return False
        return True

    def _next(self, within: _Open) -> _Open | None:
        if within.named:
            self._skip(self._count(self._mark()))
        return self._begun(within.kind or self._mark())

    def _begun(self, kind: str) -> _Open | None:
        """Passes over a value, or into it."""
        if kind in SIZES:
            self._skip(SIZES[kind])
        elif kind in "SH":
            self._skip(self._count(self._mark()))
        elif kind in "[{":
            return self._container(named=kind == "{")
        else:
            raise OddError
        return None

    def _container(self, *, named: bool) -> _Open | None:
        kind = ""
        if self._peek() == "$":
            self._mark()
            kind = self._mark()
        if self._peek() != "#":
            if kind:
                raise OddError
            return _Open(named, None, "")
        self._mark()
        count = self._count(self._mark())
        if kind in SIZES and not named:
            self._skip(count * SIZES[kind])
            return None
        return _Open(named, count, kind)

    def _count(self, kind: str) -> int:
        if kind not in COUNTS:
            raise OddError
        packed = struct.Struct(COUNTS[kind])
        begin = self._at
        self._skip(packed.size)
        (found,) = packed.unpack_from(self._content, begin)
        if found < 0:
            raise OddError
        return int(found)

    def _peek(self) -> str:
        if self._at >= len(self._content):
            raise CutError
        return chr(self._content[self._at])

    def _mark(self) -> str:
        found = self._peek()
        self._at += 1
        return found

    def _skip(self, count: int) -> None:
        self._at += count
        if self._at > len(self._content):
            raise CutError
