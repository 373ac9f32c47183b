"""What goes over the two pipes between the program and the child that holds a model: frames of a few words as JSON and
a table as Arrow, each of a length that is said first and checked before a byte of it is read.

Both sides use it, the child before it knows any library. Neither side takes the other's word for anything.
"""

import json
import os
import struct
from typing import Any

HEADER = struct.Struct("<4sIQ")
"""The mark of a frame, bytes of JSON, bytes of Arrow."""

MARK = b"BZ1\n"
MOST_WORDS = 1 << 20
"""Bytes of JSON in a frame."""

Bytes = bytes | memoryview

AT_ONCE = 1 << 20
"""Bytes that are read or written by one call."""


class FrameError(Exception):
    """Not a frame, or one that is larger than it may be."""


def packed(words: dict[str, Any], table: Bytes = b"") -> list[memoryview]:
    """A frame in the parts to be written one after the other; the table is not copied."""
    text = json.dumps(words, separators=(",", ":")).encode()
    if len(text) > MOST_WORDS:
        raise FrameError(f"got {len(text)} bytes of words, expected at most {MOST_WORDS}")
    rows = memoryview(table).cast("B")
    return [memoryview(HEADER.pack(MARK, len(text), len(rows)) + text), rows]


def lengths(header: bytes, most_table: int) -> tuple[int, int]:
    """Bytes of JSON and of Arrow that follow this header. Raises FrameError where they may not be as many."""
    mark, words, table = HEADER.unpack(header)
    if mark != MARK:
        raise FrameError("got bytes that are no answer of the child's")
    if words > MOST_WORDS:
        raise FrameError(f"got {words} bytes of words, expected at most {MOST_WORDS}")
    if table > most_table:
        raise FrameError(f"got an answer of {table:,} bytes, expected at most {most_table:,}")
    return words, table


def parsed(text: bytes) -> dict[str, Any]:
    """The words of a frame. Raises FrameError."""
    try:
        words = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FrameError("got words that are no JSON") from error
    if not isinstance(words, dict):
        raise FrameError("got words that are no JSON object")
    return words


def _refuse(constant: str) -> None:
    raise ValueError(f"got {constant}, expected a finite number")


def read(source: int, most_table: int) -> tuple[dict[str, Any], bytes] | None:
    """The next frame from a file descriptor, as the child waits for it; None where the other side has closed."""
    header = _exactly(source, HEADER.size)
    if header is None:
        return None
    words, table = lengths(header, most_table)
    text, rows = _exactly(source, words), _exactly(source, table)
    return None if text is None or rows is None else (parsed(text), rows)


def write(target: int, words: dict[str, Any], table: Bytes = b"") -> None:
    """To a file descriptor, as the child answers."""
    for part in packed(words, table):
        while part:
            part = part[os.write(target, part[:AT_ONCE]) :]


def _exactly(source: int, count: int) -> bytes | None:
    """None where the other side closes before."""
    found = bytearray()
    while len(found) < count:
        part = os.read(source, min(AT_ONCE, count - len(found)))
        if not part:
            return None
        found += part
    return bytes(found)
