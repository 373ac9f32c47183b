"""An MLflow model folder as it is: its files, what they would import, and one digest of them all."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO

from sandbox.files.bounds import BoundError, FileBounds
from sandbox.files.recognise import HEAD
from sandbox.files.zips import ZipError
from testbench.files.scan import File, Seen, seen_in_files

Files = Mapping[str, Path]
"""By their names within the folder, in the order of these."""


def files_in(folder: Path, bounds: FileBounds) -> Files:
    """Raises BoundError, or ZipError as for a zip that has what no model's has."""
    found: dict[str, Path] = {}
    for path in _walked(folder):
        if path.is_symlink() or not path.is_file():
            raise ZipError(f"it has a link, or what is neither a file nor a folder: {path.name[:60]!r}")
        found[path.relative_to(folder).as_posix()] = path
        if len(found) > bounds.members:
            raise BoundError(f"got more than {bounds.members:,} files in it, expected at most that")
    bounds.check_file(size_of(found))
    return dict(sorted(found.items()))


def _walked(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        links = (name for name in folders if (Path(place) / name).is_symlink())
        yield from (Path(place) / name for name in (*names, *links))


def size_of(files: Files) -> int:
    return sum(path.stat().st_size for path in files.values())


def seen_in_folder(files: Files, bounds: FileBounds) -> Seen:
    each = [File(name, partial(_head, path), partial(_opened, path)) for name, path in files.items()]
    return seen_in_files(each, bounds)


def _opened(path: Path) -> BinaryIO:
    return path.open("rb")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def digest(files: Files) -> str:
    """Of the list that ``sha256sum`` would print of them."""
    lines = (f"{sha256(path)}  {name}\n" for name, path in files.items())
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
