"""A small MLflow world that can be talked to: it writes runs as any other tool would, through MLflow's client."""

import json
import shutil
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from mlflow.entities import Metric, Param, RunTag
from sqlalchemy import Engine, MetaData, create_engine

from lifecycle.experiment import MlflowNames
from lifecycle.records import History, ProductionModel
from mlflow_io.client import connect
from mlflow_io.history import read_history
from mlflow_io.stores.filestore import store_folder
from mlflow_io.stores.open import open_store

NAMES = MlflowNames(drift_experiment="Drift", gate_experiment="Gate", model="Model")
EXPERIMENT_TOML = """
title = "Test experiment"
description = "Of the test suite."
[mlflow]
model = "Model"
drift_experiment = "Drift"
gate_experiment = "Gate"
[data]
target = "y"
[features]
"""
"""An experiment.toml for ``NAMES``."""

MINUTE = 60_000
DAWN = 1_750_000_000_000
"""Milliseconds since 1970 of the world's first run."""


class World:
    def __init__(self, uri: str, artifacts: Path, names: MlflowNames = NAMES) -> None:
        self.uri, self.names, self.artifacts = uri, names, artifacts
        self.client = connect(uri)
        self._ids: dict[str, str] = {}
        self._clock = DAWN
        self.reader: Callable[[str, MlflowNames], History] = read_history

    def experiment(self, name: str) -> str:
        if name not in self._ids:
            found = self.client.get_experiment_by_name(name)
            location = (self.artifacts / name).as_uri()
            self._ids[name] = found.experiment_id if found else self.client.create_experiment(name, location)
        return self._ids[name]

    def run(
        self,
        experiment: str,
        *,
        params: Mapping[str, Any] | None = None,
        metrics: Mapping[str, float] | None = None,
        tags: Mapping[str, str] | None = None,
        status: str = "FINISHED",
        start: float | None = None,
        end: float | None = None,
    ) -> str:
        """start, end: minutes after the world's dawn; by default each run starts a minute after the one before."""
        self._clock += MINUTE
        began = self._clock if start is None else DAWN + int(start * MINUTE)
        run_id = self.client.create_run(self.experiment(experiment), start_time=began).info.run_id
        self.client.log_batch(
            run_id,
            metrics=[Metric(key, value, began, 0) for key, value in (metrics or {}).items()],
            params=[Param(key, str(value)) for key, value in (params or {}).items()],
            tags=[RunTag(key, value) for key, value in (tags or {}).items()],
        )
        if status != "RUNNING":
            ended = began + MINUTE // 2 if end is None else DAWN + int(end * MINUTE)
            self.client.set_terminated(run_id, status=status, end_time=ended)
        return run_id

    def repeat(self, run_id: str, times: int) -> None:
        """As many runs like it, each of which starts a millisecond after the one before. They are written by way of the
        store, which is ten times quicker and comes to the same."""
        uri = self.client.tracking_uri
        if (folder := store_folder(uri)) is not None:
            (run,) = folder.glob(f"*/{run_id}")
            repeat_files(run, times)
        else:
            repeat_rows(create_engine(uri), run_id, times)

    def drift(self, batch: Any, share: float | None = 0.1, *, threshold: Any = 0.3, **run: Any) -> str:
        params = {"batch_number": batch, "reference_data": "initial_train", "new_data": f"batch_{batch}"}
        if threshold is not None:
            params["drift_threshold"] = threshold
        metrics = {"n_drifted_columns": 1, "n_total_columns": 10, "dataset_drift": 0}
        if share is not None:
            metrics["drift_share"] = share
        return self.run(self.names.drift_experiment, params=params, metrics=metrics, **run)

    def gate(
        self,
        batch: Any,
        production: float | None = 0.8,
        candidate: float | None = None,
        *,
        decision: str | None = None,
        tag: str | None = "True",
        trained: bool | None = None,
        **run: Any,
    ) -> str:
        """A gate run in the contract's format: production's scores stand in for a candidate that there is none of."""
        params = {"batch_number": batch, "test_set_used": f"batch_{batch}_test", "model_type": "XGBoost"}
        if trained is False:
            params["evaluation_type"] = "production_only"
        metrics: dict[str, float] = {}
        for prefix, auc in (("prod", production), ("new", production if candidate is None else candidate)):
            if auc is not None:
                metrics |= {f"{prefix}_{name}_test": auc - step for name, step in STEPS.items()}
        tags = {} if tag is None else {"quality_gate": tag}
        if decision is not None:
            tags["decision"] = decision
        return self.run(self.names.gate_experiment, params=params, metrics=metrics, tags=tags, **run)

    def artifact(self, run_id: str, path: str, data: Any) -> None:
        self.client.log_text(run_id, data if isinstance(data, str) else json.dumps(data), path)


def repeat_files(run: Path, times: int) -> None:
    meta = yaml.safe_load((run / "meta.yaml").read_text())
    for step in range(1, times + 1):
        again = run.with_name(uuid.uuid4().hex)
        shutil.copytree(run, again)
        said = {"run_id": again.name, "run_uuid": again.name, "start_time": meta["start_time"] + step}
        said["artifact_uri"] = meta["artifact_uri"].replace(run.name, again.name)
        (again / "meta.yaml").write_text(yaml.safe_dump(meta | said))


RUN_TABLES = ("runs", "tags", "params", "metrics", "latest_metrics")


def repeat_rows(engine: Engine, run_id: str, times: int) -> None:
    known = MetaData()
    known.reflect(engine, only=RUN_TABLES)
    ids = [uuid.uuid4().hex for _ in range(times)]
    with engine.begin() as connection:
        for table in (known.tables[name] for name in RUN_TABLES):
            rows = [dict(row) for row in connection.execute(table.select().filter_by(run_uuid=run_id)).mappings()]
            again = [row | {"run_uuid": one} for one in ids for row in rows]
            if table.name == "runs":
                for step, row in enumerate(again, 1):
                    row["start_time"] += step
                    row["artifact_uri"] = row["artifact_uri"].replace(run_id, row["run_uuid"])
            if again:
                connection.execute(table.insert(), again)
    engine.dispose()


STEPS = {"auc": 0.0, "f1": 0.1, "precision": 0.12, "recall": 0.08}


def read_production(uri: str, model: str) -> ProductionModel | None:
    """The version of ``model`` in production, as whatever source the URI chooses sees it."""
    with open_store(uri) as source:
        return source.production(model).content
