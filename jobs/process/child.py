"""The process in which one job is done, with the request on its standard input: forked by ``nursery.py``, or begun as
``python -P child.py ROOT DESCRIPTOR [LENT]``.

It leads a process group of its own. A shell beside it waits for the end of the standard input, which comes when the
worker has enough of the job or has died itself, however that was, and then ends the whole group.
"""

import json
import os
import subprocess
import sys
import traceback
from importlib import import_module
from typing import Any

WATCH = "cat >/dev/null; kill -9 0"
LENGTH = 8


def main(root: str, descriptor: int, lent: int | None) -> None:
    """root: of our rooms. descriptor: where its lines go. lent: one that the job gets, see ``jobs.process.lending``."""
    request = json.loads(_read(int.from_bytes(_read(LENGTH), "big")))
    subprocess.Popen(["/bin/sh", "-c", WATCH], stdin=0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what it prints belongs into the worker's log
    os.set_inheritable(descriptor, False)
    if lent is not None:
        os.set_inheritable(lent, False)
    if root not in sys.path:
        sys.path.insert(0, root)
    with os.fdopen(descriptor, "wb") as answers:

        def say(**words: Any) -> None:
            answers.write(json.dumps(words, allow_nan=False).encode() + b"\n")
            answers.flush()

        def progress(step: int, of: int | None = None, text: str = "") -> None:
            say(progress=[step, of, text])

        try:
            arguments = (lent,) if request["borrows"] else ()
            say(result=_called(request["run"], request["payload"], progress, *arguments))
        except Exception as error:
            more = {name: getattr(error, name, None) for name in ("in_vain", "status")}
            say(failed=_sentence(error), **more)


def _called(run: str, *arguments: Any) -> Any:
    module, _, function = run.partition(":")
    return getattr(import_module(module), function)(*arguments)


def _sentence(error: Exception) -> str:
    """A fault of ours has its traceback in the log, and in it the files and statements that the sentence leaves out."""
    from batch_zero import secrets
    from batch_zero.errors import BatchZeroError
    from batch_zero.text import one_line

    secrets.keep()
    if isinstance(error, BatchZeroError):
        return secrets.masked(one_line(error.advised, 2000))
    print(secrets.masked(traceback.format_exc()), file=sys.stderr, flush=True)
    cause = getattr(error, "strerror", None) or next(iter(str(error).splitlines()), "")
    return secrets.masked(one_line(f"{type(error).__name__}: {cause}", 2000))


def _read(length: int) -> bytes:
    """From the standard input, and not a byte more."""
    parts = b""
    while len(parts) < length:
        part = os.read(0, length - len(parts))
        if not part:
            sys.exit("the worker ended before it said what to do")
        parts += part
    return parts


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
