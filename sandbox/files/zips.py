"""Zips, looked through before anything of them is unpacked; what is odd about one is refused, not mended."""

import io
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from sandbox.files.bounds import BoundError, FileBounds
from sandbox.files.streams import PIECE

MOST_AT_ONCE = 4 << 20
"""Bytes of its list of contents, and of anything else that is read of it in one go."""

LONGEST_NAME = 200
DEEPEST = 20
UNUSUAL = re.compile(r"[\x00-\x1f\x7f\\:]|^/|(^|/)\.{1,2}(/|$)|//")


class ZipError(Exception):
    """It cannot be read, or it is not what a model's zip looks like. The message says what it has."""


class _Careful(io.BufferedReader):
    """A file that is never read whole: a zip says itself how long its list is."""

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(MOST_AT_ONCE + 1 if size is None or size < 0 else min(size, MOST_AT_ONCE + 1))
        if len(found) > MOST_AT_ONCE:
            raise ZipError(f"its list of contents is longer than {MOST_AT_ONCE >> 20} MB")
        return found


def opened(path: Path) -> zipfile.ZipFile:
    """With its list read, and nothing else. Raises ZipError."""
    return _listed(_Careful(io.FileIO(path)))


def _listed(file: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError, IndexError) as error:
        file.close()
        raise ZipError("its list of contents cannot be read") from error
    except BaseException:
        file.close()
        raise


def members(archive: zipfile.ZipFile, size: int, bounds: FileBounds) -> list[zipfile.ZipInfo]:
    """Its files, once all of them are what they should be. size: of the zip. Raises ZipError or BoundError."""
    found = archive.infolist()
    if len(found) > bounds.members:
        raise BoundError(f"got {len(found):,} files in it, expected at most {bounds.members:,}")
    for member in found:
        if (fault := _fault(member)) is not None:
            raise ZipError(f"it has {fault}: {_shown(member.filename)}")
    twice = Counter(member.filename.rstrip("/").casefold() for member in found).most_common(1)
    if twice and twice[0][1] > 1:
        raise ZipError(f"it has two files of one name: {_shown(twice[0][0])}")
    bounds.check_unpacked(sum(member.file_size for member in found), size)
    return [member for member in found if not member.is_dir()]


def _fault(member: zipfile.ZipInfo) -> str | None:
    mode = member.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "a link"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "something that is neither a file nor a folder"
    if UNUSUAL.search(member.orig_filename) or UNUSUAL.search(member.filename):
        return "a name that leads elsewhere"
    if len(member.filename) > LONGEST_NAME or member.filename.count("/") > DEEPEST:
        return "a name that is too long"
    if member.flag_bits & 0x1:
        return "a file with a password"
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "a file that is compressed in an unusual way"
    return None


def _shown(name: str) -> str:
    return repr(name[:60])


def read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    """The first bytes of a file in it. Raises ZipError."""
    try:
        with archive.open(member) as file:
            return file.read(most)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise ZipError(f"a file in it is damaged: {_shown(member.filename)}") from error


def unpack(path: Path, folder: Path, bounds: FileBounds) -> Path:
    """Everything in it into a folder that is new; gives the folder of the MLmodel. Raises ZipError or BoundError."""
    with opened(path) as archive:
        found = members(archive, path.stat().st_size, bounds)
        top = mlmodel_folder(member.filename for member in found)
        if top is None:
            raise ZipError("it has no MLmodel at its top")
        for member in found:
            target = folder / member.filename
            target.parent.mkdir(parents=True, exist_ok=True)
            _unpack_one(archive, member, target)
    return folder / top


def _unpack_one(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    left = member.file_size
    try:
        with archive.open(member) as file, target.open("xb") as out:
            while piece := file.read(PIECE):
                left -= len(piece)
                if left < 0:
                    raise ZipError(f"a file in it is larger than it says: {_shown(member.filename)}")
                out.write(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, FileExistsError, NotADirectoryError) as error:
        raise ZipError(f"a file in it is damaged: {_shown(member.filename)}") from error


def mlmodel_folder(names: Iterable[str]) -> str | None:
    """Where the MLmodel is: "" at the top, else the one folder there is; None where there is none."""
    parts = [name.split("/") for name in names]
    if ["MLmodel"] in parts:
        return ""
    tops = {part[0] for part in parts if part[0] != "__MACOSX"}
    return tops.pop() if len(tops) == 1 and any(part == [*tops, "MLmodel"] for part in parts) else None
