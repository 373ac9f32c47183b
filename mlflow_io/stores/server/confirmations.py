"""What of a server's snapshot may be told without asking the server: the states of each thing that is remembered.

unknown    nothing is remembered of it
stale      something is remembered, and may be wrong by now; it is not told before the server has been asked
confirmed  the server had it so at the last look; it is told without asking

    from                  when                                                          to
    unknown, stale        it is read: the server is asked                               confirmed
    (a new process)       an earlier one left a snapshot: all that is in it             stale
    stale                 a quick look: it checks every run that counts, and looks for  confirmed
                          those that ended since; it asks for the production model
    confirmed             a thorough look, or a quick one where the last search for     stale, all of it
                          everything is too long ago or lies in the future
    confirmed             a quick look, which finds that a latest run of a batch is     stale, all of it
                          gone or another now: which one is the latest, and whether
                          it is the same store, only the server knows
    confirmed             a quick look, and the experiment was not there before         stale, this one

Nothing else changes a state. A look never tells anything: it only decides what the next reading has to ask.
"""

from collections.abc import Iterable
from enum import Enum, auto
from typing import NamedTuple

from mlflow_io.stores.base import RunQuery


class Sort(Enum):
    """An experiment and a model may have the same name."""

    EXPERIMENT = auto()
    MODEL = auto()
    RUNS = auto()


class Thing(NamedTuple):
    sort: Sort
    name: str | RunQuery


def experiment(name: str) -> Thing:
    return Thing(Sort.EXPERIMENT, name)


def model(name: str) -> Thing:
    return Thing(Sort.MODEL, name)


def runs(query: RunQuery) -> Thing:
    return Thing(Sort.RUNS, query)


class Confirmations:
    """Things that are confirmed; of the others the snapshot says whether they are unknown or stale."""

    def __init__(self) -> None:
        self._confirmed: set[Thing] = set()

    def __contains__(self, thing: Thing) -> bool:
        return thing in self._confirmed

    def confirm(self, things: Iterable[Thing]) -> None:
        self._confirmed.update(things)

    def doubt(self, thing: Thing) -> None:
        self._confirmed.discard(thing)

    def doubt_all(self) -> None:
        self._confirmed.clear()
