"""The numbers of the system calls, held against the kernel's own headers."""

from pathlib import Path

import pytest

from testbench import syscalls

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


def test_no_call_is_named_twice() -> None:
    tables = (syscalls.FREE, syscalls.OWN, syscalls.ABSENT, syscalls.CHOSEN, {"clone": syscalls.THREAD})
    assert sum(map(len, tables)) == len(NAMED)


@pytest.mark.parametrize("name", BEYOND)
def test_a_call_that_reaches_beyond_this_process_is_not_allowed(name: str) -> None:
    assert name not in NAMED
