"""The queue as a process shares it: one to an address, so that its connections are opened once."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jobs.bounds import Bounds
from jobs.kept.store import Store
from jobs.kinds import KINDS
from jobs.queue import Queue


def shared(url: str, bounds: Mapping[str, Any]) -> Queue:
    """bounds: those that are not by default, by their names. Raises JobsAddress."""
    return _shared(url, Bounds(**bounds))


@cache
def _shared(url: str, bounds: Bounds) -> Queue:
    return Queue(Store(url), KINDS, bounds)
