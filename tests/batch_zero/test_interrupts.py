"""A command that is ended from outside."""

import signal
import threading
import weakref
from collections.abc import Callable, Iterator

import pytest

from batch_zero.interrupts import Terminated, held_back, interruptible


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
            kill(number)
            raise AssertionError("not reached")
        finally:
            if number == signal.SIGTERM:
                kill(number)  # an impatient second one does not disturb the clearing up

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


def kill(number: int) -> None:
    """Heard before this returns, as ``os.kill`` need not be."""
    signal.raise_signal(number)


EACH = pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])


@EACH
def test_what_must_not_stop_half_way_is_gone_through_with(number: int, code: int) -> None:
    done = []

    @interruptible("program")
    def main() -> int:
        with held_back():
            with held_back():
                kill(number)
                done.append("inner")
            done.append("outer")
        raise AssertionError("not reached")

    assert (main(), done) == (code, ["inner", "outer"])


@EACH
def test_an_impatient_second_signal_of_the_same_kind_is_heard_at_once(number: int, code: int) -> None:
    @interruptible("program")
    def main() -> int:
        with held_back():
            kill(number)
            kill(signal.SIGINT if number == signal.SIGTERM else signal.SIGTERM)
            kill(number)
            raise AssertionError("not reached")

    assert main() == code


def test_a_signal_that_comes_while_something_fails_ends_the_command() -> None:
    @interruptible("program")
    def main() -> int:
        with held_back():
            kill(signal.SIGTERM)
            raise ValueError

    assert main() == 143


def test_in_another_thread_there_is_nothing_to_hold_back() -> None:
    before, done = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)], []

    def work() -> None:
        with held_back():
            done.extend(signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == before


def in_a_callback(act: Callable[[], None]) -> None:
    """What it raises, Python only prints."""

    class Watched:
        pass

    watched = Watched()
    reference = weakref.ref(watched, lambda _: act())
    del watched
    assert reference() is None


@EACH
def test_an_interrupt_that_python_swallowed_comes_again(
    capsys: pytest.CaptureFixture[str], number: int, code: int
) -> None:
    @interruptible("program")
    def main() -> int:
        in_a_callback(lambda: kill(number))
        threading.Event().wait(60)
        raise AssertionError("not reached")

    assert main() == code
    assert capsys.readouterr().err.count("\n") == 1


def test_it_comes_again_when_what_must_not_stop_is_through() -> None:
    done = []

    @interruptible("program")
    def main() -> int:
        in_a_callback(lambda: kill(signal.SIGINT))
        with held_back():
            while signal.getitimer(signal.ITIMER_REAL)[0]:
                pass  # a hundredth of a second
            done.append("through")
        raise AssertionError("not reached")

    assert (main(), done) == (130, ["through"])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_else_a_callback_raises_is_left_to_who_heard_it_before(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []
    monkeypatch.setattr("sys.unraisablehook", lambda unraisable: heard.append(unraisable.exc_type))

    @interruptible("program")
    def main() -> int:
        in_a_callback(lambda: 1 // 0)
        return 0

    assert (main(), heard) == (0, [ZeroDivisionError])
