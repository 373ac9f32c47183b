"""The latest run per batch: a pure choice among candidates, however a source came by them.

The rules, in this order:
1. A run counts if it is active, FINISHED and its batch number (param, else tag) is a whole number.
2. The newest ``start_time`` wins; ties go to the newest ``end_time``, then to the greatest run id.
3. Every run is looked at: there is no cap.
4. Unfinished attempts newer than the winner are kept beside it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
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
    """An active run of the kind that was asked for. start, end: milliseconds since 1970; batch: as it was written."""

    run_id: str
    status: str
    start: int
    end: int | None
    batch: str


@dataclass(frozen=True)
class BatchRuns:
    """Where a batch stands. winner: None where no run has finished; newer: unfinished, newest first.

    finished: how many of the candidates; how many of the store's runs only if those were all of them.
    """

    winner: RunInfo | None
    finished: int
    newer: tuple[RunInfo, ...]


@dataclass(frozen=True)
class Latest:
    """odd: batch numbers that are none, each once, shortened."""

    batches: dict[int, BatchRuns]
    odd: tuple[str, ...]


@lru_cache(4096)
def whole_number(text: str) -> int | None:
    """3 for "3", "3.0" and " 3 "; None for anything that is not a whole number from 0 on."""
    match = _WHOLE.fullmatch(text)
    return int(match.group(1)) if match else None


def latest_per_batch(candidates: Iterable[RunInfo]) -> Latest:
    """The choice. ``candidates`` come in any order; the same run may come twice, as pages of a moving store give it."""
    by_batch: dict[int, dict[str, RunInfo]] = defaultdict(dict)
    odd: dict[str, None] = {}
    for candidate in candidates:
        number = whole_number(candidate.batch)
        if number is None:
            odd[candidate.batch[:ODD_LENGTH]] = None
        else:
            by_batch[number][candidate.run_id] = candidate
    return Latest({number: _standing(by_batch[number].values()) for number in sorted(by_batch)}, tuple(odd))


def _standing(runs: Iterable[RunInfo]) -> BatchRuns:
    finished: list[RunInfo] = []
    pending: list[RunInfo] = []
    for run in runs:
        (finished if run.status == FINISHED else pending).append(run)
    winner = max(finished, key=age, default=None)
    newer = [run for run in pending if winner is None or run.start > winner.start]
    return BatchRuns(winner, len(finished), tuple(sorted(newer, key=age, reverse=True)))


def age(run: RunInfo) -> tuple[int, float, str]:
    """What candidates of a batch are compared by; the greatest is the latest."""
    return run.start, float("-inf") if run.end is None else run.end, run.run_id
