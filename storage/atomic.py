"""A local file that is replaced at once: whoever reads it meanwhile sees the old one."""

import os
import tempfile
from pathlib import Path

FOR_ALL = 0o644


def replace(path: Path, content: bytes, mode: int = FOR_ALL) -> None:
    """All of it or nothing. Raises OSError, and ValueError for a name that none can have."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    scratch = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        scratch.chmod(mode)
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
