"""Long histories with a known truth, written straight into the tables of stores that MLflow itself has made.

In the training experiment 95 % of the runs are nested trials of a hyper-parameter search, 5 % are gate runs; a tenth as
many drift runs stand in an experiment of their own. Time goes from batch to batch; one attempt in ten is a repetition
of an older batch, one in ten has failed. The same seed gives the same runs, down to their ids, on every store.
"""

import random
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from lifecycle.experiment import MlflowNames
from metrics.scores import USUAL_SCORES
from mlflow_io.client import connect

if TYPE_CHECKING:
    from psycopg import Connection

NAMES = MlflowNames(drift_experiment="Drift", gate_experiment="Training", model="Model")
DAWN = 1_750_000_000_000
MINUTE = 60_000
CHUNK = 2_000

TABLES = {
    "runs": "run_uuid name source_type source_name entry_point_name user_id status start_time end_time source_version "
    "lifecycle_stage artifact_uri experiment_id",
    "params": "key value run_uuid",
    "tags": "key value run_uuid",
    "metrics": "key value timestamp run_uuid step is_nan",
    "latest_metrics": "key value timestamp step is_nan run_uuid",
}
"""Their columns as they are written here."""


@dataclass(frozen=True)
class Shape:
    """runs: of the training experiment; there are a tenth as many drift runs on top."""

    runs: int
    batches: int

    def __str__(self) -> str:
        return f"{self.runs:,} runs, {self.batches} batches"


class Run(NamedTuple):
    run_id: str
    experiment: str
    batch: int | None
    status: str
    start: int
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


class Answer(NamedTuple):
    """What is to be found for one batch: the latest finished run of each kind, and a number that each holds."""

    drift_run: str
    drift_share: float
    gate_run: str
    auc: float


Answers = dict[int, Answer]


class History:
    """The runs of one shape, in the order in which they happened."""

    def __init__(self, shape: Shape) -> None:
        if shape.runs < 20 * shape.batches:
            raise ValueError(f"{shape}: fewer than one gate run for each batch")
        self._shape = shape
        self._rng = random.Random(f"{shape}")
        self._reached = dict.fromkeys((NAMES.drift_experiment, NAMES.gate_experiment), -1)

    def runs(self) -> Iterator[Run]:
        parent = self._id()
        for place in range(self._shape.runs):
            start = DAWN + place * MINUTE
            if place % 10 == 5:
                yield self._drift(place, start + MINUTE // 2)
            if place % 20 == 19:
                yield self._gate(place, start, parent)
                parent = self._id()
            else:
                yield self._trial(place, start, parent)

    def _id(self) -> str:
        return f"{self._rng.getrandbits(128):032x}"

    def _attempt(self, experiment: str, place: int) -> tuple[int, str]:
        """Batch and status. The first attempt at a batch succeeds, so that there is an answer for each."""
        batch = place * self._shape.batches // self._shape.runs
        if batch > self._reached[experiment]:
            self._reached[experiment] = batch
            return batch, "FINISHED"
        if self._rng.random() < 0.1:
            batch = self._rng.randrange(batch + 1)
        return batch, "FAILED" if self._rng.random() < 0.1 else "FINISHED"

    def _number(self) -> float:
        return round(self._rng.random(), 6)

    def _drift(self, place: int, start: int) -> Run:
        batch, status = self._attempt(NAMES.drift_experiment, place)
        params = {"batch_number": f"{batch}", "reference_data": "initial_train", "new_data": f"batch_{batch}"}
        params["drift_threshold"] = "0.3"
        metrics = {"drift_share": self._number(), "n_drifted_columns": 3.0, "n_total_columns": 11.0}
        metrics["dataset_drift"] = 1.0
        tags = self._tags(f"drift_batch_{batch}", 4)
        return Run(self._id(), NAMES.drift_experiment, batch, status, start, params, metrics, tags)

    def _gate(self, place: int, start: int, training: str) -> Run:
        batch, status = self._attempt(NAMES.gate_experiment, place)
        params = {"batch_number": f"{batch}", "test_set_used": f"batch_{batch}_test", "model_type": "XGBoost"}
        params |= {"training_run_id": training, "reference_data": "initial_train", "new_data": f"batch_{batch}"}
        metrics = {
            f"{who}_{score.name}_test": self._number() for who in ("prod", "new") for score in USUAL_SCORES.shown
        }
        metrics |= {"test_rows": 1_235.0, "auc_improvement": self._number()}
        tags = {**self._tags(f"quality_gate_batch_{batch}", 6), "quality_gate": "True", "decision": "DEPLOY"}
        return Run(self._id(), NAMES.gate_experiment, batch, status, start, params, metrics, tags)

    def _trial(self, place: int, start: int, parent: str) -> Run:
        params = {f"hyper_parameter_{number}": f"{self._number()}" for number in range(14)}
        metrics = {f"validation_metric_{number}": self._number() for number in range(9)}
        tags = {**self._tags(f"trial_{place}", 7), "mlflow.parentRunId": parent}
        return Run(self._id(), NAMES.gate_experiment, None, "FINISHED", start, params, metrics, tags)

    def _tags(self, name: str, count: int) -> dict[str, str]:
        """The first ``count`` of those that MLflow's client sets, and of a user's own."""
        tags = {"mlflow.runName": name, "mlflow.user": "bench", "mlflow.source.name": "train.py"}
        tags |= {"mlflow.source.type": "LOCAL", "mlflow.source.git.commit": "0" * 40, "stage": "bench", "team": "risk"}
        return dict(list(tags.items())[:count])


def truth_of(shape: Shape) -> Answers:
    latest: dict[tuple[str, int], Run] = {}
    for run in History(shape).runs():
        if run.batch is not None and run.status == "FINISHED":
            latest[run.experiment, run.batch] = run
    found = {}
    for batch in range(shape.batches):
        drift, gate = latest[NAMES.drift_experiment, batch], latest[NAMES.gate_experiment, batch]
        found[batch] = Answer(drift.run_id, drift.metrics["drift_share"], gate.run_id, gate.metrics["prod_auc_test"])
    return found


def make_experiments(uri: str) -> None:
    """By MLflow, which makes its tables on the way."""
    client = connect(uri, create=True)
    for name in (NAMES.drift_experiment, NAMES.gate_experiment):
        client.create_experiment(name, artifact_location="/nowhere")


def fill_sqlite(path: Path, shape: Shape) -> None:
    with closing(sqlite3.connect(path)) as store:
        store.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000")
        _fill(SqliteTables(store), shape)
        store.commit()


def fill_postgres(uri: str, shape: Shape) -> None:
    """VACUUM and CHECKPOINT as well, which would otherwise go on in the background while something is measured."""
    import psycopg

    with psycopg.connect(uri) as store:
        store.execute("SET session_replication_role = replica")  # no look-up of a foreign key for each row
        _fill(PostgresTables(store), shape)
    with psycopg.connect(uri, autocommit=True) as store:
        store.execute("VACUUM ANALYZE")
        store.execute("CHECKPOINT")


class Tables(Protocol):
    """An open store."""

    def experiments(self) -> dict[str, int]:
        """Ids by name."""

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None: ...


class SqliteTables:
    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store

    def experiments(self) -> dict[str, int]:
        return dict(self._store.execute("SELECT name, experiment_id FROM experiments"))

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        marks = ", ".join("?" * len(columns))
        self._store.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


class PostgresTables:
    def __init__(self, store: "Connection[Any]") -> None:
        self._store = store

    def experiments(self) -> dict[str, int]:
        return dict(self._store.execute("SELECT name, experiment_id FROM experiments").fetchall())

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        with self._store.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _fill(store: Tables, shape: Shape) -> None:
    experiments = store.experiments()
    runs = History(shape).runs()
    while chunk := list(islice(runs, CHUNK)):
        for table, columns in TABLES.items():
            rows = (row for run in chunk for row in _rows(table, run, experiments))
            store.insert(table, columns.split(), rows)


def _rows(table: str, run: Run, experiments: Mapping[str, int]) -> Iterable[Sequence[Any]]:
    if table == "runs":
        end = run.start + MINUTE // 2
        fixed = (run.run_id, run.tags["mlflow.runName"], "LOCAL", "train.py", "", "bench", run.status, run.start, end)
        return [(*fixed, "", "active", f"/nowhere/{run.run_id}/artifacts", experiments[run.experiment])]
    if table == "metrics":
        return ((key, value, run.start, run.run_id, 0, False) for key, value in run.metrics.items())
    if table == "latest_metrics":
        return ((key, value, run.start, 0, False, run.run_id) for key, value in run.metrics.items())
    return ((key, value, run.run_id) for key, value in (run.params if table == "params" else run.tags).items())
