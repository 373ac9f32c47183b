"""What a file is by its first bytes, and what is inside where it is packed."""

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pyarrow as pa

UNPACKABLE = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError)
"""What a packed file that is cut off or broken, or of a method that is not known, makes Python's and Arrow's readers
say."""


class NotUnpacked(Exception):
    """A packed file that holds no table: the rest of a sentence that begins with its name."""


def _by_arrow(name: str) -> Callable[[io.BytesIO], Any]:
    return lambda file: pa.CompressedInputStream(pa.PythonFile(file, mode="r"), name)


OPENERS: dict[str, tuple[bytes, Callable[[io.BytesIO], Any]]] = {
    "gzip": (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    "bzip2": (b"BZh", bz2.BZ2File),
    "xz": (b"\xfd7zXZ\x00", lzma.LZMAFile),
    "zstd": (b"\x28\xb5\x2f\xfd", _by_arrow("zstd")),
    "lz4": (b"\x04\x22\x4d\x18", _by_arrow("lz4")),
}
ZIP = b"PK\x03\x04"
PARQUET = b"PAR1"

FOREIGN = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook"),
    (b"ARROW1", "an Arrow or Feather file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy file"),
    (b"\x80\x04", "a pickle"),
    (b"\x80\x05", "a pickle"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
)
"""Tables of other kinds, and what people take for one."""

WORKBOOKS = {"[Content_Types].xml": "an Excel workbook", "mimetype": "a spreadsheet"}
"""Names inside a zip archive that is no archive to its owner."""

EXPECTED = "expected CSV or Parquet"


def packing(content: bytes) -> str:
    """gzip, bzip2, xz, zstd, lz4 or zip; empty where it is not packed."""
    if content.startswith(ZIP):
        return "zip"
    return next((name for name, (magic, _) in OPENERS.items() if content.startswith(magic)), "")


def unpacked(content: bytes, how: str, largest: int) -> bytes:
    """What is inside. Raises NotUnpacked; nothing larger than ``largest`` bytes is ever held."""
    try:
        if how == "zip":
            inside = _only_member(content, largest)
        else:
            with OPENERS[how][1](io.BytesIO(content)) as file:
                inside = file.read(largest + 1)
    except UNPACKABLE as error:
        raise NotUnpacked(f"it is packed with {how} and cannot be unpacked: is it cut off?") from error
    except RuntimeError as error:  # zipfile's word for it
        raise NotUnpacked(f"it is packed with {how} and wants a password") from error
    if len(inside) > largest:
        raise NotUnpacked(f"it is packed with {how}, and holds more than {largest:,} bytes")
    return inside


def _only_member(content: bytes, largest: int) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX/")]
        for name, what in WORKBOOKS.items():
            if name in names:
                raise NotUnpacked(f"got {what}, {EXPECTED}; save the sheet as CSV")
        if len(names) != 1:
            raise NotUnpacked(f"got a zip archive of {len(names)} files, expected one table")
        with archive.open(names[0]) as file:
            return file.read(largest + 1)


def foreign(content: bytes) -> str:
    """What a file is that holds no table we read, as "an Excel workbook"; empty where nothing is known against it."""
    start = content[:64].lstrip()
    if re.match(rb"<[!?A-Za-z]", start):
        return "a web page or XML"
    if re.match(rb"[\[{]\s*[\[{\"\]}]", start):
        return "JSON"
    if content[257:262] == b"ustar":
        return "a tar archive"
    return next((what for magic, what in FOREIGN if content.startswith(magic)), "")
