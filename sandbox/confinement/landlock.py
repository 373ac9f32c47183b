"""landlock(7): of the file system, what is not listed does not open, for this process and for good."""

import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

from sandbox.confinement.libc import LIBC, LINUX, done

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446

SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/localtime",
    "/etc/ssl/openssl.cnf", "/usr/share/zoneinfo", "/dev/urandom", "/proc/self", "/proc/cpuinfo", "/proc/meminfo",
    "/proc/sys/vm", "/sys/devices/system", "/sys/fs/cgroup", "/sys/kernel/mm/transparent_hugepage",
)  # fmt: skip
READ_FILE, WRITE_FILE, READ_FOLDER = 1 << 2, 1 << 1, 1 << 3
FILE_RIGHTS = READ_FILE | WRITE_FILE | 1 << 14
HANDLED = {1: 13, 2: 14, 3: 15, 5: 16}
"""Since which version Landlock knows how many rights on files. 16: the one on devices, `ioctl`."""


def version() -> int:
    """0 where there is none, or where a container's profile denies it."""
    return max(0, LIBC.syscall(CREATE_RULESET, None, 0, 1)) if LINUX else 0


def restrict(read: Iterable[str], write: Iterable[str]) -> None:
    """read, write: files and folders, in addition to Python and the system's libraries. Wants no_new_privs. Raises
    OSError."""
    found = version()
    everything = (1 << max(count for since, count in HANDLED.items() if since <= found)) - 1
    tcp = 0b11 if found >= 4 else 0
    signals_and_sockets_of_others = 0b11 if found >= 6 else 0
    attributes = struct.pack("=QQQ", everything, tcp, signals_and_sockets_of_others)
    rules = done(LIBC.syscall(CREATE_RULESET, attributes, len(attributes), 0))
    for path in (*SYSTEM, *sys.path, sys.prefix, sys.base_prefix, *read):
        _allow(rules, path, READ_FILE | READ_FOLDER)
    _allow(rules, os.devnull, READ_FILE | WRITE_FILE)
    for path in write:
        _allow(rules, path, everything)
    done(LIBC.syscall(RESTRICT_SELF, rules, 0))
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH)
    except OSError:
        return  # what is not there needs no permission
    try:
        rights = rights if Path(path).is_dir() else rights & FILE_RIGHTS
        done(LIBC.syscall(ADD_RULE, rules, 1, struct.pack("=Qi", rights, place), 0))
    finally:
        os.close(place)
