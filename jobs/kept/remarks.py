"""What a worker's log is spared: of DBOS what is no news, and of anybody the same words again and again, as while a
disk is full."""

import logging
import time
from collections.abc import Callable

from batch_zero.secrets import masked
from batch_zero.text import one_line

DBOS = "dbos"
KNOWN = ("Exception encountered in background workflow", "no longer owned by", "was cancelled during execution")
"""A job that fails is no fault of the worker, which says so itself; nor is one that was cancelled or given back."""

AGAIN_AFTER_S, MOST_KEPT = 60.0, 200


class Seldom(logging.Filter):
    """The first line of each remark, and the same one once a minute only. clock: in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == DBOS and any(known in str(record.msg) for known in KNOWN):
            return False
        first = masked(one_line(next(iter(record.getMessage().strip().splitlines()), ""), 2_000))
        now, before = self._clock(), self._said.get(first)
        if before is not None and now - before < AGAIN_AFTER_S:
            return False
        if len(self._said) >= MOST_KEPT:
            self._said.clear()
        self._said[first] = now
        record.msg, record.args = first, ()
        return True


SELDOM = Seldom()
