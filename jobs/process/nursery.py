"""The process from which those of jobs are forked: ``python -P nursery.py ROOT CONTROL MODULE...``. It has imported
what they need, which would take each of them seconds, and does nothing else.
"""

import gc
import os
import socket
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import NoReturn

ANSWERS, LENT = 3, 4
"""The numbers of a job's descriptors."""

QUIET = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Threads would not live through a fork."""


def main(root: str, control: int, modules: list[str]) -> NoReturn:
    sys.path.insert(0, root)
    from sandbox.forking.lines import Lines, threads

    with _quiet():
        for name in modules:
            import_module(name)
    if (begun := threads()) > 1:
        sys.exit(f"{begun} threads were begun by {', '.join(modules)}, and none can be forked")
    gc.collect()
    gc.freeze()  # jobs share this memory as long as nobody writes into it
    owner = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, control)
    Lines(owner, lambda files: _born(root, files)).serve()


@contextmanager
def _quiet() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in QUIET}
    os.environ.update(QUIET)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _born(root: str, files: list[int]) -> NoReturn:
    """files: of the request, of the answers, and what is lent, if anything is. Nothing else stays open."""
    import fcntl  # Windows has none

    code = 1
    try:
        os.setsid()
        places = (0, ANSWERS, LENT)[: len(files)]
        for place, held in zip(places, [fcntl.fcntl(file, fcntl.F_DUPFD, LENT + 1) for file in files], strict=True):
            os.dup2(held, place)
        os.closerange(places[-1] + 1, os.sysconf("SC_OPEN_MAX"))
        _be_different()
        from jobs.process import child

        child.main(root, ANSWERS, LENT if len(files) > 2 else None)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _be_different() -> None:
    """From other jobs, whose random numbers it would draw, and from the one that it was forked from, whose BLAS has one
    thread."""
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "threadpoolctl" in sys.modules:
        blas = sys.modules["threadpoolctl"].ThreadpoolController().select(user_api="blas")
        blas.limit(limits=int(os.environ.get("OPENBLAS_NUM_THREADS") or os.cpu_count() or 1))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
