"""Who sees to it that a model's process ends, and its folder with it: a shell that outlives this process, and a thread
that looks at what the child uses, in a call and between two."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from threading import Event, Thread

from sandbox.cold import Child
from sandbox.limits import Limits
from sandbox.usage import excess

LOOK_EVERY_S = 0.1

WATCH = """
read -r child; read -r ended || kill -9 "-$child"
rm -rf -- "$1" || { chmod -R u+rwx -- "$1"; rm -rf -- "$1"; }
"""


class Watch:
    """A small shell that outlives this process. However this one may die, its pipe to the shell closes then, which ends
    the child. The shell removes the folder in any case: a model may leave anything there, of any depth and number."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", WATCH, "sh", folder],
            cwd="/",
            env={"PATH": os.defpath},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._shell.stdin is not None
        self._pipe = self._shell.stdin

    def expect(self, child: int) -> None:
        self._tell(f"{child}\n")

    def end(self, within_s: float) -> None:
        """Nothing is left to kill. Waits until the folder is gone, but no longer than that; it will be."""
        self._tell("\nended\n")
        self._pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self._shell.wait(max(0.0, within_s))

    def _tell(self, line: str) -> None:
        with suppress(BrokenPipeError):  # somebody has killed the shell; what it was for is done without it
            self._pipe.write(line.encode())
            self._pipe.flush()


@contextmanager
def watched(deadline: float) -> Iterator[Watch]:
    """deadline: of the session, by the monotonic clock."""
    watch = Watch(mkdtemp(prefix="batch-zero-"))
    try:
        yield watch
    finally:
        watch.end(deadline - time.monotonic())


class Overseer:
    """Kills the child as soon as it uses more than it may, or the session's time is over. found: why."""

    def __init__(self, child: Child, folder: str, limits: Limits, ends: float) -> None:
        self.found: str | None = None
        self._child, self._folder, self._limits, self._ends = child, Path(folder), limits, ends
        self._left = Event()
        self._thread = Thread(target=self._look, name="model overseer", daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._left.wait(min(LOOK_EVERY_S, max(0.0, self._ends - time.monotonic()))):
            if made := excess(self._child.pid, self._folder, self._limits.bounds):
                self.found = f"the model was stopped: it made {made}"
            elif time.monotonic() >= self._ends:
                self.found = f"the model gave no answer within {self._limits.wall_s:.0f} seconds"
            if self.found:
                self._child.kill()
                return

    def end(self) -> None:
        self._left.set()
        self._thread.join()
