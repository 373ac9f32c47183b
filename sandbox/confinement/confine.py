"""Takes away from this process what a model has no business with, for good. See the README of the sandbox.

Landlock and seccomp bind the thread that calls them and those it starts, so this runs while there is only one;
libraries may have been imported by then, as long as none of them has started another.
"""

import ctypes
import signal
import struct
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from sandbox.confinement import landlock, seccomp
from sandbox.confinement.libc import LIBC, LINUX, done

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38


def confine(limits: dict[str, float], read: Iterable[str], write: Iterable[str]) -> None:
    """read, write: files and folders of the model, in addition to Python and the system's libraries.

    Raises OSError where the system offers a mechanism (see `missing`) that cannot be had after all.
    """
    _limit(limits)
    if LINUX:
        # Should memory run out all the same, this process is the one that the kernel ends.
        Path("/proc/self/oom_score_adj").write_text("1000")
        _drop_privileges()
        done(LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))  # the parent may die before its watch knows of us
        if landlock.version():
            landlock.restrict(read, write)
        if seccomp.is_there():
            seccomp.restrict()


def confine_parent() -> None:
    """What the warm parent of such processes can do without; each of them goes on from there with ``confine``."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _drop_privileges()
    seccomp.restrict_parent()


def impossible() -> str | None:
    """Why no model can be opened on this system at all; None where one can."""
    if find_spec("resource"):
        return None
    return (
        f"a model file cannot be opened on this system ({sys.platform}): nothing here limits what its process may do; "
        "Linux was wanted, macOS, or Windows' subsystem for Linux"
    )


def missing() -> list[str]:
    """What cannot be withheld from a model on this system."""
    withheld = {
        "files of this user, and the environments of its other processes (no Landlock)": landlock.version() > 0,
        "the network, and processes of its own that outlive it (no seccomp)": seccomp.is_there(),
    }
    return [what for what, done in withheld.items() if not done]


def _limit(limits: dict[str, float]) -> None:
    import resource  # Windows has none

    megabyte = 1 << 20
    wanted = {
        resource.RLIMIT_CPU: limits["cpu_s"],
        resource.RLIMIT_FSIZE: limits["file_mb"] * megabyte,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
    }
    if LINUX:  # macOS maps more than any sensible limit before a program begins
        wanted[resource.RLIMIT_AS] = limits["memory_mb"] * megabyte
    for what, value in wanted.items():
        _, ceiling = resource.getrlimit(what)
        allowed = int(value if ceiling == resource.RLIM_INFINITY else min(value, ceiling))
        resource.setrlimit(what, (allowed, allowed))


CAPABILITIES = 0x2008_0522
READS_ALL_FILES = 0b110
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: root opens a model that somebody else owns; Landlock rules the rest."""


def _drop_privileges() -> None:
    """Root loses what makes it root; nobody gains anything by running another program. See capabilities(7)."""
    done(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    header = struct.pack("=Ii", CAPABILITIES, 0)
    held = ctypes.create_string_buffer(24)
    done(LIBC.capget(header, held))
    effective, permitted, *_ = struct.unpack("=6I", held.raw)
    done(LIBC.capset(header, struct.pack("=6I", effective & READS_ALL_FILES, permitted & READS_ALL_FILES, 0, 0, 0, 0)))
