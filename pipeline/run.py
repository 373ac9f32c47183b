"""What happens to one batch: drift check, retraining where there is drift, the quality gate, promotion.

Every step leaves its runs in MLflow, whatever its outcome; a step that raises leaves a FAILED run with the reason.
Promotion is the last act of a gate run, and never takes production back to a model of fewer batches. A batch that is
run again meets what it met when it was its turn.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from baseline.answers import Scored, scored
from baseline.capture import MODEL_TYPE, TEST_SET, evaluate, production_or_raise, reference
from batch_zero.interrupts import held_back
from batch_zero.progress import Steps
from datasets.batches import Batches
from datasets.fitness import check_reference, empty_part
from datasets.frames import DataError, features_and_target, labels, unreserved
from drift.detect import DriftCheck, check
from drift.errors import DriftError
from drift.schema import Schema
from lifecycle.experiment import Experiment
from lifecycle.gate import Decision, decide
from lifecycle.records import DriftRecord, GateRecord, ProductionModel
from metrics.kinds import Score
from metrics.roc import RocCurve
from metrics.scores import Scores
from metrics.tasks import Task, check_decidable
from mlflow_io import experiments, names
from mlflow_io.registry import (
    BATCH_0_ONLY,
    TRAINED_ON,
    expect_in_production,
    find_production,
    promote,
    register,
    store_model,
    trained_until,
    withdraw,
)
from mlflow_io.writing.items import Json, Metric, Param, Text, drift_items, gate_items, opening_items
from mlflow_io.writing.runs import OpenRun, recording, take_back
from pipeline.train import HYPERPARAMETERS, train
from pipeline.turn import AGAIN, OutOfTurn, Turn, find_turn
from report.story import sentences

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

    from mlflow_io.client import MlflowClient

EXAMPLE_ROWS = 5
STEPS = 2
"""Of each batch: the drift check, of batch 0 the training; and what the gate decided."""


@dataclass(frozen=True)
class Trained:
    model: "Pipeline"
    run_id: str
    model_id: str
    rows: int

    def answers(self, task: Task, features: "pd.DataFrame") -> "np.ndarray":
        """As ``metrics.tasks.score`` takes them."""
        if task is Task.REGRESSION:
            return np.asarray(self.model.predict(features))
        found = np.asarray(self.model.predict_proba(features))
        return found[:, 1] if task is Task.BINARY else found


@dataclass(frozen=True)
class Pipe:
    """One experiment on one store. steps: told what happens; each batch is ``STEPS`` of them."""

    client: "MlflowClient"
    uri: str
    experiment: Experiment
    batches: Batches
    artifact_folder: Path | None
    steps: Steps

    def run_batch(self, batch: int, *, force_retrain: bool = False, restart: bool = False) -> Decision:
        """restart: batch 0 replaces whatever is in production. Raises OutOfTurn or ModelMissing, before anything is
        written, and what its steps raise."""
        if batch == 0:
            return self._initial(restart)
        turn = self._turn(batch)
        self._refuse_what_could_not_be_deployed(turn, force_retrain)
        drift, drift_run_id = self._check_drift(batch)
        if not (drift.detected or force_retrain):
            return self._evaluate_only(batch, turn)
        try:
            return self._retrain(batch, turn)
        except OutOfTurn as error:  # which the scores told: the check stands for a batch that was not run
            take_back(self.client, drift_run_id, error)
            raise

    def _initial(self, restart: bool) -> Decision:
        """Inside a gate run, as every batch: an attempt that fails is there to be seen."""
        production = self._replaced_by_batch_0(restart)
        with self._gate_run(0) as run:
            features, target = self._test_part(0)
            self._split(self.batches.train(0, 0), 0, "the training part of batches 0 to 0")
            check_reference(self.experiment.spec, self.batches.train(0, 0))
            trained = self._train(0)
            self.steps.done(f"batch 0: initial model trained on {trained.rows:,} rows")
            found = self._scores_of(trained, features, target)
            gate = GateRecord(
                batch=0, production=found.scores, decision=Decision.BASELINE,
                test_set=TEST_SET, test_rows=len(features), seen_rows=self.batches.seen or None, model_type=MODEL_TYPE,
            )  # fmt: skip
            with self._drift_run(0) as drift_run:
                drift_run.log(drift_items(reference(self.experiment, features.shape[1])))
                with self._registered(0, trained, replaces=production) as model:
                    gate = replace(gate, production_version=model.version, production_run_id=trained.run_id)
                    logged = gate_items(replace(gate, trained_until=0), found.roc, scores=self.experiment.scores)
                    run.log([*logged, Param(names.TRAINING_RUN_ID, trained.run_id), Param(TRAINED_ON, BATCH_0_ONLY)])
                    self._promote(model, production, drift_run, run)
        reached = f"{self._primary.word} {self._value(gate.production)}"
        self.steps.done(
            f"batch 0: BASELINE, {reached} on {len(features):,} test rows, in production as version {model.version}"
        )
        return Decision.BASELINE

    def _replaced_by_batch_0(self, restart: bool) -> ProductionModel | None:
        """What is in production, unless that knows more than batch 0: a retry may replace what was tried before."""
        found = find_production(self.client, self.experiment.model)
        if found is None or restart or trained_until(self.client, found) == 0:
            return found
        raise OutOfTurn(
            f"batch 0: version {found.version} of {found.name} is in production; "
            f"a model of batch 0 alone takes its place with --restart only"
        )

    def _check_drift(self, batch: int) -> tuple[DriftRecord, str]:
        """The whole batch against the initial training set; with the id of its run."""
        record = DriftRecord(batch=batch, share=None, reference_data="initial_train", new_data=f"batch_{batch}")
        with self._drift_run(batch) as run:
            found = self._compared(batch)
            result = found.result
            record = replace(
                record,
                share=None if result.too_few_rows else result.share,
                threshold=result.threshold,
                drifted_columns=result.drifted_columns,
                total_columns=result.total_columns,
                too_few_rows=result.too_few_rows,
                reference_rows=result.reference_rows,
                new_rows=result.current_rows,
                min_rows=result.min_rows,
            )
            run.log([*drift_items(record), Json(names.DRIFT_COLUMNS, result.to_dict())])
            if found.snapshot is not None:
                run.log([Text(names.DRIFT_HTML, found.html())])
        self.steps.done(f"batch {batch}: {sentences.drift_line(record)}")
        return record, run.run_id

    def _compared(self, batch: int) -> DriftCheck:
        spec, rows = self.experiment.spec, self.batches.rows(batch)
        schema, features = Schema(numerical=spec.numerical, categorical=spec.categorical), list(spec.features)
        return check(self.batches.train(0, 0)[features], rows[features], schema, self.experiment.drift)

    def _evaluate_only(self, batch: int, turn: Turn) -> Decision:
        with self._gate_run(batch) as run:
            features, target = self._test_part(batch)
            gate, roc = self._scored(turn.met, batch, features, target)
            gate = replace(gate, decision=self._decide(gate))
            run.log(gate_items(gate, roc, scores=self.experiment.scores))
        reached = f"{self._primary.word} {self._value(gate.production)}"
        self.steps.done(f"batch {batch}: {gate.decision}, production {reached}")
        return Decision.SKIP_NO_DRIFT

    def _retrain(self, batch: int, turn: Turn) -> Decision:
        """The candidate is promoted inside its gate run: only a run that came through says that it was deployed."""
        with self._gate_run(batch) as run:
            features, target = self._test_part(batch)
            trained = self._train(batch)
            self.steps.remark(f"batch {batch}: candidate trained on {trained.rows:,} rows of batches 0 to {batch}")
            gate, roc = self._scored(turn.met, batch, features, target)
            found = self._scores_of(trained, features, target)
            gate = replace(
                gate,
                candidate=found.scores,
                training_run_id=trained.run_id,
                training_rows=trained.rows,
                model_type=MODEL_TYPE,
            )
            gate = replace(gate, decision=(decision := self._decide(gate)))
            run.log(gate_items(gate, roc, found.roc, self.experiment.scores))
            self._conclude(turn, decision, trained, run)
        before, after = self._value(gate.production), self._value(found.scores)
        self.steps.done(f"batch {batch}: {decision}, {self._primary.word} {before} -> {after}")
        return decision

    def _refuse_what_could_not_be_deployed(self, turn: Turn, force_retrain: bool) -> None:
        """A batch that trained no model when it was its turn has nothing to repeat behind later ones. Where only drift
        would have it train one, drift is looked for first, without a run."""
        if turn.may_train:
            return
        if force_retrain or self._would_train(turn.batch):
            raise OutOfTurn(
                f"batch {turn.batch}: version {turn.production.version} of {turn.production.name} is in production and "
                f"was trained on batches 0 to {turn.learned}, which a model of fewer must not replace; {AGAIN}"
            )

    def _would_train(self, batch: int) -> bool:
        try:
            return self._compared(batch).result.detected is True
        except DriftError:
            return False  # the drift run will tell why

    def _conclude(self, turn: Turn, decision: Decision, trained: Trained, run: OpenRun) -> None:
        """The promotion, where production is what the candidate may replace. Else the batch was run again behind later
        ones: it may repeat what it decided, and production stays."""
        if decision.deployed and turn.replaceable:
            with self._registered(turn.batch, trained, replaces=turn.production, compared_with=turn.met) as model:
                run.log([Param(names.CANDIDATE_VERSION, model.version)])
                self._promote(model, turn.production, run)
        elif turn.deployed_before and not decision.deployed and turn.met.version != turn.production.version:
            raise OutOfTurn(
                f"batch {turn.batch}: the model that an earlier run of this batch deployed would not be deployed "
                f"today; give the alias {names.ALIASES[0]!r} to version {turn.met.version} and run the batch again, "
                f"or leave it at that"
            )
        elif decision.deployed and not turn.deployed_before:
            raise OutOfTurn(
                f"batch {turn.batch}: the candidate was compared with version {turn.met.version}, which was in "
                f"production when it was its turn, and version {turn.production.version} is now; nothing was promoted"
            )
        elif decision.deployed:
            self.steps.remark(
                f"batch {turn.batch}: decided as before; version {turn.production.version} stays in production"
            )

    def _promote(self, model: ProductionModel, replaces: ProductionModel | None, *runs: OpenRun) -> None:
        """No interrupt comes between: what is in production has a finished run that says so."""
        with held_back():
            promote(self.client, model, replaces=replaces)
            for run in runs:
                run.finish()

    def _turn(self, batch: int) -> Turn:
        found = find_turn(self.client, self.uri, self.experiment, self._production(), batch)
        if found.met.version != found.production.version:
            self.steps.remark(f"batch {batch}: comparing with version {found.met.version}, the one of its turn")
        return found

    def _production(self) -> ProductionModel:
        return production_or_raise(self.client, self.uri, self.experiment.model)

    def _scored(
        self, model: ProductionModel, batch: int, features: "pd.DataFrame", target: "pd.Series"
    ) -> tuple[GateRecord, RocCurve | None]:
        spec, rows = self.experiment.spec, self.batches.test(batch)
        return evaluate(
            self.client, self.experiment, model, features, target, unreserved(spec, rows), labels(spec, rows),
            batch=batch, test_set=f"batch_{batch}_test",
        )  # fmt: skip

    @contextmanager
    def _registered(
        self, batch: int, trained: Trained, *, replaces: ProductionModel | None,
        compared_with: ProductionModel | None = None,
    ) -> Iterator[ProductionModel]:  # fmt: skip
        """A version for as long as it takes to promote it; what is not promoted leaves none behind."""
        name = self.experiment.model
        expect_in_production(self.client, name, replaces)
        model = register(self.client, name, trained.model_id, trained.run_id, compared_with=compared_with)
        try:
            yield model
        except BaseException:
            if withdraw(self.client, model):
                self.steps.remark(
                    f"batch {batch}: version {model.version} of {name} was not promoted and is deleted again"
                )
            raise

    def _decide(self, gate: GateRecord) -> Decision:
        name, candidate = self._primary.name, gate.candidate
        return decide(
            batch=gate.batch, production=gate.production.get(name),
            candidate=None if candidate is None else candidate.get(name), policy=self.experiment.gate,
        )  # fmt: skip

    @property
    def _primary(self) -> Score:
        return self.experiment.scores.primary

    def _value(self, scores: Scores) -> str:
        return self._primary.text(scores.get(self._primary.name))

    def _scores_of(self, trained: Trained, features: "pd.DataFrame", target: "pd.Series") -> Scored:
        spec = self.experiment.spec
        return scored(spec, self.experiment.scores, target, trained.answers(spec.task, features))

    def _train(self, batch: int) -> Trained:
        """On the training parts of batches 0 to ``batch``; logged as a run of its own, with the model."""
        experiment_id = self._id(self.experiment.names.gate_experiment)
        with recording(self.client, experiment_id, names.training_run(batch)) as run:
            part = f"the training part of batches 0 to {batch}"
            features, target = self._split(self.batches.train(0, batch), batch, part)
            run.log([Param(key, value) for key, value in HYPERPARAMETERS.items()])
            run.log([Param(TRAINED_ON, f"0-{batch}"), Metric("training_rows", len(features))])
            model = train(self.experiment.spec, features, target)
            model_id = store_model(self.client, run.run_id, experiment_id, model, features.head(EXAMPLE_ROWS))
        return Trained(model, run.run_id, model_id, len(features))

    def _test_part(self, batch: int) -> "tuple[pd.DataFrame, pd.Series]":
        """Asked for before a model is trained: a test part that cannot be scored costs no training and no promotion."""
        part = f"the test part of batch {batch}"
        features, target = self._split(self.batches.test(batch), batch, part)
        check_decidable(self.experiment.spec.task, self._primary, target, part)
        return features, target

    def _split(self, rows: "pd.DataFrame", batch: int, part: str) -> "tuple[pd.DataFrame, pd.Series]":
        if rows.empty:
            raise DataError(empty_part(self.experiment.spec, part, self.batches.rows(batch)))
        features, target = features_and_target(self.experiment.spec, rows)
        if self.experiment.spec.task is Task.BINARY and target.nunique() < 2:
            raise DataError(f"{part} holds one class only ({target.iloc[0]}); both are needed")
        return features, target

    def _gate_run(self, batch: int) -> AbstractContextManager[OpenRun]:
        experiment_id = self._id(self.experiment.names.gate_experiment)
        return recording(self.client, experiment_id, names.gate_run(batch), opening_items(batch, gate=True))

    def _drift_run(self, batch: int) -> AbstractContextManager[OpenRun]:
        experiment_id = self._id(self.experiment.names.drift_experiment)
        return recording(self.client, experiment_id, names.drift_run(batch), opening_items(batch, gate=False))

    def _id(self, name: str) -> str:
        return experiments.ensure(self.client, name, self.artifact_folder)
