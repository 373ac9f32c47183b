"""Rows of MLflow's tables, and what to do about those that no MLflow writes: SQLite keeps anything in any column."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from mlflow_io import names
from mlflow_io.latest_runs import FINISHED, RunInfo
from mlflow_io.stores.base import RunData

CHUNK = 500
"""Run ids in one query; SQLite's own limit on variables was 999 for a long time."""

ACTIVE = "COALESCE({table}lifecycle_stage, '') <> 'deleted'"
"""Only what says so is deleted."""

STATUSES = {"RUNNING", "SCHEDULED", FINISHED, "FAILED", "KILLED"}
NAN = float("nan")


class Database(Protocol):
    """An open, read-only connection."""

    def rows(self, query: str, values: Sequence[Any] = ()) -> Iterable[Sequence[Any]]:
        """query: with a question mark for each of ``values``."""

    def columns(self, table: str) -> set[str]:
        """Empty where there is no such table."""


class Unreadable:
    """What one answer goes without."""

    def __init__(self) -> None:
        self._noted: dict[str, None] = {}

    @property
    def noted(self) -> tuple[str, ...]:
        return tuple(self._noted)

    def note(self, where: str, why: str) -> None:
        self._noted[f"{where}: {why}"] = None

    def problem_of(self, run: RunInfo) -> str | None:
        """The first value of ``run`` that cannot be one, which is noted; None where all can."""
        problem = _problem_of(run)
        if problem is not None:
            self.note(f"run {run.run_id!s:.64}", problem)
        return problem

    def sound_values(
        self, kind: type | tuple[type, ...], run_id: str, values: Mapping[str, Any], unread: list[str]
    ) -> dict[str, Any]:
        """Those of the type ``kind``; notes the others, and adds their names to ``unread``."""
        sound = {key: value for key, value in values.items() if isinstance(value, kind)}
        for key in values.keys() - sound.keys():
            self.note(f"run {run_id}, {key!s:.80}", f"its value is {values[key]!r:.40}")
            unread.append(key)
        return sound


def _problem_of(run: RunInfo) -> str | None:
    checked = (  # (what, value, whether it can be one)
        ("id", run.run_id, isinstance(run.run_id, str)),
        ("status", run.status, run.status in STATUSES),
        ("start_time", run.start, type(run.start) is int),
        ("end_time", run.end, run.end is None or type(run.end) is int),
        (names.BATCH_NUMBER, run.batch, isinstance(run.batch, str)),
    )
    for what, value, sound in checked:
        if not sound:
            return f"its {what} is {value!r:.40}"
    return None


def marks(values: Iterable[object]) -> str:
    """A question mark for each."""
    return ", ".join("?" for _ in values)


def first(database: Database, query: str, values: Sequence[Any]) -> Sequence[Any] | None:
    return next(iter(database.rows(query, values)), None)


def read_data(database: Database, run_ids: Collection[str], unreadable: Unreadable) -> dict[str, RunData]:
    """By run id; of a run that was deleted meanwhile, nothing."""
    params = _by_run(database, "SELECT run_uuid, key, value FROM params", run_ids)
    tags = _by_run(database, "SELECT run_uuid, key, value FROM tags", run_ids)
    values = "SELECT run_uuid, key, CASE WHEN is_nan THEN NULL ELSE value END FROM latest_metrics"
    metrics = _by_run(database, values, run_ids)
    found = {}
    for run_id in run_ids:
        unread: list[str] = []
        found[run_id] = RunData(
            unreadable.sound_values(str, run_id, params[run_id], unread),
            unreadable.sound_values((int, float), run_id, _filled(metrics[run_id], NAN), unread),
            unreadable.sound_values(str, run_id, _filled(tags[run_id], ""), unread),
            tuple(unread),
        )
    return found


def _by_run(database: Database, query: str, run_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {run_id: {} for run_id in run_ids}
    ids = list(run_ids)
    for begin in range(0, len(ids), CHUNK):
        chunk = ids[begin : begin + CHUNK]
        for run_id, key, value in database.rows(f"{query} WHERE run_uuid IN ({marks(chunk)})", chunk):
            found[run_id][key] = value
    return found


def _filled(values: Mapping[str, Any], instead: object) -> dict[str, Any]:
    """With ``instead`` in the place of NULL."""
    return {key: instead if value is None else value for key, value in values.items()}
