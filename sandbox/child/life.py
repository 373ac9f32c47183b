"""One child from its first request to its end: it confines itself, and only then opens a model.

Nothing here imports a library: those that a cold child needs come after the confinement, because they start threads.
"""

import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from sandbox.child import garbage
from sandbox.confinement import confine
from sandbox.wire import frames


def live(requests: int, answers: int, once_confined: Callable[[], None] = lambda: None) -> NoReturn:
    """requests, answers: file descriptors of the two pipes. They are moved out of the way of what a model reads and
    prints. once_confined: what else is to be done before the model is opened."""
    code = 1
    try:
        requests, answers = _moved(requests, os.O_RDONLY), _moved(answers, os.O_WRONLY)
        if (first := frames.read(requests, 0)) is not None:
            _settle(first[0])
            once_confined()
            from sandbox.child import worker

            code = worker.serve(requests, answers, first[0])
    except SystemExit as end:
        code = _exit_code(end)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)  # native libraries that abort while they are torn down should not spoil the answer


def _moved(pipe: int, mode: int) -> int:
    elsewhere = os.dup(pipe)
    nothing = os.open(os.devnull, mode)
    os.dup2(nothing, pipe)
    os.close(nothing)
    return elsewhere


def _settle(request: dict[str, Any]) -> None:
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    confine.confine(request["limits"], read=request["read"], write=[request["folder"]])
    if os.getppid() != request["parent"]:
        sys.exit("the process that asked is gone")
    garbage.seldom()


def _exit_code(end: SystemExit) -> int:
    """As Python itself has it."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1
