"""The latest run per batch: a pure choice among runs, however a store came by them.

The rules, in this order:
1. A run counts if it is active, FINISHED and its batch number (param, else tag) is a whole number.
2. The newest ``start_time`` wins; ties go to the newest ``end_time``, then to the greatest run id.
3. Every run is looked at: there is no cap.
4. Unfinished attempts newer than the latest are kept beside it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property, lru_cache
from typing import NamedTuple

FINISHED = "FINISHED"
ODD_LENGTH = 40
_WHOLE = re.compile(r" *(\d{1,9})(?:\.0*)? *", re.ASCII)


class Kind(Enum):
    """Which runs of an experiment are asked for; gate runs are known by their tag, in older histories by their scores.

    DRIFT: in an experiment of its own, all runs that are no gate runs, and gate runs that have a drift share.
    DRIFT_AMONG_OTHERS: in an experiment shared with gate and training runs, those that have a drift share.
    One run may be a drift run and a gate run.
    """

    GATE = auto()
    DRIFT = auto()
    DRIFT_AMONG_OTHERS = auto()


class RunInfo(NamedTuple):
    """A run without its data. start, end: milliseconds since 1970; batch: as it was written, empty where there is
    none."""

    run_id: str
    status: str
    start: int
    end: int | None
    batch: str


@dataclass(frozen=True)
class BatchRuns:
    """The runs of one batch. latest: None where no run has finished; newer: unfinished, newest first.

    finished: how many of the runs that were given; how many of the store's only if those were all of them.
    """

    latest: RunInfo | None
    finished: int
    newer: tuple[RunInfo, ...]


@dataclass(frozen=True)
class LatestRuns:
    """By batch number, ascending. odd: batch numbers that are none, each once, shortened."""

    batches: dict[int, BatchRuns]
    odd: tuple[str, ...]

    @cached_property
    def by_batch(self) -> dict[int, RunInfo]:
        """The latest run of each batch that has one."""
        return {number: runs.latest for number, runs in self.batches.items() if runs.latest}

    @property
    def run_ids(self) -> list[str]:
        """Of the latest runs."""
        return [run.run_id for run in self.by_batch.values()]


@lru_cache(4096)
def whole_number(text: str) -> int | None:
    """3 for "3", "3.0" and " 3 "; None for anything that is not a whole number from 0 on.

    >>> whole_number(" 3.0"), whole_number("03"), whole_number("-3"), whole_number("3.5")
    (3, 3, None, None)
    """
    match = _WHOLE.fullmatch(text)
    return int(match.group(1)) if match else None


def latest_per_batch(runs: Iterable[RunInfo]) -> LatestRuns:
    """The choice. ``runs`` come in any order; the same run may come twice, as pages of a moving store give it.

    >>> done = RunInfo("a", "FINISHED", start=10, end=20, batch="3")
    >>> failed = RunInfo("b", "FAILED", start=30, end=40, batch="3.0")
    >>> latest_per_batch([failed, done]).batches[3] == BatchRuns(done, finished=1, newer=(failed,))
    True
    """
    by_batch: dict[int, dict[str, RunInfo]] = defaultdict(dict)
    odd: dict[str, None] = {}
    for run in runs:
        number = whole_number(run.batch)
        if number is None:
            odd[run.batch[:ODD_LENGTH]] = None
        else:
            by_batch[number][run.run_id] = run
    return LatestRuns({number: _batch_runs(by_batch[number].values()) for number in sorted(by_batch)}, tuple(odd))


def _batch_runs(runs: Iterable[RunInfo]) -> BatchRuns:
    finished: list[RunInfo] = []
    pending: list[RunInfo] = []
    for run in runs:
        (finished if run.status == FINISHED else pending).append(run)
    latest = max(finished, key=age, default=None)
    newer = [run for run in pending if latest is None or run.start > latest.start]
    return BatchRuns(latest, len(finished), tuple(sorted(newer, key=age, reverse=True)))


def age(run: RunInfo) -> tuple[int, float, str]:
    """What runs of a batch are compared by; the greatest is the latest."""
    return run.start, float("-inf") if run.end is None else run.end, run.run_id
