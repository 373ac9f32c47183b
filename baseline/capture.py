"""Batch 0: the production model on the initial test set, written as the history's starting point."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from baseline.answers import ask, scored
from baseline.initial import find_initial
from lifecycle.experiment import Experiment
from lifecycle.gate import Decision
from lifecycle.records import DriftRecord, GateRecord, ProductionModel, RunRef
from metrics.roc import RocCurve
from metrics.tasks import check_computed, check_decidable
from mlflow_io import clock, experiments, names
from mlflow_io.artifacts.model_files import downloaded
from mlflow_io.errors import ModelMissing, reaching
from mlflow_io.registry import find_production, trained_until, what_is_there
from mlflow_io.writing.items import Param, drift_items, gate_items, opening_items
from mlflow_io.writing.runs import recording
from sandbox.labels import Labels
from sandbox.shown import Shown

if TYPE_CHECKING:
    from mlflow_io.client import MlflowClient

MODEL_TYPE = "XGBoost"
"""Of what the pipeline trains itself."""

TEST_SET = "initial_test"
"""What the report calls the test set of batch 0."""


@dataclass(frozen=True)
class Baseline:
    """What was captured, and the runs that hold it.

    production: in production now, which need not be ``model``. outdated_by: a run that counts in their place."""

    model: ProductionModel
    production: ProductionModel
    gate: GateRecord
    rows: int
    gate_run_id: str
    drift_run_id: str
    outdated_by: RunRef | None = None


def production_or_raise(client: "MlflowClient", uri: str, name: str) -> ProductionModel:
    with reaching(uri):
        model = find_production(client, name)
        there = what_is_there(client, name) if model is None else ""
    if model is None:
        raise ModelMissing(
            f"No version of the registered model {name!r} is in production{f': {there};' if there else ':'} "
            f"give one the alias {names.ALIASES[0]!r}, or run the pipeline's batch 0 to train one"
        )
    return model


def evaluate(
    client: "MlflowClient",
    experiment: Experiment,
    model: ProductionModel,
    features: pd.DataFrame,
    target: pd.Series,
    prepared: pd.DataFrame | None = None,
    labels: Labels | None = None,
    **record: object,
) -> tuple[GateRecord, RocCurve | None]:
    """A production model's scores on a test set, and which model it was, as the beginning of a gate record with
    ``record``'s other fields.

    prepared: the same rows with every column as it was prepared: a model picks the columns that it was trained on, of
    the types that it knows; None shows it the features.
    labels: of the target, where the experiment names the positive one. A model of our own pipeline knows codes only."""
    spec, shown = experiment.spec, Shown(features, features if prepared is None else prepared)
    check_computed(spec.task, experiment.scores.primary)
    check_decidable(spec.task, experiment.scores.primary, target)
    with downloaded(client, model) as (files, preprocessor):
        answers, kind = ask(spec, files, preprocessor, shown, labels, ours=trained_until(client, model) is not None)
    found = scored(spec, experiment.scores, target, answers)
    known = {"test_rows": len(features), "model_type": kind, **record}
    gate = GateRecord(
        production=found.scores, production_version=model.version,
        production_run_id=model.run_id, trained_until=trained_until(client, model), **known,  # type: ignore[arg-type]
    )  # fmt: skip
    return gate, found.roc


def capture(
    client: "MlflowClient",
    uri: str,
    experiment: Experiment,
    features: pd.DataFrame,
    target: pd.Series,
    *,
    prepared: pd.DataFrame | None = None,
    labels: Labels | None = None,
    seen_rows: int | None = None,
    artifact_folder: Path | None = None,
) -> Baseline:
    """Evaluates first and writes afterwards: a model that cannot be scored leaves no run at all. Safe to repeat: the
    newest baseline is the one that counts, and after a deployment it is still that of batch 0's model. Raises
    ModelMissing, ModelError, ScoreError or TrackingUnreachable.

    prepared, labels: as for ``evaluate``. seen_rows: of ``features``, those that models are trained on."""
    production = production_or_raise(client, uri, experiment.model)
    with reaching(uri):
        initial = find_initial(client, uri, experiment, production)
    model = initial.model
    gate, roc = evaluate(
        client, experiment, model, features, target, prepared, labels, captured_after=initial.captured_after,
        batch=0, decision=Decision.BASELINE, test_set=TEST_SET, training_run_id=model.run_id, seen_rows=seen_rows,
    )  # fmt: skip
    with reaching(uri):
        gate_experiment = experiments.ensure(client, experiment.names.gate_experiment, artifact_folder)
        drift_experiment = experiments.ensure(client, experiment.names.drift_experiment, artifact_folder)
        # One inside the other: where one of them cannot be logged, both end FAILED.
        with (
            recording(client, drift_experiment, names.drift_run(0), opening_items(0, gate=False)) as drift_run,
            recording(client, gate_experiment, names.gate_run(0), opening_items(0, gate=True)) as gate_run,
        ):
            drift_run.log(drift_items(reference(experiment, features.shape[1])))
            gate_run.log([*gate_items(gate, roc, scores=experiment.scores), *_trained_by(model)])
    outdated_by = clock.outdated_by(uri, experiment.names, 0)
    return Baseline(model, production, gate, len(features), gate_run.run_id, drift_run.run_id, outdated_by)


def reference(experiment: Experiment, columns: int) -> DriftRecord:
    """Batch 0 is what drift is measured against. columns: how many the model is shown."""
    return DriftRecord(
        batch=0, share=0.0, threshold=experiment.drift.threshold, drifted_columns=0,
        total_columns=columns, reference_data="initial_train", new_data=TEST_SET,
    )  # fmt: skip


def _trained_by(model: ProductionModel) -> list[Param]:
    """By which a reader knows the model again."""
    return [Param(names.TRAINING_RUN_ID, model.run_id)] if model.run_id is not None else []
