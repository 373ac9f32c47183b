"""The one loop that logs: a run is started, its items are logged, and it ends FINISHED, FAILED or KILLED."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow_io import names
from mlflow_io.errors import masked, one_line
from mlflow_io.items import Item, Json, Metric, Param, Tag, Text

if TYPE_CHECKING:
    from mlflow import MlflowClient

REASON_LENGTH = 500


class OpenRun:
    """A run that is being written; obtained from ``recording``."""

    def __init__(self, client: "MlflowClient", run_id: str, experiment_id: str) -> None:
        self._client, self.run_id, self.experiment_id = client, run_id, experiment_id

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

    def log_folder(self, folder: Path, path: str) -> None:
        self._client.log_artifacts(self.run_id, str(folder), path)


@contextmanager
def recording(
    client: "MlflowClient", experiment_id: str, run_name: str, opening: Iterable[Item] = ()
) -> Iterator[OpenRun]:
    """A run around a step: FINISHED when the step is through, FAILED with the reason as a tag when it raises, KILLED
    when it is interrupted. A process that dies leaves it RUNNING, which no reader counts."""
    info = client.create_run(experiment_id, run_name=run_name).info
    run = OpenRun(client, info.run_id, experiment_id)
    try:
        run.log(opening)
        yield run
    except BaseException as error:
        status = "FAILED" if isinstance(error, Exception) else "KILLED"
        reason = f"{type(error).__name__}: {masked(one_line(error))}"[:REASON_LENGTH]
        client.set_tag(run.run_id, names.FAILURE, reason)
        client.set_terminated(run.run_id, status=status)
        raise
    client.set_terminated(run.run_id, status="FINISHED")
