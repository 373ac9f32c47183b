"""What the faces of the report read, and how: the page and ``python -m report`` share it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from batch_zero.errors import HOW_TO_BEGIN
from lifecycle.experiment import Experiment
from mlflow_io.artifacts.results import load_drift_columns, load_roc
from mlflow_io.cached_history import CachedHistory, HistoryRead
from mlflow_io.errors import StoreMissing, TrackingError
from report.evidence import ColumnEvidence, Evidence, RocEvidence
from report.story.story import Story, tell

Loaded = TypeVar("Loaded")
SNAPSHOTS = "snapshots"


def open_reader(uri: str, experiment: Experiment, home: Path) -> CachedHistory:
    """home: below it, what is known of a server outlives the process."""
    return CachedHistory(uri, experiment.names, home / SNAPSHOTS)


@contextmanager
def named_by_somebody(named: bool) -> Iterator[None]:
    """How to begin is no advice where a store is not at the address that somebody named."""
    try:
        yield
    except StoreMissing as error:
        if named and error.hint == HOW_TO_BEGIN:
            error.hint = "is this the address that was meant?"
        raise


def tell_of(reading: HistoryRead, experiment: Experiment) -> Story:
    return tell(reading.history, reading.production, experiment)


def open_evidence(uri: str) -> Evidence:
    """Artifacts by run id. One that a run lacks, that cannot be reached or is not what its name says, becomes a note;
    so does a store that does not answer."""

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


def out_of_reach() -> Evidence:
    """While the store does not answer, nothing is asked of it: every artifact would have to be waited for."""
    notes = ("Not loaded: the store does not answer.",)
    return Evidence(roc=lambda *_: RocEvidence(None, None, notes), columns=lambda _: ColumnEvidence((), notes))


def _noted(notes: list[str], load: Callable[[], Loaded]) -> Loaded | None:
    try:
        return load()
    except TrackingError as error:
        notes.append(str(error))
        return None
