"""The ways to the latest run per batch that are measured side by side. Each gives ``Answers``, or what they are in."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.histories import NAMES, Answer, Answers
from lifecycle.experiment import MlflowNames
from lifecycle.records import History
from mlflow_io.cached_history import CachedHistory
from mlflow_io.client import sqlite_path
from mlflow_io.stores.tuning import Freshness, Tuning

if TYPE_CHECKING:
    from pandas import DataFrame

NEWEST = 200
GATES = MlflowNames("not asked for", NAMES.gate_experiment, NAMES.model)
"""For the gate runs alone: the experiment that holds the many."""

WINNERS = """
    SELECT batch, run_uuid FROM (
        SELECT p.value AS batch, r.run_uuid, ROW_NUMBER() OVER (
            PARTITION BY p.value ORDER BY r.start_time DESC, r.end_time DESC, r.run_uuid DESC) AS place
        FROM runs r JOIN params p ON p.run_uuid = r.run_uuid AND p.key = 'batch_number'
        WHERE r.experiment_id = ? AND r.status = 'FINISHED' AND r.lifecycle_stage = 'active' {gate}) ranked
    WHERE place = 1
"""
GATE = "AND r.run_uuid IN (SELECT run_uuid FROM tags WHERE key = 'quality_gate' AND value = 'True')"
"""On SQLite half the price of a join, which would begin with a scan of all runs."""


AT_ONCE = Tuning(freshness=Freshness(recent_s=-1.0))
"""Every reading is to ask the store, also the one that comes right after another."""


@dataclass(frozen=True)
class Refresh:
    """read: what is timed. count: the runs of each batch, which a reading of a server leaves for later."""

    read: Callable[[], History]
    count: Callable[[], None]


def first_fill(uri: str, names: MlflowNames = NAMES) -> History:
    """Ours, by someone who reads this store for the first time."""
    with _reader(uri, names) as reader:
        return reader.read().history


def gates_of(history: History) -> dict[int, str]:
    return {record.batch: record.gate.run.run_id for record in history.batches if record.gate}


@contextmanager
def refreshing(uri: str) -> Iterator[Refresh]:
    """Ours, by someone who has read this store before, and to whom nothing has happened since."""
    with _reader(uri) as reader:
        reader.read()
        yield Refresh(lambda: reader.read().history, reader.count)


@contextmanager
def _reader(uri: str, names: MlflowNames = NAMES) -> Iterator[CachedHistory]:
    with tempfile.TemporaryDirectory() as folder, closing(CachedHistory(uri, names, Path(folder), AT_ONCE)) as reader:
        yield reader


def answers(history: History) -> Answers:
    return {
        record.batch: Answer(
            record.drift.run.run_id, record.drift.share, record.gate.run.run_id, record.gate.production.get("auc")
        )
        for record in history.batches
        if record.drift and record.gate
    }


def sql_floor(uri: str) -> Answers:
    """The SQL that a careful person would write for this history, on a connection of its own.

    Ours, besides: looks at the schema before it trusts it, counts the attempts at each batch and names those that
    failed since, finds the model in production, bears other spellings of a batch number and of the tag, knows gate runs
    without the tag.
    """
    path = sqlite_path(uri)
    if path is not None:
        with closing(sqlite3.connect(path)) as store:
            return _by_sql(lambda query, values: store.execute(query, values))
    import psycopg

    with psycopg.connect(uri) as session:
        return _by_sql(lambda query, values: session.execute(query.replace("?", "%s"), values))


def _by_sql(rows: Callable[[str, Sequence[Any]], Iterable[Sequence[Any]]]) -> Answers:
    ids = dict(rows("SELECT name, experiment_id FROM experiments", []))
    drift = dict(rows(WINNERS.format(gate=""), [ids[NAMES.drift_experiment]]))
    gate = dict(rows(WINNERS.format(gate=GATE), [ids[NAMES.gate_experiment]]))
    winners = [*drift.values(), *gate.values()]
    marks = ", ".join("?" * len(winners))
    facts: dict[str, dict[str, Any]] = {run_id: {} for run_id in winners}
    for table in ("params", "latest_metrics"):
        query = f"SELECT run_uuid, key, value FROM {table} WHERE run_uuid IN ({marks})"
        for run_id, key, value in rows(query, winners):
            facts[run_id][key] = value
    return {
        int(batch): Answer(
            drift[batch], facts[drift[batch]]["drift_share"], gate[batch], facts[gate[batch]]["prod_auc_test"]
        )
        for batch in drift.keys() & gate.keys()
    }


def everything(uri: str) -> Answers:
    """``mlflow.search_runs`` of both experiments, whole, and pandas."""
    return _latest(_search(uri, max_results=1_000_000))


def every_gate(uri: str) -> dict[int, str]:
    """``mlflow.search_runs`` of the experiment that holds the gate runs among all others, whole, and pandas."""
    import mlflow

    mlflow.set_tracking_uri(uri)
    runs = mlflow.search_runs(experiment_names=[NAMES.gate_experiment], max_results=1_000_000)
    gate = runs[(runs["status"] == "FINISHED") & (runs["tags.quality_gate"] == "True")]
    latest = gate.sort_values("start_time", ascending=False).drop_duplicates("params.batch_number")
    return {int(row["params.batch_number"]): row["run_id"] for _, row in latest.iterrows()}


def newest(uri: str) -> Answers:
    """``mlflow.search_runs`` with a cap that looks sufficient, and pandas."""
    return _latest(_search(uri, max_results=NEWEST))


def _search(uri: str, max_results: int) -> "dict[str, DataFrame]":
    import mlflow

    mlflow.set_tracking_uri(uri)
    wanted = (NAMES.drift_experiment, NAMES.gate_experiment)
    runs = {name: mlflow.search_runs(experiment_names=[name], max_results=max_results) for name in wanted}
    return {name: found[found["status"] == "FINISHED"] for name, found in runs.items()}


def _latest(runs: "Mapping[str, DataFrame]") -> Answers:
    drift, gate = runs[NAMES.drift_experiment], runs[NAMES.gate_experiment]
    gate = gate[gate["tags.quality_gate"] == "True"]
    drift, gate = (
        each.sort_values("start_time", ascending=False).drop_duplicates("params.batch_number") for each in (drift, gate)
    )
    both = drift.merge(gate, on="params.batch_number", suffixes=("_drift", "_gate"))
    return {
        int(row["params.batch_number"]): Answer(
            row["run_id_drift"], row["metrics.drift_share"], row["run_id_gate"], row["metrics.prod_auc_test"]
        )
        for _, row in both.iterrows()
    }
