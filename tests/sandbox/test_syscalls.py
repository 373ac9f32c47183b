"""The numbers of the system calls, held against the kernel's own headers."""

import struct
from collections.abc import Iterable
from pathlib import Path

import pytest

from sandbox.confinement import seccomp, syscalls

ROWS = (Path(__file__).with_name("unistd.tsv")).read_text("ascii").splitlines()
HEADERS = {name: numbers for name, *numbers in (row.split("\t") for row in ROWS[2:])}
"""Name: numbers of x86-64 and AArch64, as text; "-" for none."""

BEYOND = (Path(__file__).with_name("beyond.txt")).read_text("ascii").split()

NAMED = {
    **syscalls.FREE,
    **syscalls.OWN,
    **syscalls.ABSENT,
    **{name: numbers for name, (numbers, _, _) in syscalls.CHOSEN.items()},
    "clone": syscalls.THREAD,
}


@pytest.mark.parametrize("name", NAMED)
def test_a_call_has_the_numbers_of_the_kernel(name: str) -> None:
    assert ["-" if number is None else str(number) for number in NAMED[name]] == HEADERS[name]


@pytest.mark.parametrize("name", syscalls.PARENT)
def test_a_call_of_the_warm_parent_has_the_numbers_of_the_kernel(name: str) -> None:
    assert ["-" if number is None else str(number) for number in syscalls.PARENT[name]] == HEADERS[name]


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_the_warm_parent_may_fork_and_confine_and_has_neither_network_nor_programs(machine: str) -> None:
    program = list(seccomp._filter(machine, OURS, syscalls.PARENT))
    allowed = {
        name
        for name, number in called(machine, HEADERS).items()
        if run(program, struct.pack("<IIQ6Q", number, seccomp.MACHINES[machine][0], 0, *[9_999] * 6)) == seccomp.ALLOW
    }
    assert allowed == set(called(machine, {**syscalls.FREE, **syscalls.PARENT}))
    assert not allowed & {"socket", "connect", "execve", "execveat", "ptrace", "process_vm_readv", "bpf", "mount"}


def test_no_call_is_named_twice() -> None:
    tables = (syscalls.FREE, syscalls.OWN, syscalls.ABSENT, syscalls.CHOSEN, {"clone": syscalls.THREAD})
    assert sum(map(len, tables)) == len(NAMED)


@pytest.mark.parametrize("name", BEYOND)
def test_a_call_that_reaches_beyond_this_process_is_not_allowed(name: str) -> None:
    assert name not in NAMED


OURS, OTHERS = 4_000, 4_001
"""Processes."""


def answer(machine: str, number: int, *arguments: int) -> int:
    """What the kernel makes of the filter for a call: the program as seccomp(2) has it run, on any machine."""
    padded = (*arguments, *[0] * (6 - len(arguments)))
    call = struct.pack("<IIQ6Q", number, seccomp.MACHINES[machine][0], 0, *padded)
    return run(list(seccomp._filter(machine, OURS)), call)


def run(program: list[seccomp.Instruction], call: bytes) -> int:
    at, loaded = 0, 0
    while True:
        operation, if_true, if_false, operand = program[at]
        if operation == seccomp.RETURN:
            return operand
        if operation == seccomp.LOAD:
            (loaded,) = struct.unpack_from("<I", call, operand)
            at += 1
            continue
        holds = {
            seccomp.JUMP_EQUAL: loaded == operand,
            seccomp.JUMP_AT_LEAST: loaded >= operand,
            seccomp.JUMP_BITS: bool(loaded & operand),
        }[operation]
        at += 1 + (if_true if holds else if_false)


def called(machine: str, names: Iterable[str]) -> dict[str, int]:
    """The names of those that the machine has, with their numbers."""
    column = seccomp.MACHINES[machine][1]
    return {name: int(HEADERS[name][column]) for name in names if HEADERS[name][column] != "-"}


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_every_call_of_the_kernel_is_answered_as_the_list_has_it(machine: str) -> None:
    for name, number in called(machine, HEADERS.keys() - NAMED.keys()).items():
        assert answer(machine, number) == seccomp.NOT_PERMITTED, name
    for name, number in called(machine, syscalls.FREE).items():
        assert answer(machine, number) == seccomp.ALLOW, name
    for name, number in called(machine, syscalls.ABSENT).items():
        assert answer(machine, number) == seccomp.UNKNOWN_CALL, name
    assert answer(machine, 468) == answer(machine, 5_000) == seccomp.NOT_PERMITTED  # file_setattr, and one to come


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_a_call_that_is_allowed_in_part_is_allowed_in_that_part(machine: str) -> None:
    for name, number in called(machine, syscalls.OWN).items():
        asked = {process: answer(machine, number, process) for process in (0, OURS, OTHERS, 2**32 - 1)}
        assert [process for process, said in asked.items() if said == seccomp.ALLOW] == [0, OURS], name
    for name, number in called(machine, syscalls.CHOSEN).items():
        _, argument, values = syscalls.CHOSEN[name]
        allowed = {v for v in (*range(2_000), *values) if answer(machine, number, *[v] * argument, v) == seccomp.ALLOW}
        assert allowed == set(values), name


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_a_thread_may_be_begun_and_a_process_may_not(machine: str) -> None:
    (number,) = called(machine, ["clone"]).values()
    assert answer(machine, number, 0x3D_0F00) == seccomp.ALLOW  # the flags of pthread_create
    assert answer(machine, number, 17) == seccomp.NOT_PERMITTED  # SIGCHLD alone, as fork has it


def test_the_calls_of_another_machine_are_refused() -> None:
    program = list(seccomp._filter("x86_64", OURS))
    read = struct.pack("<IIQ6Q", 0, seccomp.MACHINES["x86_64"][0], 0, *[0] * 6)
    i386 = struct.pack("<IIQ6Q", 3, 0x4000_0003, 0, *[0] * 6)
    x32 = struct.pack("<IIQ6Q", seccomp.X32, seccomp.MACHINES["x86_64"][0], 0, *[0] * 6)
    assert [run(program, call) == seccomp.ALLOW for call in (read, i386, x32)] == [True, False, False]
