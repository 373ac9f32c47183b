"""Experiments by name; never MLflow's global "current experiment", which concurrent code would share."""

from pathlib import Path
from typing import TYPE_CHECKING

from mlflow_io.errors import TrackingError

if TYPE_CHECKING:
    from mlflow import MlflowClient


def find(client: "MlflowClient", name: str) -> str | None:
    """The id of the active experiment called ``name``, or None."""
    experiment = client.get_experiment_by_name(name)
    return experiment.experiment_id if experiment is not None and experiment.lifecycle_stage == "active" else None


def ensure(client: "MlflowClient", name: str, artifact_folder: Path | None) -> str:
    """The id of the experiment called ``name``, made if need be.

    artifact_folder: where a new experiment keeps its artifacts; None leaves that to the store. Raises TrackingError
    for an experiment that was deleted: its name is taken until it is restored.
    """
    from mlflow.exceptions import MlflowException

    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        location = (artifact_folder / name).as_uri() if artifact_folder else None
        try:
            return client.create_experiment(name, artifact_location=location)
        except MlflowException:  # another process was faster
            experiment = client.get_experiment_by_name(name)
            if experiment is None:
                raise
    if experiment.lifecycle_stage != "active":
        raise TrackingError(f"The MLflow experiment {name!r} was deleted; restore it or choose another name")
    return experiment.experiment_id


def active_names(client: "MlflowClient", limit: int = 50) -> tuple[str, ...]:
    """Names of up to ``limit`` active experiments, for a reader who may have misspelt one."""
    return tuple(sorted(experiment.name for experiment in client.search_experiments(max_results=limit)))
