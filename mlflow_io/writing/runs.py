"""The one loop that logs: a run is started, its items are logged, and it ends FINISHED, FAILED or KILLED."""

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from batch_zero.interrupts import held_back
from mlflow_io import names
from mlflow_io.errors import one_line
from mlflow_io.writing.items import File, Item, Json, Metric, Param, Tag, Text

if TYPE_CHECKING:
    from mlflow import MlflowClient

REASON_LENGTH = 500
log = logging.getLogger(__name__)


class OpenRun:
    """A run that is being written; obtained from ``recording``."""

    def __init__(self, client: "MlflowClient", run_id: str, experiment_id: str) -> None:
        self._client, self.run_id, self.experiment_id = client, run_id, experiment_id
        self.finished = False

    def finish(self) -> None:
        """Before the step is through, where nothing must come between its last act and this."""
        self._client.set_terminated(self.run_id, status="FINISHED")
        self.finished = True

    def log(self, items: Iterable[Item]) -> None:
        """All params, metrics and tags in one request, then the artifacts in the order given."""
        from mlflow import entities

        items, now = list(items), int(time.time() * 1000)
        params = [entities.Param(item.key, str(item.value)) for item in items if isinstance(item, Param)]
        metrics = [entities.Metric(item.key, item.value, now, 0) for item in items if isinstance(item, Metric)]
        tags = [entities.RunTag(item.key, item.value) for item in items if isinstance(item, Tag)]
        if params or metrics or tags:
            self._client.log_batch(self.run_id, metrics=metrics, params=params, tags=tags)
        for item in items:
            if isinstance(item, Json):
                self._client.log_dict(self.run_id, item.data, item.path)
            elif isinstance(item, Text):
                self._client.log_text(self.run_id, item.text, item.path)
            elif isinstance(item, File):
                self._log_file(item)

    def _log_file(self, item: File) -> None:
        """MLflow names an artifact as the file is named."""
        folder, _, name = item.path.rpartition("/")
        with tempfile.TemporaryDirectory() as scratch:
            copied = shutil.copyfile(item.source, Path(scratch) / name)
            self._client.log_artifact(self.run_id, str(copied), folder or None)


@contextmanager
def recording(
    client: "MlflowClient", experiment_id: str, run_name: str, opening: Iterable[Item] = ()
) -> Iterator[OpenRun]:
    """A run around a step: FINISHED when the step is through, FAILED with the reason as a tag when it raises, KILLED
    when it is interrupted. A process that dies leaves it RUNNING, which no reader counts."""
    run = None
    try:
        with held_back():  # until it is known which run was begun
            run = OpenRun(client, client.create_run(experiment_id, run_name=run_name).info.run_id, experiment_id)
        run.log(opening)
        yield run
    except BaseException as error:
        if run is not None and not run.finished:
            status = "FAILED" if isinstance(error, Exception) else "KILLED"
            _give_up(client, run.run_id, status, _reason(error))
        raise
    if not run.finished:
        run.finish()


def take_back(client: "MlflowClient", run_id: str, error: Exception) -> None:
    """KILLED, with the reason: a finished run of a step whose batch was refused afterwards, which no reader counts."""
    _give_up(client, run_id, "KILLED", _reason(error))


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {one_line(error)}"[:REASON_LENGTH]


def _give_up(client: "MlflowClient", run_id: str, status: str, reason: str) -> None:
    """Often it is the store that failed: that it fails again must neither take the place of the first error nor keep
    the other half from being written."""
    halves: dict[str, Callable[[], object]] = {
        status: lambda: client.set_terminated(run_id, status=status),
        "its reason": lambda: client.set_tag(run_id, names.FAILURE, reason),
    }
    with held_back():
        for what, write in halves.items():
            try:
                write()
            except Exception as error:  # of whatever kind: it is second to the one that is on its way
                log.warning("run %s: %s cannot be written: %s", run_id, what, one_line(error))
