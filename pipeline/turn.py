"""Which model a batch meets: the one that was in production when it was the batch's turn, however often it is run.

The batch's latest finished gate run names it. Where there is none and no later batch has been run either, the turn is
now. Else it is worked out: production, what that was compared with before it was promoted, and so on, up to the first
that has not learned from the batch. Where none of these tells, nothing is scored.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from batch_zero.errors import BatchZeroError
from lifecycle.beginning import deployments
from lifecycle.experiment import Experiment
from lifecycle.gate import Decision, settle
from lifecycle.records import GateRecord, ProductionModel
from mlflow_io.history import read_history
from mlflow_io.registry import find_version, started, trained_until, was_compared_with, was_newest

if TYPE_CHECKING:
    from mlflow_io.client import MlflowClient

AGAIN = "to begin again, run batch 0 with --restart"


class OutOfTurn(BatchZeroError):
    """A batch that cannot be run as production stands: one sentence."""

    status = 409


@dataclass(frozen=True)
class Turn:
    """production: what is in production now, and ``learned`` the last batch that it has learned from, where it says so.
    met: what was in production when it was the batch's turn. before: what the batch's latest finished run decided.
    """

    batch: int
    production: ProductionModel
    learned: int | None
    met: ProductionModel
    before: Decision | None

    @property
    def replaceable(self) -> bool:
        """Production is what the candidate is compared with, or an earlier run of this batch has put it there."""
        return self.met.version == self.production.version or self.learned == self.batch

    @property
    def may_train(self) -> bool:
        """Production has learned from no later batch, or the batch may repeat what it did before."""
        trained_before = self.before is not None and self.before.trained
        return trained_before or self.learned is None or self.learned <= self.batch

    @property
    def deployed_before(self) -> bool:
        return self.learned == self.batch or (self.before is not None and self.before.deployed)


def find_turn(
    client: "MlflowClient", uri: str, experiment: Experiment, production: ProductionModel, batch: int
) -> Turn:
    """Raises OutOfTurn where it cannot be told what the batch met, or where that has learned from the batch."""
    gates = _since_the_beginning(client, uri, experiment)
    learned = trained_until(client, production)
    own = next((gate for gate in gates if gate.batch == batch), None)
    if own is not None and own.production_version is not None:
        met = _stored(client, experiment.model, own, own.production_version)
    elif (learned is None or learned < batch) and not any(gate.batch >= batch for gate in gates):
        met = production
    elif learned is None:
        met = _there_all_along(client, production, batch, gates)
    else:
        met = _worked_out(client, production, batch)
        _check(client, met, batch, [gate for gate in deployments(gates, experiment.gate) if gate.batch < batch])
    until = trained_until(client, met)
    if until is not None and until >= batch:
        raise OutOfTurn(f"batch {batch}: {_named(met)}, which it met, was trained on batches 0 to {until}; {AGAIN}")
    return Turn(batch, production, learned, met, settle(own, experiment.gate).decision if own else None)


def _since_the_beginning(client: "MlflowClient", uri: str, experiment: Experiment) -> list[GateRecord]:
    """The gate records that count, but for those of before batch 0 was begun again: what they met is of no account."""
    gates = [record.gate for record in read_history(uri, experiment.names).batches if record.gate is not None]
    first = next((gate for gate in gates if gate.batch == 0), None)
    run_id = (first.production_run_id or first.training_run_id) if first is not None else None
    began = started(client, run_id) if run_id is not None else None
    if began is None:
        return gates
    since = datetime.fromtimestamp(began / 1000, UTC)
    return [gate for gate in gates if gate.run is not None and gate.run.start_time >= since]


def _stored(client: "MlflowClient", name: str, gate: GateRecord, version: str) -> ProductionModel:
    found = find_version(client, name, version)
    if found is None or found.run_id != gate.production_run_id:
        what = "has no such version any more" if found is None else "has another model under that number"
        raise OutOfTurn(
            f"batch {gate.batch}: it met version {version} of {name} when it was its turn, "
            f"and the registry {what}; {AGAIN}"
        )
    return found


def _there_all_along(
    client: "MlflowClient", production: ProductionModel, batch: int, gates: list[GateRecord]
) -> ProductionModel:
    """Production that does not say what it has learned from, if it was the newest version when this batch or a later
    one was run, and no candidate of this one."""
    own = next((gate for gate in gates if gate.batch == batch), None)
    then = min(gate.run.start_time for gate in gates if gate.batch >= batch and gate.run is not None)
    trained = own is not None and (own.training_run_id is not None or not own.production_only)
    if trained or not was_newest(client, production, then):
        raise OutOfTurn(
            f"batch {batch}: {_named(production)} is in production and does not say what it was trained on, and what "
            f"this batch met when it was its turn was not stored; {AGAIN}"
        )
    return production


def _worked_out(client: "MlflowClient", production: ProductionModel, batch: int) -> ProductionModel:
    model: ProductionModel | None = production
    until = trained_until(client, production)
    while model is not None and until is not None and until >= batch:
        beyond, model = until, was_compared_with(client, model)
        until = trained_until(client, model) if model is not None else None
        if model is not None and until is None and beyond > batch:
            model = None
    if model is None:
        raise OutOfTurn(
            f"batch {batch}: {_named(production)} is in production and was trained on this batch already, "
            f"and what it was compared with was not stored or is gone; {AGAIN}"
        )
    return model


def _check(client: "MlflowClient", met: ProductionModel, batch: int, deployed: list[GateRecord]) -> None:
    """An alias that was moved by hand takes the trail with it: what the runs say has to fit."""
    until = trained_until(client, met)
    if deployed and until is not None and until < deployed[-1].batch:
        raise OutOfTurn(
            f"batch {batch}: batch {deployed[-1].batch} had deployed a model before it, and {_named(met)} was trained "
            f"on batches 0 to {until}: what this batch met when it was its turn cannot be told; {AGAIN}"
        )


def _named(model: ProductionModel) -> str:
    return f"version {model.version} of {model.name}"
