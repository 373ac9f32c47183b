"""How much memory a model may have where nobody says: less than there is, so that its limit comes before the end of the
process beside it."""

import os
from pathlib import Path

MOST_MB = 8_192
SHARE = 0.6
"""The rest is for the process beside it, and for files in a /tmp that is kept in memory."""
CGROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where a container's own limit stands, by the version of cgroups."""


def allowed_mb() -> int:
    """Three fifths of what this machine or container has, and no more than 8 GiB."""
    return min(MOST_MB, int(SHARE * _there() / 2**20))


def _there() -> int:
    if not hasattr(os, "sysconf"):  # Windows, where no model is opened
        return MOST_MB << 20
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min((machine, *_limits()))


def _limits() -> list[int]:
    texts = (path.read_text("ascii").strip() for path in CGROUPS if path.is_file())
    return [int(text) for text in texts if text.isdecimal()]
