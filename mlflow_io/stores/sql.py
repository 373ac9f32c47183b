"""MLflow's tables, read by SQL that SQLite and PostgreSQL both understand. Nothing here writes.

Nobody promises us the schema of those tables, so it is checked first.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from lifecycle.records import ProductionModel, Survey
from mlflow_io import names
from mlflow_io.errors import SchemaUnknown
from mlflow_io.latest_runs import FINISHED, Kind, RunInfo
from mlflow_io.stores.base import RunData, RunQuery, RunStore
from mlflow_io.stores.survey import LOOKED_AT, keys, kinds

CHUNK = 500
"""Run ids in one query; SQLite's own limit on variables was 999 for a long time."""

COLUMNS = {
    "experiments": {"experiment_id", "name", "lifecycle_stage"},
    "runs": {"run_uuid", "experiment_id", "status", "start_time", "end_time", "lifecycle_stage", "artifact_uri"},
    "params": {"key", "value", "run_uuid"},
    "tags": {"key", "value", "run_uuid"},
    "latest_metrics": {"key", "value", "is_nan", "run_uuid"},
}
REGISTRY_COLUMNS = {"model_versions": {"name", "version", "current_stage", "run_id"}}
ALIAS_COLUMNS = {"registered_model_aliases": {"name", "alias", "version"}}
"""Of MLflow 2.3 and later; an older registry has stages only."""

ACTIVE = "COALESCE({table}lifecycle_stage, '') <> 'deleted'"
"""Only what says so is deleted."""

STATES = {"RUNNING", "SCHEDULED", FINISHED, "FAILED", "KILLED"}

_AUCS = f"'{names.PRODUCTION_SCORES['auc']}', '{names.CANDIDATE_SCORES['auc']}'"
# Every list of runs comes from an index on the key, so that a hundred thousand others cost nothing.
_TAGGED = f"SELECT run_uuid FROM tags WHERE key = '{names.QUALITY_GATE}'"
_GATES = f"""
    {_TAGGED} AND LOWER(TRIM(value)) = '{names.QUALITY_GATE_TRUE.lower()}'
    UNION ALL SELECT run_uuid FROM latest_metrics WHERE key IN ({_AUCS}) AND run_uuid NOT IN ({_TAGGED})"""
_WITH_SHARE = f"SELECT run_uuid FROM latest_metrics WHERE key = '{names.DRIFT_SHARE}'"
_NEWEST = f"ORDER BY start_time DESC LIMIT {LOOKED_AT}"
_NUMBERED = f"SELECT run_uuid FROM params WHERE key = '{names.BATCH_NUMBER}'"
_RUNS = f"""
    SELECT r.experiment_id, r.run_uuid, r.status, COALESCE(r.start_time, 0), r.end_time, n.value
    FROM {{table}} n JOIN runs r ON r.run_uuid = n.run_uuid
    WHERE n.key = '{names.BATCH_NUMBER}' AND r.experiment_id IN ({{experiments}}) AND {ACTIVE.format(table="r.")}"""
_IN_PARAM = _RUNS.replace("{table}", "params")
_IN_TAG = f"{_RUNS.replace('{table}', 'tags')} AND n.run_uuid NOT IN ({_NUMBERED})"


class Database(Protocol):
    """An open, read-only connection."""

    def rows(self, query: str, values: Sequence[Any] = ()) -> Iterable[Sequence[Any]]:
        """query: with a question mark for each of ``values``."""

    def columns(self, table: str) -> set[str]:
        """Empty where there is no such table."""


class SqlStore(RunStore):
    def __init__(self, uri: str, database: Database) -> None:
        """Raises SchemaUnknown."""
        self.uri, self._database = uri, database
        self._expected: dict[RunQuery, list[RunInfo]] = {}
        self._odd: dict[str, None] = {}
        self.check(COLUMNS)

    @property
    def unreadable(self) -> tuple[str, ...]:
        return tuple(self._odd)

    def _leave_out(self, where: str, why: str) -> None:
        """SQLite keeps anything in any column, and old tables forbid little."""
        self._odd[f"{where}: {why}"] = None

    def check(self, wanted: Mapping[str, set[str]]) -> None:
        """Raises SchemaUnknown where a table or column is missing."""
        for table, columns in wanted.items():
            absent = columns - self._database.columns(table)
            if absent:
                raise SchemaUnknown(self.uri, f"table {table} lacks {', '.join(sorted(absent))}")

    def _first(self, query: str, values: Sequence[Any]) -> Sequence[Any] | None:
        return next(iter(self._database.rows(query, values)), None)

    def experiment_id(self, name: str) -> str | None:
        query = f"SELECT experiment_id FROM experiments WHERE name = ? AND {ACTIVE.format(table='')}"
        found = self._first(query, (name,))
        return str(found[0]) if found else None

    def experiment_names(self) -> tuple[str, ...]:
        query = f"SELECT name, experiment_id FROM experiments WHERE {ACTIVE.format(table='')} ORDER BY name LIMIT 50"
        found = []
        for name, number in self._database.rows(query):
            if isinstance(name, str):
                found.append(name)
            else:
                self._leave_out(f"experiment {number}", f"its name is {name!r:.40}")
        return tuple(found)

    def survey(self, name: str, experiment_id: str) -> Survey:
        here = f"FROM runs r WHERE experiment_id = ? AND {ACTIVE.format(table='')}"
        values = (int(experiment_id),)
        rows = self._database.rows(f"SELECT status, COUNT(*) {here} GROUP BY status", values)
        counts: dict[Any, int] = {row[0]: row[1] for row in rows}
        done = f"{here} AND status = '{FINISHED}'"
        numbers = " OR ".join(f"run_uuid IN ({query})" for query in (_NUMBERED, _NUMBERED.replace("params", "tags")))
        numbered = self._first(f"SELECT COUNT(*) {done} AND ({numbers})", values)
        newest, newest_numbered = (
            [str(row[0]) for row in self._database.rows(f"SELECT run_uuid {done} AND ({which}) {_NEWEST}", values)]
            for which in ("1 = 1", numbers)
        )
        logged, of_kind = keys(self.facts(newest).values()), kinds(self.facts(newest_numbered).values())
        finished = counts.pop(FINISHED, 0)
        return Survey(name, finished, sum(counts.values()), numbered[0] if numbered else 0, *logged, True, *of_kind)

    def expect(self, wanted: Collection[RunQuery]) -> None:
        """Everything in one pass: to look a run up is what costs."""
        self._expected.clear()
        self._odd.clear()
        gates = self._ids(_GATES)
        runs: dict[int, list[RunInfo]] = {int(experiment_id): [] for experiment_id, _ in wanted}
        marks = ", ".join("?" * len(runs))
        for query in (_IN_PARAM, _IN_TAG):
            for row in self._database.rows(query.format(experiments=marks), list(runs)):
                run = RunInfo._make(row[1:])
                if _is_sound(run):
                    runs[row[0]].append(run)
                else:
                    self._leave_out(f"run {run.run_id!s:.64}", _oddity(run))
        for experiment_id, kind in wanted:
            self._expected[experiment_id, kind] = self._of_kind(kind, runs[int(experiment_id)], gates)

    def _of_kind(self, kind: Kind, runs: list[RunInfo], gates: set[str]) -> list[RunInfo]:
        """As ``kinds.is_of`` says."""
        if kind is Kind.GATE:
            return [run for run in runs if run.run_id in gates]
        if kind is Kind.DRIFT and not any(run.run_id in gates for run in runs):
            return runs
        shares = self._ids(_WITH_SHARE)
        return [run for run in runs if run.run_id in shares or (kind is Kind.DRIFT and run.run_id not in gates)]

    def _ids(self, query: str) -> set[str]:
        return {row[0] for row in self._database.rows(query)}

    def candidates(self, experiment_id: str, kind: Kind) -> Iterable[RunInfo]:
        if (experiment_id, kind) not in self._expected:
            self.expect([(experiment_id, kind)])
        return self._expected.pop((experiment_id, kind))

    def facts(self, run_ids: Collection[str]) -> Mapping[str, RunData]:
        params = self._by_run("SELECT run_uuid, key, value FROM params", run_ids)
        tags = self._by_run("SELECT run_uuid, key, value FROM tags", run_ids)
        values = "SELECT run_uuid, key, CASE WHEN is_nan THEN NULL ELSE value END FROM latest_metrics"
        metrics = self._by_run(values, run_ids)
        nan = float("nan")
        return {
            run_id: RunData(
                self._of_type(str, run_id, params[run_id]),
                self._of_type((int, float), run_id, _filled(metrics[run_id], nan)),
                self._of_type(str, run_id, _filled(tags[run_id], "")),
            )
            for run_id in run_ids
        }

    def _of_type(self, kind: type | tuple[type, ...], run_id: str, said: Mapping[str, Any]) -> dict[str, Any]:
        sound = {key: value for key, value in said.items() if isinstance(value, kind)}
        for key in said.keys() - sound.keys():
            self._leave_out(f"run {run_id}, {key!s:.80}", f"its value is {said[key]!r:.40}")
        return sound

    def _by_run(self, query: str, run_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {run_id: {} for run_id in run_ids}
        ids = list(run_ids)
        for first in range(0, len(ids), CHUNK):
            chunk = ids[first : first + CHUNK]
            marks = ", ".join("?" * len(chunk))
            for run_id, key, value in self._database.rows(f"{query} WHERE run_uuid IN ({marks})", chunk):
                found[run_id][key] = value
        return found

    def artifact_root(self, run_id: str) -> str | None:
        found = self._first("SELECT artifact_uri FROM runs WHERE run_uuid = ?", (run_id,))
        return str(found[0] or "") if found else None

    def production(self, model: str) -> ProductionModel | None:
        if not self._database.columns("model_versions"):
            return None  # a store without a registry
        self.check(REGISTRY_COLUMNS)
        return self._by_alias(model) or self._by_stage(model)

    def _by_alias(self, model: str) -> ProductionModel | None:
        if not self._database.columns("registered_model_aliases"):
            return None
        self.check(ALIAS_COLUMNS)
        query = """
            SELECT v.version, v.run_id FROM registered_model_aliases a
            JOIN model_versions v ON v.name = a.name AND v.version = a.version WHERE a.name = ? AND a.alias = ?
        """
        for alias in names.ALIASES:
            if found := self._first(query, (model, alias)):
                return ProductionModel(model, str(found[0]), alias, None, _text(found[1]))
        return None

    def _by_stage(self, model: str) -> ProductionModel | None:
        query = """
            SELECT version, run_id FROM model_versions WHERE name = ? AND current_stage = ?
            ORDER BY version DESC LIMIT 1
        """
        found = self._first(query, (model, names.STAGE))
        return ProductionModel(model, str(found[0]), None, names.STAGE, _text(found[1])) if found else None


def _filled(said: Mapping[str, Any], value: object) -> dict[str, Any]:
    return {key: value if found is None else found for key, found in said.items()}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _is_sound(run: RunInfo) -> bool:
    return all(sound for _, _, sound in _checked(run))


def _oddity(run: RunInfo) -> str:
    return next(f"its {what} is {value!r:.40}" for what, value, sound in _checked(run) if not sound)


def _checked(run: RunInfo) -> tuple[tuple[str, object, bool], ...]:
    """(what, value, whether it can be one)"""
    return (
        ("id", run.run_id, isinstance(run.run_id, str)),
        ("status", run.status, run.status in STATES),
        ("start_time", run.start, type(run.start) is int),
        ("end_time", run.end, run.end is None or type(run.end) is int),
        (names.BATCH_NUMBER, run.batch, isinstance(run.batch, str)),
    )
