"""The C library: Python itself has no names for what confines a process."""

import ctypes
import os
import sys
from typing import Any

LINUX = sys.platform == "linux"
LIBC: Any = ctypes.CDLL(None, use_errno=True) if sys.platform != "win32" else None
"""None on Windows, where no model is opened: see ``confine.impossible``."""


def done(result: int) -> int:
    """Of one of its functions. Raises OSError."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
