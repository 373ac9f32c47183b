"""What a compressed file holds, piece by piece: no more memory than a piece takes, and no more bytes than
the bounds say."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, BinaryIO

from sandbox.files.bounds import BoundError, FileBounds

PIECE = 1 << 16
XZ_MEMORY = 128 << 20
"""A file of a few bytes may ask for a dictionary of 4 GB."""


class DamagedError(Exception):
    """It cannot be decompressed."""


class CutError(DamagedError):
    """It breaks off."""


class NoCodecError(Exception):
    """The library for it is not installed; the message is its name."""


class _Zlib:
    """``zlib``'s object with the manners of the others in the standard library."""

    def __init__(self, wbits: int) -> None:
        self._object = zlib.decompressobj(wbits)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._object.decompress(self._object.unconsumed_tail + data, max_length)

    @property
    def needs_input(self) -> bool:
        return not self._object.unconsumed_tail and not self.eof

    @property
    def eof(self) -> bool:
        return self._object.eof

    @property
    def unused_data(self) -> bytes:
        return self._object.unused_data


def _lz4() -> Any:
    if find_spec("lz4") is None:
        raise NoCodecError("lz4")
    import lz4.frame

    return lz4.frame.LZ4FrameDecompressor()


CODECS: dict[str, tuple[tuple[bytes, ...], Callable[[], Any]]] = {
    "zlib": ((b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"), lambda: _Zlib(15)),
    "gzip": ((b"\x1f\x8b\x08",), lambda: _Zlib(31)),
    "bz2": ((b"BZh",), bz2.BZ2Decompressor),
    "xz": ((b"\xfd7zXZ\x00",), lambda: lzma.LZMADecompressor(memlimit=XZ_MEMORY)),
    "lzma": ((b"\x5d\x00\x00",), lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=XZ_MEMORY)),
    "lz4": ((b"\x04\x22\x4d\x18",), _lz4),
}
"""As joblib compresses: how such a file begins, and what decompresses it."""


def codec_of(head: bytes) -> str | None:
    """By which a file that begins so is compressed as a whole; None where it is not."""
    return next((name for name, (marks, _) in CODECS.items() if head.startswith(marks)), None)


class Unpacked:
    """A compressed file as the bytes in it. Raises BoundError, DamagedError or NoCodecError when it is read."""

    def __init__(self, file: BinaryIO, codec: str, bounds: FileBounds) -> None:
        self._file, self._bounds = file, bounds
        self._engine = CODECS[codec][1]()
        self._packed = self._unpacked = 0
        self._ready = bytearray()

    def read(self, count: int) -> bytes:
        """So many bytes, fewer only at the end."""
        while len(self._ready) < count and (piece := self._next()):
            self._ready += piece
        found = bytes(self._ready[:count])
        del self._ready[:count]
        return found

    def _next(self) -> bytes:
        while not self._engine.eof:
            fed = self._file.read(PIECE) if self._engine.needs_input else b""
            if self._engine.needs_input and not fed:
                raise CutError("it breaks off")
            self._packed += len(fed)
            if made := self._made(fed):
                self._unpacked += len(made)
                self._bounds.check_unpacked(self._unpacked, self._packed)
                return made
        return b""

    def _made(self, fed: bytes) -> bytes:
        try:
            made: bytes = self._engine.decompress(fed, PIECE)
        except lzma.LZMAError as error:
            if "emory" in str(error):
                raise BoundError(
                    f"got a dictionary of more than {XZ_MEMORY >> 20} MB, expected at most that"
                ) from error
            raise DamagedError(str(error)) from error
        except (zlib.error, OSError, ValueError, EOFError, RuntimeError) as error:
            raise DamagedError(str(error)) from error
        return made
