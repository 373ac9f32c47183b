"""Only regular files are opened. To open a FIFO is to wait for whoever writes into it, perhaps for ever; a device may
have no end."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)


class NotRegular(OSError):
    """Something is there under the name, and it is no file that has an end."""


def check(path: Path) -> None:
    """Links are followed. Raises NotRegular, or OSError where nothing is there or it may not be looked at."""
    _check(path.stat(), path)


def open_regular(path: Path) -> BinaryIO:
    """For reading. Raises NotRegular, or OSError as ``open`` does."""
    check(path)  # opening some devices has effects of its own
    handle = os.open(path, os.O_RDONLY | _NO_WAITING)
    try:
        _check(os.fstat(handle), path)  # another may have taken the place meanwhile
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def _check(found: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "no file")
        raise NotRegular(errno.EINVAL, f"it is {kind}, expected a regular file", str(path))
