"""Which model is Batch 0's: production as long as no batch has deployed another one, and after that the one it was."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.beginning import captured_after, deployments
from lifecycle.experiment import Experiment
from lifecycle.records import GateRecord, ProductionModel
from mlflow_io.history import read_history
from mlflow_io.registry import find_trained_by, find_version, trained_until, was_compared_with, was_newest

if TYPE_CHECKING:
    from mlflow_io.client import MlflowClient


@dataclass(frozen=True)
class Initial:
    """captured_after: the batch that had deployed ``model``, or may have; 0 where it is known to be the initial one,
    None where no batch has deployed any."""

    model: ProductionModel
    captured_after: int | None


def find_initial(client: "MlflowClient", uri: str, experiment: Experiment, production: ProductionModel) -> Initial:
    """The model that Batch 0 names, or at which what was compared with what begins; else production."""
    gates = [record.gate for record in read_history(uri, experiment.names).batches if record.gate is not None]
    deployed = list(deployments(gates, experiment.gate))
    if not deployed:
        return Initial(production, None)
    first = next((gate for gate in gates if gate.batch == 0), None)
    named = _named_by(client, experiment.model, first) if first is not None else None
    root = _root(client, production)
    for model in (named, root):
        if model is not None and trained_until(client, model) == 0:
            return Initial(model, 0)
    if named is not None and first is not None:
        return Initial(named, captured_after(first, deployed) or 0)
    began = min((gate.run.start_time for gate in gates if gate.batch > 0 and gate.run is not None), default=None)
    if trained_until(client, root) is None and began is not None and was_newest(client, root, began):
        return Initial(root, 0)
    return Initial(production, deployed[0].batch)


def _named_by(client: "MlflowClient", name: str, gate: GateRecord) -> ProductionModel | None:
    run_id = gate.production_run_id or gate.training_run_id
    if gate.production_version is not None:
        found = find_version(client, name, gate.production_version)
        return found if found is not None and found.run_id == run_id else None
    return find_trained_by(client, name, run_id) if run_id is not None else None


def _root(client: "MlflowClient", production: ProductionModel) -> ProductionModel:
    model = production
    while (before := was_compared_with(client, model)) is not None:
        model = before
    return model
