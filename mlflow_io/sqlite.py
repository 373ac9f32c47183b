"""A SQLite store, read by SQL over a read-only connection: nothing here can change the file.

The tables are MLflow's own; their schema is checked first, because nobody promises it to us.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager

from lifecycle.records import ProductionModel
from mlflow_io import names
from mlflow_io.client import sqlite_path
from mlflow_io.errors import SchemaUnknown, StoreMissing, TrackingUnreachable
from mlflow_io.latest import Candidate, Kind
from mlflow_io.source import Facts, Source

BUSY_S = 5.0
"""How long a reader waits for a writer that holds the file."""

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

_AUCS = (names.PRODUCTION_SCORES["auc"], names.CANDIDATE_SCORES["auc"])
_HAS_AUC = (
    f"EXISTS (SELECT 1 FROM latest_metrics m WHERE m.run_uuid = r.run_uuid AND m.key IN ('{_AUCS[0]}', '{_AUCS[1]}'))"
)
_TAG = f"(SELECT t.value FROM tags t WHERE t.key = '{names.QUALITY_GATE}' AND t.run_uuid = r.run_uuid)"
_IS_GATE = f"COALESCE(LOWER(TRIM({_TAG})) = '{names.QUALITY_GATE_TRUE.lower()}', {_HAS_AUC})"
_HAS_SHARE = f"EXISTS (SELECT 1 FROM latest_metrics m WHERE m.run_uuid = r.run_uuid AND m.key = '{names.DRIFT_SHARE}')"
_NUMBERED = f"""
    SELECT r.run_uuid, r.status, r.start_time, r.end_time, COALESCE(p.value, b.value) AS batch
    FROM {{runs}}
    LEFT JOIN params p ON p.key = '{names.BATCH_NUMBER}' AND p.run_uuid = r.run_uuid
    LEFT JOIN tags b ON b.key = '{names.BATCH_NUMBER}' AND b.run_uuid = r.run_uuid
    WHERE r.experiment_id = ? AND r.lifecycle_stage = 'active' AND COALESCE(p.value, b.value) IS NOT NULL
"""
# The runs that may be meant come from an index on the key, so that a hundred thousand others cost nothing.
_MAY_BE_GATE = f"""
    (SELECT run_uuid FROM tags WHERE key = '{names.QUALITY_GATE}'
     UNION SELECT run_uuid FROM latest_metrics WHERE key IN ('{_AUCS[0]}', '{_AUCS[1]}')) g
    CROSS JOIN runs r ON r.run_uuid = g.run_uuid"""
_MAY_BE_DRIFT = f"""
    (SELECT run_uuid FROM params WHERE key = '{names.BATCH_NUMBER}'
     UNION SELECT run_uuid FROM tags WHERE key = '{names.BATCH_NUMBER}') g
    CROSS JOIN runs r ON r.run_uuid = g.run_uuid"""
CANDIDATES = {
    Kind.GATE: _NUMBERED.format(runs=_MAY_BE_GATE) + f"AND {_IS_GATE}",
    Kind.DRIFT: _NUMBERED.format(runs=_MAY_BE_DRIFT) + f"AND NOT {_IS_GATE}",
    Kind.DRIFT_AMONG_OTHERS: _NUMBERED.format(runs=_MAY_BE_DRIFT) + f"AND NOT {_IS_GATE} AND {_HAS_SHARE}",
}


@contextmanager
def open_sqlite(uri: str) -> Iterator[Source]:
    """Raises StoreMissing, SchemaUnknown or TrackingUnreachable."""
    path = sqlite_path(uri)
    if path is None or not path.is_file():
        raise StoreMissing(uri)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)) as connection:
            store = SqliteSource(uri, connection)
            store.check(COLUMNS)
            yield store
    except sqlite3.Error as error:
        raise TrackingUnreachable(uri, error) from error


class SqliteSource:
    def __init__(self, uri: str, connection: sqlite3.Connection) -> None:
        self.uri, self._connection = uri, connection

    def check(self, wanted: Mapping[str, set[str]]) -> None:
        """Raises SchemaUnknown where a table or column is missing."""
        for table, columns in wanted.items():
            absent = columns - self._columns(table)
            if absent:
                raise SchemaUnknown(self.uri, f"table {table} lacks {', '.join(sorted(absent))}")

    def _columns(self, table: str) -> set[str]:
        return {row[0] for row in self._connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}

    def experiment_id(self, name: str) -> str | None:
        query = "SELECT experiment_id FROM experiments WHERE name = ? AND lifecycle_stage = 'active'"
        found = self._connection.execute(query, (name,)).fetchone()
        return str(found[0]) if found else None

    def experiment_names(self) -> tuple[str, ...]:
        query = "SELECT name FROM experiments WHERE lifecycle_stage = 'active' ORDER BY name LIMIT 50"
        return tuple(row[0] for row in self._connection.execute(query))

    def candidates(self, experiment_id: str, kind: Kind) -> Iterable[Candidate]:
        rows = self._connection.execute(CANDIDATES[kind], (int(experiment_id),))
        return map(Candidate._make, rows)

    def facts(self, run_ids: Collection[str]) -> Mapping[str, Facts]:
        params = self._by_run("SELECT run_uuid, key, value FROM params", run_ids)
        tags = self._by_run("SELECT run_uuid, key, value FROM tags", run_ids)
        values = "SELECT run_uuid, key, CASE WHEN is_nan THEN NULL ELSE value END FROM latest_metrics"
        metrics = self._by_run(values, run_ids)
        nan = float("nan")
        return {
            run_id: Facts(
                params[run_id],
                {key: nan if value is None else value for key, value in metrics[run_id].items()},
                tags[run_id],
            )
            for run_id in run_ids
        }

    def _by_run(self, query: str, run_ids: Collection[str]) -> dict[str, dict]:
        found: dict[str, dict] = {run_id: {} for run_id in run_ids}
        ids = list(run_ids)
        for first in range(0, len(ids), CHUNK):
            chunk = ids[first : first + CHUNK]
            marks = ", ".join("?" * len(chunk))
            for run_id, key, value in self._connection.execute(f"{query} WHERE run_uuid IN ({marks})", chunk):
                found[run_id][key] = value
        return found

    def artifact_root(self, run_id: str) -> str | None:
        found = self._connection.execute("SELECT artifact_uri FROM runs WHERE run_uuid = ?", (run_id,)).fetchone()
        return found[0] if found else None

    def production(self, model: str) -> ProductionModel | None:
        if not self._columns("model_versions"):
            return None  # a store without a registry
        self.check(REGISTRY_COLUMNS)
        return self._by_alias(model) or self._by_stage(model)

    def _by_alias(self, model: str) -> ProductionModel | None:
        if not self._columns("registered_model_aliases"):
            return None
        self.check(ALIAS_COLUMNS)
        query = """
            SELECT v.version, v.run_id FROM registered_model_aliases a
            JOIN model_versions v ON v.name = a.name AND v.version = a.version WHERE a.name = ? AND a.alias = ?
        """
        for alias in names.ALIASES:
            if found := self._connection.execute(query, (model, alias)).fetchone():
                return ProductionModel(model, str(found[0]), alias, None, found[1] or None)
        return None

    def _by_stage(self, model: str) -> ProductionModel | None:
        query = """
            SELECT version, run_id FROM model_versions WHERE name = ? AND current_stage = ?
            ORDER BY version DESC LIMIT 1
        """
        found = self._connection.execute(query, (model, names.STAGE)).fetchone()
        return ProductionModel(model, str(found[0]), None, names.STAGE, found[1] or None) if found else None
