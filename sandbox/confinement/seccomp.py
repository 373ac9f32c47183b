"""seccomp(2): every system call that `syscalls` does not allow is answered with EPERM, in this process and for good."""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sandbox.confinement.libc import LIBC, LINUX, done
from sandbox.confinement.syscalls import ABSENT, CHOSEN, FREE, OWN, PARENT, THREAD, Numbers

PR_GET_SECCOMP, PR_SET_SECCOMP = 21, 22
SECCOMP_MODE_FILTER = 2

MACHINES = {"x86_64": (0xC000_003E, 0), "aarch64": (0xC000_00B7, 1)}
"""Name: (what the kernel calls it, its column of numbers)."""

X32 = 0x4000_0000
"""From this number on, x86-64 has every call a second time."""

CLONE_THREAD = 0x0001_0000

LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
ALLOW, NOT_PERMITTED, UNKNOWN_CALL = 0x7FFF_0000, 0x0005_0001, 0x0005_0026
Instruction = tuple[int, int, int, int]
"""Operation, instructions to skip if true, if false, operand."""


def is_there() -> bool:
    return LINUX and os.uname().machine in MACHINES and sys.maxsize > 2**32 and LIBC.prctl(PR_GET_SECCOMP) >= 0


def restrict() -> None:
    """Wants no_new_privs, and one thread only. Raises OSError."""
    load(list(_filter(os.uname().machine, os.getpid())))


def restrict_parent() -> None:
    """The same for a process that confines its children: what it needs for that is allowed as well."""
    load(list(_filter(os.uname().machine, os.getpid(), PARENT)))


def load(instructions: Sequence["Instruction"]) -> None:
    program = b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)
    memory = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(instructions), ctypes.addressof(memory))
    done(LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header))


def _filter(machine: str, own: int, more: Mapping[str, Numbers] | None = None) -> Iterator[Instruction]:
    """The most frequent calls come first: the kernel goes through the list from the top. more: allowed besides."""
    architecture, column = MACHINES[machine]
    yield LOAD, 0, 0, ARCHITECTURE
    yield JUMP_EQUAL, 1, 0, architecture
    yield RETURN, 0, 0, NOT_PERMITTED
    yield LOAD, 0, 0, NUMBER
    yield JUMP_AT_LEAST, 0, 1, X32
    yield RETURN, 0, 0, NOT_PERMITTED
    for numbers in (*FREE.values(), *(more or {}).values()):
        yield from _if_called(numbers[column], (RETURN, 0, 0, ALLOW))
    for numbers, argument, values in CHOSEN.values():
        yield from _if_called(numbers[column], *_if_among(argument, values))
    for numbers in OWN.values():
        yield from _if_called(numbers[column], *_if_among(0, (0, own)))
    yield from _if_called(THREAD[column], *_if_thread())
    for numbers in ABSENT.values():
        yield from _if_called(numbers[column], (RETURN, 0, 0, UNKNOWN_CALL))
    yield RETURN, 0, 0, NOT_PERMITTED


def _if_called(number: int | None, *then: Instruction) -> Iterator[Instruction]:
    if number is not None:
        yield JUMP_EQUAL, 0, len(then), number
        yield from then


def _if_among(argument: int, values: Iterable[int]) -> Iterator[Instruction]:
    """By its lower half: the kernel takes no more of these arguments."""
    yield LOAD, 0, 0, FIRST_ARGUMENT + 8 * argument
    for value in values:
        yield JUMP_EQUAL, 0, 1, value
        yield RETURN, 0, 0, ALLOW
    yield RETURN, 0, 0, NOT_PERMITTED


def _if_thread() -> Iterator[Instruction]:
    yield LOAD, 0, 0, FIRST_ARGUMENT
    yield JUMP_BITS, 0, 1, CLONE_THREAD
    yield RETURN, 0, 0, ALLOW
    yield RETURN, 0, 0, NOT_PERMITTED
