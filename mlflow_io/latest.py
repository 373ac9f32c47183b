"""The latest run per batch: a pure choice, and the query that feeds it.

The rules, in this order:
1. A run counts if it is active, FINISHED and its batch number (param, else tag) is a whole number.
2. The newest ``start_time`` wins; ties go to the newest ``end_time``, then to the greatest run id.
3. Every run is looked at: there is no cap.
4. Unfinished attempts newer than the winner are kept beside it.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, overload

from lifecycle.records import Attempts, RunRef
from mlflow_io import names

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

PAGE = 1_000
_WHOLE = re.compile(r"\s*(\d{1,9})(?:\.0*)?\s*", re.ASCII)
ODD_LENGTH = 40
LAST_MOMENT = 253_402_214_400_000
"""The end of the year 9999; a clock may be wrong, but not to where Python's calendar ends."""


@dataclass(frozen=True)
class RunRow:
    """A run as a store tells it. ``metrics`` holds the last value of each."""

    ref: RunRef
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]

    @property
    def batch_text(self) -> str | None:
        return self.params.get(names.BATCH_NUMBER, self.tags.get(names.BATCH_NUMBER))


@dataclass(frozen=True)
class Latest:
    """winners: batch -> the run that counts. attempts: batch -> the runs behind it.
    unfinished: batch -> its attempts, where none has finished. odd: batch numbers that are none, each once."""

    winners: dict[int, RunRow]
    attempts: dict[int, Attempts]
    unfinished: dict[int, tuple[RunRef, ...]]
    odd: tuple[str, ...]


def whole_number(text: str) -> int | None:
    """3 for "3", "3.0" and " 3 "; None for anything that is not a whole number from 0 on."""
    match = _WHOLE.fullmatch(text)
    return int(match.group(1)) if match else None


def is_drift_run(row: RunRow) -> bool:
    """In an experiment of its own, anything that is no gate run."""
    return not is_gate_run(row)


def has_drift_share(row: RunRow) -> bool:
    """In an experiment that drift runs share with gate and training runs."""
    return names.DRIFT_SHARE in row.metrics and is_drift_run(row)


def is_gate_run(row: RunRow) -> bool:
    """By its tag; in older histories, which have none, by its scores."""
    tag = row.tags.get(names.QUALITY_GATE)
    if tag is not None:
        return tag.strip().casefold() == names.QUALITY_GATE_TRUE.casefold()
    return names.CANDIDATE_SCORES["auc"] in row.metrics or names.PRODUCTION_SCORES["auc"] in row.metrics


def latest_per_batch(rows: Iterable[RunRow], belongs: Callable[[RunRow], bool]) -> Latest:
    """The choice. ``rows`` are active runs in any order, possibly twice; ``belongs`` says which kind is asked for."""
    by_batch: dict[int, dict[str, RunRow]] = defaultdict(dict)
    odd: dict[str, None] = {}
    for row in rows:
        text = row.batch_text
        if text is None or not belongs(row):
            continue
        batch = whole_number(text)
        if batch is None:
            odd[text[:ODD_LENGTH]] = None
        else:
            by_batch[batch][row.ref.run_id] = row
    winners, attempts, unfinished = {}, {}, {}
    for batch, runs in sorted(by_batch.items()):
        finished = [row for row in runs.values() if row.ref.status == "FINISHED"]
        pending = [row.ref for row in runs.values() if row.ref.status != "FINISHED"]
        if not finished:
            unfinished[batch] = _newest_first(pending)
            continue
        winner = winners[batch] = max(finished, key=lambda row: _age(row.ref))
        newer = [ref for ref in pending if ref.start_time > winner.ref.start_time]
        attempts[batch] = Attempts(len(finished), _newest_first(newer))
    return Latest(winners, attempts, unfinished, tuple(odd))


def _age(ref: RunRef) -> tuple[float, float, str]:
    end = ref.end_time.timestamp() if ref.end_time is not None else float("-inf")
    return ref.start_time.timestamp(), end, ref.run_id


def _newest_first(refs: list[RunRef]) -> tuple[RunRef, ...]:
    return tuple(sorted(refs, key=_age, reverse=True))


def batch_runs(client: "MlflowClient", experiment_id: str) -> Iterator[RunRow]:
    """Every active run of the experiment that carries a batch number, as param or as tag.

    Pages of MLflow are offsets: a run that is inserted meanwhile comes twice, which the choice bears.
    """
    for kind in ("params", "tags"):
        token: str | None = None
        while True:
            page = client.search_runs(
                [experiment_id], f"{kind}.{names.BATCH_NUMBER} LIKE '%'", max_results=PAGE, page_token=token
            )
            yield from map(_row, page)
            token = page.token
            if not token:
                break


def _row(run: "Run") -> RunRow:
    info = run.info
    ref = RunRef(info.run_id, info.experiment_id, info.status, moment(info.start_time), moment(info.end_time))
    return RunRow(ref, run.data.params, run.data.metrics, run.data.tags)


@overload
def moment(milliseconds: int) -> datetime: ...
@overload
def moment(milliseconds: None) -> None: ...
def moment(milliseconds: int | None) -> datetime | None:
    """MLflow's milliseconds since 1970 as a time in UTC."""
    return None if milliseconds is None else datetime.fromtimestamp(min(milliseconds, LAST_MOMENT) / 1000, UTC)
