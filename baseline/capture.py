"""Batch 0: the production model on the initial test set, written as the history's starting point."""

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from lifecycle.experiment import Experiment
from lifecycle.gate import Decision
from lifecycle.records import DriftRecord, GateRecord, ProductionModel
from metrics.roc import RocCurve, roc_curve
from metrics.scores import score
from mlflow_io import experiments, names
from mlflow_io.errors import ModelMissing, reaching
from mlflow_io.items import drift_items, gate_items, opening_items
from mlflow_io.registry import downloaded, find_production
from mlflow_io.write import OpenRun, recording
from testbench.sandbox import predict_probability

if TYPE_CHECKING:
    from mlflow_io.client import MlflowClient

MODEL_TYPE = "XGBoost"


@dataclass(frozen=True)
class Baseline:
    """What was captured, and the runs that hold it."""

    model: ProductionModel
    gate: GateRecord
    roc: RocCurve
    rows: int
    gate_run_id: str
    drift_run_id: str


def production_or_raise(client: "MlflowClient", uri: str, name: str) -> ProductionModel:
    with reaching(uri):
        model = find_production(client, name)
    if model is None:
        raise ModelMissing(
            f"No version of the registered model {name!r} is in production: "
            f"give one the alias {names.ALIASES[0]!r}, or run the pipeline's batch 0 to train one"
        )
    return model


def evaluate(
    client: "MlflowClient",
    model: ProductionModel,
    features: pd.DataFrame,
    target: pd.Series,
    prepared: pd.DataFrame | None = None,
    **record: object,
) -> tuple[GateRecord, RocCurve]:
    """The production model's scores on a test set, as the beginning of a gate record with ``record``'s other fields.

    prepared: the same rows with every column that was prepared, for a separate preprocessor, which picks its columns
    itself; None gives it the features."""
    with downloaded(client, model) as (files, preprocessor):
        shown = features if preprocessor is None or prepared is None else prepared
        probability = predict_probability(files, preprocessor, shown)
    scores = score(target, probability)
    return GateRecord(production=scores, test_rows=len(features), **record), roc_curve(target, probability)  # type: ignore[arg-type]


def capture(
    client: "MlflowClient",
    uri: str,
    experiment: Experiment,
    features: pd.DataFrame,
    target: pd.Series,
    *,
    prepared: pd.DataFrame | None = None,
    test_set: str = "initial_test",
    artifact_folder: Path | None = None,
    gate_run: OpenRun | None = None,
) -> Baseline:
    """Evaluates first and writes afterwards, so that a failure on the way leaves no run at all. Safe to repeat: the
    newest baseline is the one that counts. Raises ModelMissing, ModelError, ScoreError or TrackingUnreachable.

    prepared: as for ``evaluate``.
    gate_run: a gate run that is open already and whose end is the caller's; None opens one and ends it."""
    model = production_or_raise(client, uri, experiment.names.model)
    gate, roc = evaluate(
        client, model, features, target, prepared,
        batch=0, decision=Decision.BASELINE, test_set=test_set, model_type=MODEL_TYPE,
    )  # fmt: skip
    drift = DriftRecord(
        batch=0,
        share=0.0,
        threshold=experiment.drift.threshold,
        drifted_columns=0,
        total_columns=features.shape[1],
        reference_data="initial_train",
        new_data=test_set,
    )
    with reaching(uri):
        gate_experiment = experiments.ensure(client, experiment.names.gate_experiment, artifact_folder)
        drift_experiment = experiments.ensure(client, experiment.names.drift_experiment, artifact_folder)
        opening = recording(client, gate_experiment, names.gate_run(0), opening_items(0, gate=True))
        # One inside the other: where one of them cannot be written, neither is finished.
        with (
            recording(client, drift_experiment, names.drift_run(0), opening_items(0, gate=False)) as drift_run,
            nullcontext(gate_run) if gate_run else opening as gate_run,
        ):
            drift_run.log(drift_items(drift))
            gate_run.log(gate_items(gate, roc))
    return Baseline(model, gate, roc, len(features), gate_run.run_id, drift_run.run_id)
