"""An ONNX graph by the outermost fields of its message; nothing of them is read but how long they are."""

from mmap import mmap

MOST_FIELDS = 10_000
"""Of a graph, at its outermost; one for each function that it brings."""

VERSION, GRAPH = 1, 7
FIELDS = {VERSION, 2, 3, 4, 5, 6, GRAPH, 8, 14, 20, 25, 26}
"""Of an ONNX ModelProto."""


def is_onnx(content: bytes | mmap) -> bool:
    """Whether it has these fields, and none but those, from the first byte to the last, or as far as it goes where it
    breaks off within or after the graph."""
    return _ends(memoryview(content)) is not None


def is_cut_onnx(content: bytes | mmap) -> bool:
    return _ends(memoryview(content)) is False


def _ends(content: memoryview) -> bool | None:
    """Whether the last of its fields ends; None where it is no graph."""
    seen: set[int] = set()
    at = 0
    for _ in range(MOST_FIELDS):
        if at == len(content):
            return True if {VERSION, GRAPH} <= seen else None
        broken = False if {VERSION, GRAPH} <= seen else None
        tag, at = _number(content, at)
        if tag is None:
            return broken
        if tag >> 3 not in FIELDS or tag & 7 not in (0, 2):
            return None
        length, at = _number(content, at)
        seen.add(tag >> 3)
        broken = False if {VERSION, GRAPH} <= seen else None
        if length is None:
            return broken
        if tag & 7 == 2:
            at += length
        if at > len(content):
            return broken
    return None


def _number(content: memoryview, at: int) -> tuple[int | None, int]:
    """A varint of at most ten bytes, and where it ends."""
    found = 0
    for place in range(10):
        if at + place >= len(content):
            return None, at
        byte = content[at + place]
        found |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return found, at + place + 1
    return None, at
