"""What happens to one batch: drift check, retraining where there is drift, the quality gate, promotion.

Every step leaves its runs in MLflow, whatever its outcome; a step that raises leaves a FAILED run with the reason.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.capture import MODEL_TYPE, capture, evaluate, production_or_raise
from baseline.frames import DataError, features_and_target, unreserved
from drift.detect import check
from drift.schema import Schema
from lifecycle.experiment import Experiment
from lifecycle.gate import Decision, decide
from lifecycle.records import DriftRecord, GateRecord
from metrics.roc import roc_curve
from metrics.scores import score
from mlflow_io import experiments, names
from mlflow_io.items import Json, Metric, Param, Text, drift_items, gate_items, opening_items
from mlflow_io.registry import promote, store_model
from mlflow_io.write import recording
from pipeline.data import Batches
from pipeline.train import HYPERPARAMETERS, train
from report import formats, words

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

    from mlflow_io.client import MlflowClient

EXAMPLE_ROWS = 5


@dataclass(frozen=True)
class Trained:
    model: "Pipeline"
    run_id: str
    model_id: str
    rows: int


@dataclass(frozen=True)
class Pipe:
    """One experiment on one store. ``say`` is told what happens, a line a step."""

    client: "MlflowClient"
    uri: str
    experiment: Experiment
    batches: Batches
    artifact_folder: Path | None
    say: Callable[[str], None]

    def run_batch(self, batch: int, *, force_retrain: bool = False) -> Decision:
        if batch == 0:
            return self._initial()
        drift = self._check_drift(batch)
        if drift.detected or force_retrain:
            return self._retrain(batch)
        return self._evaluate_only(batch)

    def _initial(self) -> Decision:
        """Inside a gate run, as every batch: an attempt that fails is there to be seen."""
        with self._gate_run(0) as run:
            features, target = self._test_part(0)
            trained = self._train(0)
            version = promote(self.client, self.experiment.names.model, trained.model_id, trained.run_id)
            production = f"in production as version {version.version}"
            self.say(f"batch 0: initial model trained on {trained.rows:,} rows, {production}")
            done = capture(
                self.client, self.uri, self.experiment, features, target,
                artifact_folder=self.artifact_folder, gate_run=run,
            )  # fmt: skip
        self.say(f"batch 0: BASELINE, AUC {formats.score(done.gate.production.auc)} on {done.rows:,} test rows")
        return Decision.BASELINE

    def _check_drift(self, batch: int) -> DriftRecord:
        """The whole batch against the initial training set."""
        spec, rows = self.experiment.data, self.batches.rows(batch)
        schema = Schema(numerical=spec.numerical, categorical=spec.categorical)
        record = DriftRecord(batch=batch, share=None, reference_data="initial_train", new_data=f"batch_{batch}")
        with recording(
            self.client, self._id(self.experiment.names.drift_experiment), names.drift_run(batch),
            opening_items(batch, gate=False),
        ) as run:  # fmt: skip
            features = list(spec.features)
            found = check(self.batches.train(0, 0)[features], rows[features], schema, self.experiment.drift)
            result = found.result
            record = replace(
                record,
                share=result.share,
                threshold=result.threshold,
                drifted_columns=result.drifted_columns,
                total_columns=result.total_columns,
            )
            run.log([*drift_items(record), Json(names.DRIFT_COLUMNS, result.to_dict())])
            if found.snapshot is not None:
                run.log([Text(names.DRIFT_HTML, found.html())])
        self.say(f"batch {batch}: {words.drift_line(record)}")
        return record

    def _evaluate_only(self, batch: int) -> Decision:
        with self._gate_run(batch) as run:
            features, target = self._test_part(batch)
            gate, roc = self._production_gate(batch, features, target)
            gate = replace(gate, decision=self._decide(gate))
            run.log(gate_items(gate, roc))
        self.say(f"batch {batch}: {gate.decision}, production AUC {formats.score(gate.production.auc)}")
        return Decision.SKIP_NO_DRIFT

    def _retrain(self, batch: int) -> Decision:
        """The candidate is promoted inside its gate run: only a run that came through says that it was deployed."""
        with self._gate_run(batch) as run:
            features, target = self._test_part(batch)
            trained = self._train(batch)
            self.say(f"batch {batch}: candidate trained on {trained.rows:,} rows of batches 0 to {batch}")
            gate, roc = self._production_gate(batch, features, target)
            probability = trained.model.predict_proba(features)[:, 1]
            gate = replace(gate, candidate=score(target, probability), training_run_id=trained.run_id)
            decision = self._decide(gate)
            gate = replace(gate, decision=decision)
            run.log(gate_items(gate, roc, roc_curve(target, probability)))
            if decision.deployed:
                promote(self.client, self.experiment.names.model, trained.model_id, trained.run_id)
        before, after = formats.score(gate.production.auc), formats.score(gate.candidate.auc)
        self.say(f"batch {batch}: {decision}, AUC {before} -> {after}")
        return decision

    def _production_gate(self, batch: int, features: "pd.DataFrame", target: "pd.Series") -> tuple:
        model = production_or_raise(self.client, self.uri, self.experiment.names.model)
        return evaluate(
            self.client, model, features, target, unreserved(self.experiment.data, self.batches.test(batch)),
            batch=batch, test_set=f"batch_{batch}_test", model_type=MODEL_TYPE,
        )  # fmt: skip

    def _decide(self, gate: GateRecord) -> Decision:
        candidate = gate.candidate.auc if gate.candidate is not None else None
        return decide(
            batch=gate.batch, production_auc=gate.production.auc, candidate_auc=candidate, policy=self.experiment.gate
        )

    def _train(self, batch: int) -> Trained:
        """On the training parts of batches 0 to ``batch``; logged as a run of its own, with the model."""
        experiment_id = self._id(self.experiment.names.gate_experiment)
        with recording(self.client, experiment_id, names.training_run(batch)) as run:
            part = f"the training part of batches 0 to {batch}"
            features, target = self._split(self.batches.train(0, batch), part)
            run.log([Param(key, value) for key, value in HYPERPARAMETERS.items()])
            run.log([Param("trained_on_batches", f"0-{batch}"), Metric("training_rows", len(features))])
            model = train(features, target, self.experiment.data.categorical)
            model_id = store_model(self.client, run.run_id, experiment_id, model, features.head(EXAMPLE_ROWS))
        return Trained(model, run.run_id, model_id, len(features))

    def _test_part(self, batch: int) -> "tuple[pd.DataFrame, pd.Series]":
        """Asked for before a model is trained: a test part that cannot be scored costs no training and no promotion."""
        return self._split(self.batches.test(batch), f"the test part of batch {batch}")

    def _split(self, rows: "pd.DataFrame", part: str) -> "tuple[pd.DataFrame, pd.Series]":
        if rows.empty:
            raise DataError(f"{part} has no rows")
        features, target = features_and_target(self.experiment.data, rows)
        if target.nunique() < 2:
            raise DataError(f"{part} holds one class only ({target.iloc[0]}); both are needed")
        return features, target

    def _gate_run(self, batch: int):
        experiment_id = self._id(self.experiment.names.gate_experiment)
        return recording(self.client, experiment_id, names.gate_run(batch), opening_items(batch, gate=True))

    def _id(self, name: str) -> str:
        return experiments.ensure(self.client, name, self.artifact_folder)
