"""A local file that is replaced at once: whoever reads it meanwhile sees the old one."""

import os
import stat
import uuid
from pathlib import Path

from batch_zero.storage.regular import check

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def replace(path: Path, content: bytes, mode: int | None = None) -> None:
    """All of it or nothing. mode: by default that of the file that was there, else what any new file gets. Raises
    OSError, NotRegular where a device or the like has that name, and ValueError for a name that none can have."""
    if path.exists():
        check(path)  # in the place of /dev/null there would be a file from now on
    scratch = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    if mode is None and path.is_file():
        mode = stat.S_IMODE(path.stat().st_mode)
    handle = os.open(scratch, NEW, 0o666 if mode is None else 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        if mode is not None:
            scratch.chmod(mode)
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
