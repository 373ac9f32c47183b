"""Files and folders that may not be read, for a test that root may run as well."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OBEYING = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()
"""What a program is started by for modes to count: root that was left no capability is refused like anybody."""


@contextmanager
def closed(path: Path) -> Iterator[None]:
    """Nobody may read, write or enter it meanwhile."""
    mode = path.stat().st_mode
    path.chmod(0)
    try:
        yield
    finally:
        path.chmod(mode)
