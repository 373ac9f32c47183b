"""Whether a file goes on to its end, by what its kind says itself of where that is. Where a pickle ends is seen by who
opens it."""

import json
import mmap
from collections.abc import Callable
from pathlib import Path

from sandbox.files import kinds, protobuf, ubjson
from sandbox.files.bounds import BoundError, FileBounds
from sandbox.files.kinds import Kind
from sandbox.files.streams import CutError, DamagedError, NoCodecError, Unpacked

PIECE = 1 << 20
ZIPS_END = b"PK\x05\x06"
ZIPS_END_BYTES = 22
LONGEST_COMMENT = 1 << 16
SPACES = b" \t\r\n\0"
LONGEST_LINE = 1 << 20
"""Of a LightGBM model's last one that is read, the categories of pandas."""


def ends_early(size: int, file: str = "the file") -> str:
    """A sentence about one that came with so many bytes."""
    came = f"{size:,} bytes" if size != 1 else "1 byte"
    return (
        f"{file} ends too early, after {came} (it is cut off, or was not written to its end); save or upload it again"
    )


def is_cut(path: Path, kind: Kind) -> bool:
    """kind: that it has by its bytes. Raises OSError."""
    look = LOOKS.get(kind.name)
    return look is not None and _of_bytes(path, look)


def is_onnx(path: Path) -> bool:
    """Of a file that is nothing else. Raises OSError."""
    return _of_bytes(path, protobuf.is_onnx)


def _of_bytes(path: Path, look: Callable[[mmap.mmap], bool]) -> bool:
    """Of a file that is not empty; no more of it is in memory than is looked at."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return look(content)


def is_cut_within(path: Path, codec: str) -> bool:
    """The same of a file that is compressed as a whole."""
    try:
        with path.open("rb") as file:
            unpacked = Unpacked(file, codec, FileBounds())
            while unpacked.read(PIECE):
                pass
    except CutError:
        return True
    except (DamagedError, NoCodecError, BoundError):
        return False
    return False


def _zip(content: mmap.mmap) -> bool:
    """Its list of contents stands at its end, and ends in a mark and the length of a comment."""
    place = content.rfind(ZIPS_END, max(0, len(content) - ZIPS_END_BYTES - LONGEST_COMMENT))
    if place < 0 or place + ZIPS_END_BYTES > len(content):
        return True
    comment = int.from_bytes(content[place + ZIPS_END_BYTES - 2 : place + ZIPS_END_BYTES], "little")
    return place + ZIPS_END_BYTES + comment > len(content)


def _lightgbm(content: mmap.mmap) -> bool:
    """LightGBM itself opens it with the trees and categories that are there."""
    trees = content.find(b"\nend of trees")
    if trees < 0:
        return True
    parameters = content.find(b"\nparameters:", trees)
    if parameters >= 0 and content.find(b"\nend of parameters", parameters) < 0:
        return True
    return content[-1:] != b"\n" and not _is_last_line(content)


def _is_last_line(content: mmap.mmap) -> bool:
    last = content[max(content.rfind(b"\n"), len(content) - LONGEST_LINE) + 1 :]
    if not last.startswith(b"pandas_categorical:"):
        return last.strip() in (b"end of trees", b"end of parameters")
    try:
        json.loads(last.partition(b":")[2])
    except (ValueError, RecursionError):
        return False
    return True


def _catboost(content: mmap.mmap) -> bool:
    """A mark of four bytes, and four that say how many follow at least."""
    return len(content) < 8 or len(content) < 8 + int.from_bytes(content[4:8], "little")


def _json(content: mmap.mmap) -> bool:
    place = len(content) - 1
    while place > 0 and content[place] in SPACES:
        place -= 1
    return content[place : place + 1] != b"}"


LOOKS: dict[str, Callable[[mmap.mmap], bool]] = {
    kinds.BROKEN_ZIP.name: _zip,
    kinds.LIGHTGBM.name: _lightgbm,
    kinds.CATBOOST.name: _catboost,
    kinds.XGBOOST_JSON.name: _json,
    kinds.XGBOOST_UBJ.name: ubjson.is_cut,
    kinds.ONNX.name: protobuf.is_cut_onnx,
}
"""Kind -> whether one that begins so is cut off."""
