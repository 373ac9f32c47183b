"""The runs of an experiment one page at a time, and single ones by their id: for pages that show runs of any kind.

A page begins after the last run of the one before, by start time and run id, and not at an offset: whatever is logged
or deleted meanwhile, a run that is there all the time is on exactly one page.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import NamedTuple

from mlflow_io.latest_runs import RunInfo
from mlflow_io.stores.base import Answer, RunData, RunStore

RUN_NAME = "mlflow.runName"
"""MLflow keeps a run's name in this tag, beside a column of its own."""

RUN_ID = re.compile(r"[\w-]{1,256}", re.ASCII)
"""What MLflow makes, and whoever may write; anything else is the id of no run."""

CURSOR = re.compile(r"^[0-9]{1,18}-[A-Za-z0-9_-]{1,256}$")
"""The text of a cursor, as any reader of regular expressions knows it."""

PAGE = 50
"""Runs on one page, where nobody says how many."""


@dataclass(frozen=True)
class Run:
    experiment_id: str
    info: RunInfo
    data: RunData

    @property
    def name(self) -> str:
        """Empty where it has none."""
        return self.data.tags.get(RUN_NAME, "")


class Place(Enum):
    """Where a run keeps a value; what MLflow's filters call it."""

    PARAM = "params"
    METRIC = "metrics"
    TAG = "tags"


@dataclass(frozen=True)
class Having:
    """Runs that have the param, metric or tag, and, where ``value`` is not None, with that value. NaN equals nothing.

    Raises ValueError for a value that is no number for a metric, or no text for the others.
    """

    place: Place
    key: str
    value: str | float | None = None

    def __post_init__(self) -> None:
        kind, name = ((int, float), "a number") if self.place is Place.METRIC else (str, "text")
        if self.value is not None and not isinstance(self.value, kind):
            raise ValueError(f"{self.place.value}.{self.key}: got {self.value!r:.80}, expected {name}")


class Cursor(NamedTuple):
    """The place after one run in the list.

    >>> Cursor.parse(str(Cursor(1750000000000, "0ab"))) == Cursor(1750000000000, "0ab")
    True
    """

    start: int
    run_id: str

    def __str__(self) -> str:
        return f"{self.start}-{self.run_id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Raises ValueError for what is not the text of a cursor."""
        start, _, run_id = text.partition("-")
        if not CURSOR.fullmatch(text):
            raise ValueError(f"page: got {text!r:.80}, expected milliseconds, a hyphen and a run id")
        return cls(int(start), run_id)


@dataclass(frozen=True)
class RunFilter:
    """The runs of one experiment that are not deleted, and which of them.

    statuses: any of these, all where it is empty. started_from (inclusive), started_before (exclusive): milliseconds
    since 1970. having: all of these. newest_first: by start time, then by run id; else the other way round.
    """

    experiment_id: str
    statuses: frozenset[str] = frozenset()
    started_from: int | None = None
    started_before: int | None = None
    having: tuple[Having, ...] = ()
    newest_first: bool = True

    def fits(self, info: RunInfo) -> bool:
        """As far as can be told without the run's data."""
        return (
            (not self.statuses or info.status in self.statuses)
            and (self.started_from is None or info.start >= self.started_from)
            and (self.started_before is None or info.start < self.started_before)
        )

    def fits_data(self, data: RunData) -> bool:
        return all(_has(data, criteria) for criteria in self.having)

    def is_after(self, info: RunInfo, cursor: Cursor | None) -> bool:
        return cursor is None or (position(info) < cursor if self.newest_first else position(info) > cursor)

    def in_order(self, infos: Iterable[RunInfo]) -> list[RunInfo]:
        return sorted(infos, key=position, reverse=self.newest_first)


@dataclass(frozen=True)
class RunPage:
    """next: where the next page begins; None where this is the last."""

    runs: tuple[Run, ...]
    next: Cursor | None = None


class RunList(ABC):
    """Every method raises TrackingUnreachable or TrackingRefused when the store does not answer."""

    @abstractmethod
    def list_runs(self, criteria: RunFilter, *, after: Cursor | None = None, limit: int = PAGE) -> Answer[RunPage]:
        """Up to ``limit`` runs, from the first or from ``after`` on. Of an experiment that is not there, none."""

    @abstractmethod
    def get_run(self, run_id: str) -> Answer[Run | None]:
        """None where it is deleted, or there is no such run."""


class Store(RunStore, RunList):
    """What every tracking URI opens."""


def position(info: RunInfo) -> Cursor:
    """Of a run in the list."""
    return Cursor(info.start, info.run_id)


def page_of(runs: Iterable[Run], limit: int) -> RunPage:
    """The first ``limit`` of ``runs``, and whether there are more; no more than one further run is taken."""
    found = tuple(islice(runs, limit + 1))
    return RunPage(found[:limit], position(found[limit - 1].info) if len(found) > limit else None)


def _has(data: RunData, criteria: Having) -> bool:
    found = _PLACES[criteria.place](data)
    return criteria.key in found and (criteria.value is None or found[criteria.key] == criteria.value)


_PLACES: dict[Place, Callable[[RunData], Mapping[str, str | float]]] = {
    Place.PARAM: lambda data: data.params,
    Place.METRIC: lambda data: data.metrics,
    Place.TAG: lambda data: data.tags,
}
