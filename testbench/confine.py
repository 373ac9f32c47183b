"""Takes away from this process what a model has no business with, for good, then runs a script. See the README here.

Landlock and seccomp bind the thread that calls them and those it starts, so this runs first, while there is only one;
libraries would start more. It imports nothing of ours, like the worker. All of it is declared in landlock(7),
seccomp(2), capabilities(7).
"""

import ctypes
import gc
import json
import os
import resource
import runpy
import signal
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

LINUX = sys.platform == "linux"
LIBC = ctypes.CDLL(None, use_errno=True)

PR_SET_PDEATHSIG, PR_GET_SECCOMP, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 21, 22, 38
SECCOMP_MODE_FILTER = 2
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446


def main() -> None:
    del sys.argv[0]
    script, request = sys.argv[0], json.loads(sys.argv[1])
    confine(request["limits"], read=[script, *request["read"]], write=[str(Path.cwd())])
    if LINUX:
        _done(LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))  # the parent may die before its watch knows of us
    if os.getppid() != request["parent"]:
        sys.exit("the process that asked is gone")
    gc.set_threshold(100_000)  # to import libraries makes much to look through and little to collect
    runpy.run_path(script, run_name="__main__")


def confine(limits: dict[str, float], read: Iterable[str], write: Iterable[str]) -> None:
    """read, write: files and folders of the model, in addition to Python and the system's libraries.

    Raises OSError where the system offers a mechanism (see `missing`) that cannot be had after all.
    """
    _limit(limits)
    if LINUX:
        _drop_privileges()
        if landlock_version():
            _landlock(read, write)
        if has_seccomp():
            _seccomp(_filter(os.uname().machine, os.getpid()))


def missing() -> list[str]:
    """What cannot be withheld from a model on this system."""
    withheld = {
        "files of this user, and the environments of its other processes (no Landlock)": landlock_version() > 0,
        "the network, and processes of its own that outlive it (no seccomp)": has_seccomp(),
    }
    return [what for what, done in withheld.items() if not done]


def landlock_version() -> int:
    """0 where there is none, or where a container's profile denies it."""
    return max(0, LIBC.syscall(LANDLOCK_CREATE_RULESET, None, 0, 1)) if LINUX else 0


def has_seccomp() -> bool:
    return LINUX and os.uname().machine in MACHINES and sys.maxsize > 2**32 and LIBC.prctl(PR_GET_SECCOMP) >= 0


def _limit(limits: dict[str, float]) -> None:
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
    """Root loses what makes it root; nobody gains anything by running another program."""
    _done(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    header = struct.pack("=Ii", CAPABILITIES, 0)
    held = ctypes.create_string_buffer(24)
    _done(LIBC.capget(header, held))
    effective, permitted, *_ = struct.unpack("=6I", held.raw)
    _done(LIBC.capset(header, struct.pack("=6I", effective & READS_ALL_FILES, permitted & READS_ALL_FILES, 0, 0, 0, 0)))


# Landlock: what is not listed does not open.

SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/localtime",
    "/etc/ssl/openssl.cnf", "/usr/share/zoneinfo", "/dev/urandom", "/proc/self", "/proc/cpuinfo", "/proc/meminfo",
    "/proc/sys/vm", "/sys/devices/system", "/sys/fs/cgroup", "/sys/kernel/mm/transparent_hugepage",
)  # fmt: skip
READ_FILE, WRITE_FILE, READ_FOLDER = 1 << 2, 1 << 1, 1 << 3
FILE_RIGHTS = READ_FILE | WRITE_FILE | 1 << 14
HANDLED = {1: 13, 2: 14, 3: 15, 5: 16}
"""Since which version Landlock knows how many rights on files. 16: the one on devices, `ioctl`."""


def _landlock(read: Iterable[str], write: Iterable[str]) -> None:
    version = landlock_version()
    everything = (1 << max(count for since, count in HANDLED.items() if since <= version)) - 1
    tcp = 0b11 if version >= 4 else 0
    signals_and_sockets_of_others = 0b11 if version >= 6 else 0
    attributes = struct.pack("=QQQ", everything, tcp, signals_and_sockets_of_others)
    rules = _done(LIBC.syscall(LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0))
    for path in (*SYSTEM, *sys.path, sys.prefix, sys.base_prefix, *read):
        _allow(rules, path, READ_FILE | READ_FOLDER)
    _allow(rules, os.devnull, READ_FILE | WRITE_FILE)
    for path in write:
        _allow(rules, path, everything)
    _done(LIBC.syscall(LANDLOCK_RESTRICT_SELF, rules, 0))
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH)
    except OSError:
        return  # what is not there needs no permission
    try:
        rights = rights if Path(path).is_dir() else rights & FILE_RIGHTS
        _done(LIBC.syscall(LANDLOCK_ADD_RULE, rules, 1, struct.pack("=Qi", rights, place), 0))
    finally:
        os.close(place)


# seccomp: calls that Landlock does not rule are answered with EPERM. The numbers are those of x86-64 and of AArch64.

MACHINES = {"x86_64": (0xC000_003E, 0), "aarch64": (0xC000_00B7, 1)}
X32 = 0x4000_0000
"""From this number on, x86-64 has every call a second time."""
DENIED = (
    (57, None), (58, None), (59, 221), (322, 281),  # fork, vfork, execve, execveat
    (41, 198), (425, 425),  # socket, io_uring_setup
    (200, 130), (129, 138), (297, 240),  # tkill, rt_sigqueueinfo, rt_tgsigqueueinfo
    (434, 434), (424, 424), (438, 438),  # pidfd_open, pidfd_send_signal, pidfd_getfd
    (101, 117), (310, 270), (311, 271),  # ptrace, process_vm_readv, process_vm_writev
    (90, None), (91, 52), (268, 53), (452, 452),  # chmod, fchmod, fchmodat, fchmodat2
    (92, None), (93, 55), (94, None), (260, 54),  # chown, fchown, lchown, fchownat
    (76, 45),  # truncate
    (272, 97), (308, 268), (321, 280), (298, 241), (323, 282),  # unshare, setns, bpf, perf_event_open, userfaultfd
    (248, 217), (249, 218), (250, 219),  # add_key, request_key, keyctl
)  # fmt: skip
OWN_ONLY = ((62, 129), (234, 131), (302, 261))
"""kill, tgkill and prlimit64: of this process (or 0, which means the same) only."""
CLONE, CLONE3 = (56, 220), 435
CLONE_THREAD = 0x0001_0000

LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
ALLOW, NOT_PERMITTED, UNKNOWN_CALL = 0x7FFF_0000, 0x0005_0001, 0x0005_0026
Instruction = tuple[int, int, int, int]
"""Operation, instructions to skip if true, if false, operand."""


def _seccomp(instructions: Iterable[Instruction]) -> None:
    program = b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)
    memory = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(memory))
    _done(LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header))


def _filter(machine: str, own: int) -> Iterator[Instruction]:
    architecture, column = MACHINES[machine]
    yield LOAD, 0, 0, ARCHITECTURE
    yield JUMP_EQUAL, 1, 0, architecture
    yield RETURN, 0, 0, NOT_PERMITTED
    yield LOAD, 0, 0, NUMBER
    yield JUMP_AT_LEAST, 0, 1, X32
    yield RETURN, 0, 0, NOT_PERMITTED
    for numbers in DENIED:
        if (number := numbers[column]) is not None:
            yield from _if_called(number, (RETURN, 0, 0, NOT_PERMITTED))
    # clone3 hides its flags behind a pointer; told that there is none, the C library takes clone.
    yield from _if_called(CLONE3, (RETURN, 0, 0, UNKNOWN_CALL))
    yield from _if_called(CLONE[column], *_argument((JUMP_BITS, 1, 0, CLONE_THREAD)))
    for numbers in OWN_ONLY:
        yield from _if_called(numbers[column], *_argument((JUMP_EQUAL, 2, 0, 0), (JUMP_EQUAL, 1, 0, own)))
    yield RETURN, 0, 0, ALLOW


def _if_called(number: int, *then: Instruction) -> Iterator[Instruction]:
    yield JUMP_EQUAL, 0, len(then), number
    yield from then


def _argument(*passes: Instruction) -> Iterator[Instruction]:
    """Allows the call if one of the jumps leaps over the refusal."""
    yield LOAD, 0, 0, FIRST_ARGUMENT
    yield from passes
    yield RETURN, 0, 0, NOT_PERMITTED
    yield RETURN, 0, 0, ALLOW


def _done(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


if __name__ == "__main__":
    main()
