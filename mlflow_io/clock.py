"""Runs from the future: the newest start counts, so whoever writes with a clock that went back writes in vain."""

from datetime import UTC, datetime

from lifecycle.experiment import MlflowNames
from lifecycle.records import RunRef
from mlflow_io.history import read_history


def outdated_by(uri: str, mlflow_names: MlflowNames, batch: int) -> RunRef | None:
    """The run that counts for ``batch`` although it has not started yet by our clock; None where all is well.

    Asked after writing: a run that was just ended is then older. Raises as ``read_history`` does."""
    now = datetime.now(UTC)
    for record in read_history(uri, mlflow_names).batches:
        if record.batch == batch:
            refs = (part.run for part in (record.gate, record.drift) if part is not None)
            return next((run for run in refs if run is not None and run.start_time > now), None)
    return None


def in_vain(batch: int, by: RunRef) -> str:
    """What to say of it."""
    return (
        f"batch {batch} was written and does not count: run {by.run_id} says that it started on "
        f"{by.start_time:%Y-%m-%d %H:%M:%S} UTC, which is later than this machine's clock; set the clock right, or "
        "delete that run, and run this again"
    )
