"""How long a model takes, by the clock of its own process: without the way to it and back."""

from collections.abc import Callable
from itertools import cycle, islice
from threading import Thread
from time import perf_counter_ns
from typing import Any

import numpy as np

Ask = Callable[[Any], np.ndarray]
DIFFERENT = 64
"""Batches that are taken in turn, so that no answer is that of the call before."""


def times(ask: Ask, features: Any, size: int, calls: int, budget_s: float) -> np.ndarray:
    """Nanoseconds of each call with ``size`` rows, in their order; fewer than ``calls`` where the budget was spent, but
    never none. features: as the model takes them, ``size`` rows of them at least."""
    rows = len(features) if hasattr(features, "__len__") else features.shape[0]
    starts = range(0, rows - size + 1, size)[:DIFFERENT]
    batches = [_part(features, start, start + size) for start in starts]
    ends, found = perf_counter_ns() + int(budget_s * 1e9), []
    for batch in islice(cycle(batches), calls):
        begun = perf_counter_ns()
        ask(batch)
        ended = perf_counter_ns()
        found.append(ended - begun)
        if ended > ends:
            break
    return np.array(found, dtype="int64")


def in_threads(ask: Ask, features: Any, threads: int) -> np.ndarray:
    """The answers of several threads that ask at the same time, one below the other. Raises what one of them raised."""
    found: list[np.ndarray | None] = [None] * threads
    raised: list[Exception] = []

    def one(place: int) -> None:
        try:
            found[place] = ask(features)
        except Exception as error:  # whatever a model raises
            raised.append(error)

    workers = [Thread(target=one, args=(place,)) for place in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if raised:
        raise raised[0]
    return np.concatenate([answer for answer in found if answer is not None])


def _part(features: Any, start: int, end: int) -> Any:
    return features.iloc[start:end] if hasattr(features, "iloc") else features[start:end]
