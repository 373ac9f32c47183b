"""How much a child process has in its scratch folder, which no limit of the kernel's bounds in sum."""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Identity = tuple[int, int]
"""Device and number of a file."""


@dataclass(frozen=True)
class Bounds:
    """folder_mb: on the disk, of all files together, those that were removed and are still open among them."""

    file_mb: int
    folder_mb: int
    files: int


def excess(child: int, folder: Path, bounds: Bounds) -> str | None:
    """What the child has more of than it may; None as long as it keeps to its bounds."""
    sizes: dict[Identity, int] = {}
    try:
        for found in _inside(folder):
            sizes[found.st_dev, found.st_ino] = found.st_blocks * 512
            if len(sizes) > bounds.files:
                return f"more than {bounds.files} files in its folder"
    except OSError as error:  # nested deeper than a path can be long, or closed to us
        return f"a folder that cannot be looked into ({os.strerror(error.errno or errno.EIO)})"
    sizes = {**_mapped(child, folder, bounds.file_mb << 20), **sizes, **_open(child)}
    if sum(sizes.values()) > bounds.folder_mb << 20:
        return f"more than {bounds.folder_mb} MB in its folder"
    return None


def _inside(folder: Path) -> Iterator[os.stat_result]:
    """Everything below, which may come and go meanwhile."""
    waiting = [os.fspath(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    yield (found := entry.stat(follow_symlinks=False))
                    if stat.S_ISDIR(found.st_mode):
                        waiting.append(entry.path)
        except FileNotFoundError:
            continue


def _open(child: int) -> dict[Identity, int]:
    """Files that have no name any more."""
    found = {}
    for descriptor in _listed(Path(f"/proc/{child}/fd")):
        try:
            status = descriptor.stat()
        except OSError:
            continue  # it is closed by now
        if stat.S_ISREG(status.st_mode) and not status.st_nlink:
            found[status.st_dev, status.st_ino] = status.st_blocks * 512
    return found


def _mapped(child: int, folder: Path, largest: int) -> dict[Identity, int]:
    """Removed files that only the child's memory holds: each counts as much as a file may have, since nobody is told
    how large it is."""
    try:
        lines = Path(f"/proc/{child}/maps").read_text(errors="replace").splitlines()
    except OSError:
        return {}
    removed = [line.split() for line in lines if f" {folder}/" in line and line.endswith(" (deleted)")]
    return {(_device(device), int(number)): largest for _, _, _, device, number, *_ in removed}


def _device(text: str) -> int:
    major, _, minor = text.partition(":")
    return os.makedev(int(major, 16), int(minor, 16))


def _listed(folder: Path) -> list[Path]:
    """Nothing where there is no such folder: the child has ended, or the system is none that has it."""
    try:
        return list(folder.iterdir())
    except OSError:
        return []
