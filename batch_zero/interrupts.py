"""A command that is ended from outside: by Ctrl+C, or by SIGTERM as an orchestrator or ``docker stop`` sends it."""

import signal
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, ParamSpec

Arguments = ParamSpec("Arguments")


class Terminated(KeyboardInterrupt):
    """SIGTERM came. Like Ctrl+C it is no Exception: the runs that are open end KILLED."""


def interruptible(program: str) -> Callable[[Callable[Arguments, int]], Callable[Arguments, int]]:
    """Gives a command's main() the end that a shell expects, 128 and the signal's number, after one sentence. Python
    itself would print a traceback for Ctrl+C, and on SIGTERM die where it stands."""

    def decorate(main: Callable[Arguments, int]) -> Callable[Arguments, int]:
        @wraps(main)
        def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> int:
            before = signal.signal(signal.SIGTERM, _terminate)
            try:
                return main(*args, **kwargs)
            except KeyboardInterrupt as end:
                terminated = isinstance(end, Terminated)
                print(f"{program}: {'ended by SIGTERM' if terminated else 'interrupted'}", file=sys.stderr)
                return 128 + (signal.SIGTERM if terminated else signal.SIGINT)
            finally:
                signal.signal(signal.SIGTERM, before or signal.SIG_DFL)

        return guarded

    return decorate


def _terminate(*_: Any) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the first one is on its way; another must not cut its end short
    raise Terminated("SIGTERM")
