"""A command that is ended from outside: by Ctrl+C, or by SIGTERM as an orchestrator or ``docker stop`` sends it.

It ends between two steps: what must not stop half-way is ``held_back``. And it does end: an interrupt that Python
swallowed, because it came inside a callback of the garbage collector, comes again.
"""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial, wraps
from types import FrameType
from typing import Any, NoReturn, ParamSpec

from batch_zero import beginning

Arguments = ParamSpec("Arguments")

SIGNALS = (signal.SIGINT, signal.SIGTERM)
AGAIN_S = 0.01
"""How soon a swallowed interrupt comes again: the callback that swallowed it has to be over."""


class Terminated(KeyboardInterrupt):
    """SIGTERM came. Like Ctrl+C it is no Exception: the runs that are open end KILLED."""


def interruptible(program: str) -> Callable[[Callable[Arguments, int]], Callable[Arguments, int]]:
    """Gives a command's main() the end that a shell expects, 128 and the signal's number, after one sentence. Python
    itself would print a traceback for Ctrl+C, and on SIGTERM die where it stands."""

    def decorate(main: Callable[Arguments, int]) -> Callable[Arguments, int]:
        @wraps(main)
        def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> int:
            with _heard():
                try:
                    return main(*args, **kwargs)
                except KeyboardInterrupt as end:
                    terminated = isinstance(end, Terminated)
                    print(f"{program}: {'ended by SIGTERM' if terminated else 'interrupted'}", file=sys.stderr)
                    return 128 + (signal.SIGTERM if terminated else signal.SIGINT)

        return guarded

    return decorate


@contextmanager
def held_back() -> Iterator[None]:
    """What is inside is not cut short: a signal is heard when it is through. The second one of a kind is heard at once.

    Only the main thread hears signals; in another one there is nothing to hold back. Those that nobody hears in Python,
    because they are ignored or end the process, stay as they are."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting = _Waiting()
    try:
        waiting.begin()
        yield
    finally:
        waiting.end()


class _Waiting:
    """The signals that came meanwhile. One inside another leaves all to the outer one."""

    def __init__(self) -> None:
        self._handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}
        self._came: list[int] = []

    def begin(self) -> None:
        for number in SIGNALS:
            handler = signal.getsignal(number)
            if callable(handler) and not isinstance(getattr(handler, "__self__", None), _Waiting):
                self._handlers[number] = handler
                signal.signal(number, self._hear)

    def end(self) -> None:
        for number, handler in self._handlers.items():
            if signal.getsignal(number) == self._hear:
                signal.signal(number, handler)
        if self._came:
            self._handlers[self._came[0]](self._came[0], None)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if number in self._came:
            self._handlers[number](number, frame)
        self._came.append(number)


@contextmanager
def _heard() -> Iterator[None]:
    """SIGTERM is raised, and what is swallowed is raised again, where there are timers: Windows has none."""
    before, interrupted = signal.signal(signal.SIGTERM, _terminate), signal.getsignal(signal.SIGINT)
    if interrupted is beginning.end:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with _raised_again() if hasattr(signal, "setitimer") else nullcontext():
            yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)
        if interrupted is beginning.end:
            signal.signal(signal.SIGINT, interrupted)


@contextmanager
def _raised_again() -> Iterator[None]:
    alarm, hook = signal.getsignal(signal.SIGALRM), sys.unraisablehook
    sys.unraisablehook = partial(_swallowed, hook)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = hook
        signal.signal(signal.SIGALRM, alarm or signal.SIG_DFL)


def _terminate(*_: Any) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the first one is on its way; another must not cut its end short
    raise Terminated("SIGTERM")


def _swallowed(otherwise: Callable[[Any], object], unraisable: Any) -> None:
    """What a callback raised, from which nothing can be raised. Not a thread but a timer: this may stand anywhere, and
    must take no lock."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        otherwise(unraisable)
        return
    number = signal.SIGINT
    if issubclass(unraisable.exc_type, Terminated):
        number = signal.SIGTERM
        signal.signal(number, _terminate)
    signal.signal(signal.SIGALRM, partial(_again, number))
    signal.setitimer(signal.ITIMER_REAL, AGAIN_S)


def _again(number: int, _: int, frame: FrameType | None) -> None:
    if _stands_in(_swallowed, frame):
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
    else:
        signal.raise_signal(number)


def _stands_in(function: Callable[..., object], frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code is not function.__code__:
        frame = frame.f_back
    return frame is not None
