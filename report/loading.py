"""What the faces of the report read, and how: the page and ``python -m report`` share it."""

from collections.abc import Callable
from typing import TypeVar

from lifecycle.experiment import Experiment
from mlflow_io.artifacts import load_drift_columns, load_roc
from mlflow_io.batches import read_history, read_production
from mlflow_io.errors import ArtifactMissing, ArtifactUnreachable, ArtifactUnreadable
from report.evidence import ColumnEvidence, Evidence, RocEvidence
from report.story import Story, tell

Loaded = TypeVar("Loaded")


def load_story(uri: str, experiment: Experiment) -> Story:
    """Raises StoreMissing, TrackingUnreachable or TrackingRefused."""
    return tell(read_history(uri, experiment.names), read_production(uri, experiment.names.model), experiment)


def open_evidence(uri: str) -> Evidence:
    """Artifacts by run id. One that a run lacks, that cannot be reached or is not what its name says, becomes a
    note."""

    def roc(run_id: str, candidate: bool) -> RocEvidence:
        notes: list[str] = []
        production = _noted(notes, lambda: load_roc(uri, run_id, candidate=False))
        new = _noted(notes, lambda: load_roc(uri, run_id, candidate=True)) if candidate else None
        return RocEvidence(production, new, tuple(notes))

    def columns(run_id: str) -> ColumnEvidence:
        notes: list[str] = []
        found = _noted(notes, lambda: load_drift_columns(uri, run_id))
        return ColumnEvidence(found or (), tuple(notes))

    return Evidence(roc=roc, columns=columns)


def _noted(notes: list[str], load: Callable[[], Loaded]) -> Loaded | None:
    try:
        return load()
    except (ArtifactMissing, ArtifactUnreachable, ArtifactUnreadable) as error:
        notes.append(str(error))
        return None
