"""A command that is ended from outside."""

import os
import signal
from collections.abc import Iterator

import pytest

from batch_zero.interrupts import Terminated, interruptible


@pytest.fixture(autouse=True)
def sigint_is_heard() -> Iterator[None]:
    """A shell that starts a program in the background has it ignore SIGINT, and Python then leaves it at that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def ended(number: int) -> int:
    @interruptible("program")
    def main() -> int:
        try:
            os.kill(os.getpid(), number)
            raise AssertionError("not reached")
        finally:
            if number == signal.SIGTERM:
                os.kill(os.getpid(), number)  # an impatient second one does not disturb the clearing up

    return main()


@pytest.mark.parametrize(
    ("number", "code", "sentence"),
    [(signal.SIGINT, 130, "program: interrupted\n"), (signal.SIGTERM, 143, "program: ended by SIGTERM\n")],
)
def test_a_signal_is_one_sentence_and_the_exit_code_that_a_shell_expects(
    capsys: pytest.CaptureFixture[str], number: int, code: int, sentence: str
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert (ended(number), capsys.readouterr().err) == (code, sentence)
    assert signal.getsignal(signal.SIGTERM) == before


def test_whatever_else_a_command_does_is_its_own() -> None:
    @interruptible("program")
    def main(code: int) -> int:
        if code < 0:
            raise ValueError
        return code

    assert (main(3), main.__name__) == (3, "main")
    with pytest.raises(ValueError):  # noqa: PT011 - its own, without a word
        main(-1)


def test_sigterm_is_no_exception_so_that_runs_end_killed() -> None:
    assert not issubclass(Terminated, Exception)
