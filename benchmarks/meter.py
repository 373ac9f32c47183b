"""CPU time of a piece of work, wherever it is spent: in this process and in the servers that it talks to."""

import gc
import math
import statistics
import time
from collections.abc import Callable
from typing import TypeVar

import psutil

T = TypeVar("T")
ENOUGH_MS = 500
"""Of CPU in one series: the clocks of other processes tick every 10 ms."""
SERIES = 3
MOST = 1_000
LONG_MS = 5_000
SETTLED_S = 0.05
WORTH_A_PAUSE_MS = 1
PAUSE_S = 0.02
"""Between two calls of a server: as in life, none finds the processor's caches full of the one before."""


class Meter:
    """servers: the first process of each; those below it count as well, the ones that have ended included."""

    def __init__(self, *servers: psutil.Process) -> None:
        self._servers = servers

    def once(self, work: Callable[[], T]) -> tuple[float, T]:
        """CPU milliseconds, and what the work gave."""
        gc.collect()
        gc.freeze()  # what other work left behind is not to be looked through in this one
        servers, own = self._settled(), time.process_time()
        answer = work()
        own = time.process_time() - own
        return (own + self._settled() - servers) * 1_000, answer

    def often(self, work: Callable[[], object]) -> float:
        """CPU milliseconds of one call, after a first one that warmed everything up: the median of a few series, since
        other work on the machine makes every cache colder and every clock a bit slower."""
        single, _ = self.once(work)
        if single > LONG_MS:
            return single
        repeats = min(MOST, max(2, math.ceil(ENOUGH_MS / max(single, 0.001))))
        pause = PAUSE_S if self._servers and single > WORTH_A_PAUSE_MS else 0.0

        def several() -> None:
            for _ in range(repeats):
                work()
                time.sleep(pause)

        return statistics.median(self.once(several)[0] for _ in range(SERIES)) / repeats

    def _settled(self) -> float:
        """Seconds, when the servers have finished: a PostgreSQL process ends a moment after its client has left."""
        before = self._seconds()
        for _ in range(40 if self._servers else 0):
            time.sleep(SETTLED_S)
            now = self._seconds()
            if now == before:
                break
            before = now
        return before

    def _seconds(self) -> float:
        while True:
            try:
                return sum(_tree(server) for server in self._servers)
            except psutil.NoSuchProcess:  # ended since it was listed; from now on its parent has its time
                if not all(server.is_running() for server in self._servers):
                    raise


def _tree(server: psutil.Process) -> float:
    """Each process with its children that have ended; parents first, so that no time is counted twice."""
    return sum(sum(process.cpu_times()[:4]) for process in (server, *server.children(recursive=True)))
