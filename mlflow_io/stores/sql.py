"""MLflow's tables, read by SQL that SQLite and PostgreSQL both understand. Nothing here writes.

Nobody promises us the schema of those tables, so it is checked first.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lifecycle.records import ProductionModel, Survey
from mlflow_io import names
from mlflow_io.errors import SchemaUnknown
from mlflow_io.latest_runs import FINISHED, Kind, RunInfo, latest_per_batch
from mlflow_io.stores import sql_runs
from mlflow_io.stores.base import MODELS, Answer, ArtifactPlace, BrokenRun, FoundRuns, RunQuery
from mlflow_io.stores.production import ModelVersion, choose_production
from mlflow_io.stores.run_list import PAGE, Cursor, Run, RunFilter, RunPage, Store
from mlflow_io.stores.sql_rows import ACTIVE, Database, Unreadable, first, marks, read_data
from mlflow_io.stores.survey import LOOKED_AT, keys, kinds

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

# Every list of runs comes from an index on the key, so that a hundred thousand others cost nothing.
_TAGGED = f"SELECT run_uuid FROM tags WHERE key = '{names.QUALITY_GATE}'"
_GATES = f"""
    {_TAGGED} AND LOWER(TRIM(value)) = '{names.QUALITY_GATE_TRUE.lower()}'
    UNION ALL SELECT run_uuid FROM latest_metrics WHERE key IN ({{scored}}) AND run_uuid NOT IN ({_TAGGED})"""
_WITH_SHARE = f"SELECT run_uuid FROM latest_metrics WHERE key = '{names.DRIFT_SHARE}'"
_NEWEST = f"ORDER BY start_time DESC LIMIT {LOOKED_AT}"
_NUMBERED = f"SELECT run_uuid FROM params WHERE key = '{names.BATCH_NUMBER}'"
_RUNS = f"""
    SELECT r.experiment_id, r.run_uuid, r.status, COALESCE(r.start_time, 0), r.end_time, n.value
    FROM {{table}} n JOIN runs r ON r.run_uuid = n.run_uuid
    WHERE n.key = '{names.BATCH_NUMBER}' AND r.experiment_id IN ({{experiments}}) AND {ACTIVE.format(table="r.")}"""
_IN_PARAM = _RUNS.replace("{table}", "params")
_IN_TAG = f"{_RUNS.replace('{table}', 'tags')} AND n.run_uuid NOT IN ({_NUMBERED})"


class SqlStore(Store):
    run_id_column = "r.run_uuid"
    """With the collation by which it is compared letter by letter, as Python does."""

    def __init__(self, uri: str, database: Database) -> None:
        """Raises SchemaUnknown."""
        self.uri, self._database = uri, database
        self._check_columns(COLUMNS)

    def _check_columns(self, expected: Mapping[str, set[str]]) -> None:
        """Raises SchemaUnknown where a table or column is missing."""
        for table, columns in expected.items():
            absent = columns - self._database.columns(table)
            if absent:
                raise SchemaUnknown(self.uri, f"table {table} lacks {', '.join(sorted(absent))}")

    # Experiments

    def experiment_ids(self, names: Collection[str]) -> Answer[Mapping[str, str]]:
        query = f"SELECT experiment_id FROM experiments WHERE name = ? AND {ACTIVE.format(table='')}"
        found = {name: first(self._database, query, (name,)) for name in names}
        return Answer({name: str(row[0]) for name, row in found.items() if row})

    def experiment_names(self) -> Answer[tuple[str, ...]]:
        query = f"SELECT name, experiment_id FROM experiments WHERE {ACTIVE.format(table='')} ORDER BY name LIMIT 50"
        found, unreadable = [], Unreadable()
        for name, number in self._database.rows(query):
            if isinstance(name, str):
                found.append(name)
            else:
                unreadable.note(f"experiment {number}", f"its name is {name!r:.40}")
        return Answer(tuple(found), unreadable.noted)

    def survey(self, name: str, experiment_id: str) -> Answer[Survey | None]:
        here = f"FROM runs r WHERE experiment_id = ? AND {ACTIVE.format(table='')}"
        values, unreadable = (int(experiment_id),), Unreadable()
        rows = self._database.rows(f"SELECT status, COUNT(*) {here} GROUP BY status", values)
        counts: dict[Any, int] = {row[0]: row[1] for row in rows}
        done = f"{here} AND status = '{FINISHED}'"
        numbers = " OR ".join(f"run_uuid IN ({query})" for query in (_NUMBERED, _NUMBERED.replace("params", "tags")))
        numbered = first(self._database, f"SELECT COUNT(*) {done} AND ({numbers})", values)
        newest, newest_numbered = (
            [str(row[0]) for row in self._database.rows(f"SELECT run_uuid {done} AND ({which}) {_NEWEST}", values)]
            for which in ("1 = 1", numbers)
        )
        data = read_data(self._database, dict.fromkeys((*newest, *newest_numbered)), unreadable)
        logged, of_kind = (keys(data[run] for run in newest), kinds(data[run] for run in newest_numbered))
        finished, counted = counts.pop(FINISHED, 0), numbered[0] if numbered else 0
        survey = Survey(name, finished, sum(counts.values()), counted, *logged, True, *of_kind)
        return Answer(survey, unreadable.noted)

    # The runs of batches

    def read(self, queries: Collection[RunQuery]) -> Answer[Mapping[RunQuery, FoundRuns]]:
        """Everything in one pass: to look a run up is what costs."""
        unreadable = Unreadable()
        gates = {scored: self._gates(scored) for scored in {query.scored for query in queries}}
        numbered = self._numbered({int(query.experiment_id) for query in queries}, unreadable)
        of_kind = {
            query: self._of_kind(query.kind, numbered[int(query.experiment_id)], gates[query.scored])
            for query in queries
        }
        runs = {query: [run for run in found if isinstance(run, RunInfo)] for query, found in of_kind.items()}
        broken = {query: tuple(run for run in found if isinstance(run, BrokenRun)) for query, found in of_kind.items()}
        latest = {query: latest_per_batch(found) for query, found in runs.items()}
        ids = dict.fromkeys(run_id for found in latest.values() for run_id in found.run_ids)
        data = read_data(self._database, ids, unreadable)
        found = {query: FoundRuns(runs[query], latest[query], data, broken=broken[query]) for query in queries}
        return Answer(found, unreadable.noted)

    def _numbered(self, experiments: Collection[int], unreadable: Unreadable) -> dict[int, list[RunInfo | BrokenRun]]:
        """By experiment, the active runs that carry a batch number; also those that cannot be read, if it can."""
        runs: dict[int, list[RunInfo | BrokenRun]] = {experiment: [] for experiment in experiments}
        for query in (_IN_PARAM, _IN_TAG):
            for row in self._database.rows(query.format(experiments=marks(runs)), list(runs)):
                run = RunInfo._make(row[1:])
                problem = unreadable.problem_of(run)
                if problem is None:
                    runs[row[0]].append(run)
                elif isinstance(run.run_id, str) and isinstance(run.batch, str):
                    runs[row[0]].append(BrokenRun(run.run_id, run.batch, problem))
        return runs

    def _of_kind(self, kind: Kind, runs: list[RunInfo | BrokenRun], gates: set[str]) -> list[RunInfo | BrokenRun]:
        """As ``run_kinds.is_of`` says."""
        if kind is Kind.GATE:
            return [run for run in runs if run.run_id in gates]
        if kind is Kind.DRIFT and not any(run.run_id in gates for run in runs):
            return runs
        shares = self._ids(_WITH_SHARE)
        return [run for run in runs if run.run_id in shares or (kind is Kind.DRIFT and run.run_id not in gates)]

    def _gates(self, scored: tuple[str, ...]) -> set[str]:
        return self._ids(_GATES.format(scored=marks(scored)), scored)

    def _ids(self, query: str, values: Sequence[Any] = ()) -> set[str]:
        return {row[0] for row in self._database.rows(query, values)}

    # Single runs, and lists of any

    def list_runs(self, criteria: RunFilter, *, after: Cursor | None = None, limit: int = PAGE) -> Answer[RunPage]:
        return sql_runs.list_runs(self._database, criteria, after, limit, self.run_id_column)

    def get_run(self, run_id: str) -> Answer[Run | None]:
        return sql_runs.get_run(self._database, run_id)

    def artifact_place(self, run_id: str) -> Answer[ArtifactPlace]:
        found = first(self._database, "SELECT artifact_uri FROM runs WHERE run_uuid = ?", (run_id,))
        return Answer(ArtifactPlace(str(found[0] or "") if found else None))

    # The registry

    def production(self, model: str) -> Answer[ProductionModel | None]:
        if not self._database.columns("model_versions"):
            return Answer(None)  # a store without a registry
        self._check_columns(REGISTRY_COLUMNS)
        aliases = self._aliases(model)
        query = f"""
            SELECT version, current_stage, run_id FROM model_versions
            WHERE name = ? AND (current_stage = ? OR version IN ({marks(aliases.values()) or "NULL"}))"""
        rows = self._database.rows(query, (model, names.STAGE, *aliases.values()))
        versions = [ModelVersion(str(version), _text(stage), _text(run_id)) for version, stage, run_id in rows]
        by_alias = {alias: str(version) for alias, version in aliases.items()}
        return Answer(choose_production(model, by_alias, versions))

    def model_names(self) -> Answer[tuple[str, ...]]:
        if "name" not in self._database.columns("registered_models"):
            return Answer(())
        rows = self._database.rows(f"SELECT name FROM registered_models ORDER BY name LIMIT {MODELS}")
        return Answer(tuple(name for (name,) in rows if isinstance(name, str)))

    def _aliases(self, model: str) -> dict[str, Any]:
        """Version by alias, of those that may mean "in production"."""
        if not self._database.columns("registered_model_aliases"):
            return {}
        self._check_columns(ALIAS_COLUMNS)
        query = (
            f"SELECT alias, version FROM registered_model_aliases WHERE name = ? AND alias IN ({marks(names.ALIASES)})"
        )
        return dict(self._pairs(query, (model, *names.ALIASES)))

    def _pairs(self, query: str, values: Sequence[Any]) -> list[tuple[str, Any]]:
        return [(str(key), value) for key, value in self._database.rows(query, values)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
