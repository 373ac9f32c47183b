"""Lists of runs, and single ones, by SQL."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from mlflow_io.latest_runs import RunInfo
from mlflow_io.run_kinds import batch_of
from mlflow_io.stores.base import Answer
from mlflow_io.stores.run_list import RUN_ID, Cursor, Having, Place, Run, RunFilter, RunPage
from mlflow_io.stores.sql_rows import ACTIVE, Database, Unreadable, first, marks, read_data

_EXPERIMENT = re.compile(r"\d{1,18}", re.ASCII)

_STARTED = "CASE WHEN CAST(r.start_time AS BIGINT) = r.start_time THEN r.start_time ELSE 0 END"
"""The start, by which runs are ordered; a value that cannot be one comes last, and is noted there."""

_SELECT = f"""
    SELECT r.experiment_id, r.run_uuid, r.status, COALESCE(r.start_time, 0), r.end_time, {_STARTED} AS started
    FROM runs r WHERE {ACTIVE.format(table="r.")}"""
_TABLES = {Place.PARAM: "params", Place.METRIC: "latest_metrics", Place.TAG: "tags"}

Clause = tuple[str, Sequence[Any]]
"""A condition, and the values for its question marks."""


def list_runs(
    database: Database, criteria: RunFilter, after: Cursor | None, limit: int, run_id_column: str
) -> Answer[RunPage]:
    """run_id_column: with the collation by which it is compared letter by letter."""
    if not _EXPERIMENT.fullmatch(criteria.experiment_id) or not all(map(_can_be_stored, _texts(criteria))):
        return Answer(RunPage(()))
    clauses = list(_clauses(criteria, after, run_id_column))
    where = "".join(f" AND {condition}" for condition, _ in clauses)
    way = "DESC" if criteria.newest_first else "ASC"
    query = f"{_SELECT}{where} ORDER BY {_STARTED} {way}, {run_id_column} {way} LIMIT {int(limit) + 1}"
    rows = list(database.rows(query, [value for _, values in clauses for value in values]))
    there = rows[:limit]
    following = Cursor(int(there[-1][5]), str(there[-1][1])) if len(rows) > limit else None
    unreadable = Unreadable()
    return Answer(RunPage(_runs(database, there, unreadable), following), unreadable.noted)


def get_run(database: Database, run_id: str) -> Answer[Run | None]:
    found = first(database, f"{_SELECT} AND r.run_uuid = ?", (run_id,)) if RUN_ID.fullmatch(run_id) else None
    unreadable = Unreadable()
    runs = _runs(database, [found], unreadable) if found else ()
    return Answer(runs[0] if runs else None, unreadable.noted)


def _runs(database: Database, rows: Sequence[Sequence[Any]], unreadable: Unreadable) -> tuple[Run, ...]:
    infos = [(str(row[0]), RunInfo._make((*row[1:5], ""))) for row in rows]
    sound = [(experiment, info) for experiment, info in infos if unreadable.problem_of(info) is None]
    data = read_data(database, [info.run_id for _, info in sound], unreadable)
    return tuple(
        Run(experiment, info._replace(batch=batch_of(data[info.run_id]) or ""), data[info.run_id])
        for experiment, info in sound
    )


def _clauses(criteria: RunFilter, after: Cursor | None, run_id_column: str) -> Iterator[Clause]:
    yield "r.experiment_id = ?", (int(criteria.experiment_id),)
    if criteria.statuses:
        yield f"r.status IN ({marks(criteria.statuses)})", sorted(criteria.statuses)
    if criteria.started_from is not None:
        yield f"{_STARTED} >= ?", (criteria.started_from,)
    if criteria.started_before is not None:
        yield f"{_STARTED} < ?", (criteria.started_before,)
    yield from map(_having, criteria.having)
    if after is not None:
        than = "<" if criteria.newest_first else ">"
        beyond = f"({_STARTED} {than} ? OR ({_STARTED} = ? AND {run_id_column} {than} ?))"
        yield beyond, (after.start, after.start, after.run_id)


def _having(criteria: Having) -> Clause:
    there = f"SELECT 1 FROM {_TABLES[criteria.place]} v WHERE v.run_uuid = r.run_uuid AND v.key = ?"
    if criteria.value is None:
        return f"EXISTS ({there})", (criteria.key,)
    number = " AND NOT v.is_nan" if criteria.place is Place.METRIC else ""
    return f"EXISTS ({there} AND v.value = ?{number})", (criteria.key, criteria.value)


def _texts(criteria: RunFilter) -> Iterator[str]:
    yield from criteria.statuses
    for having in criteria.having:
        yield having.key
        if isinstance(having.value, str):
            yield having.value


def _can_be_stored(text: str) -> bool:
    """Neither database has others, and PostgreSQL refuses to be asked for them."""
    return "\0" not in text and text.encode("utf-8", "ignore").decode() == text
