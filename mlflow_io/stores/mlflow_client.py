"""Any other store, read through MLflow's client."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lifecycle.records import ProductionModel, Survey
from mlflow_io import experiments
from mlflow_io.client import connect
from mlflow_io.errors import reaching
from mlflow_io.latest_runs import Kind, RunInfo
from mlflow_io.registry import find_production
from mlflow_io.run_kinds import batch_of, is_of
from mlflow_io.stores.base import RunData, RunStore
from mlflow_io.stores.schema_version import refuse_another_version
from mlflow_io.stores.server.rest_api import NEWEST_FIRST, Page, Run
from mlflow_io.stores.server.run_search import ANY, NUMBERS, everything, survey

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run as MlflowRun

PAUSE_S = 60.0
"""As long is a reading as good as new: nobody tells, and to read it all takes its time."""


@contextmanager
def open_client(uri: str) -> Iterator[RunStore]:
    with reaching(uri):
        refuse_another_version(uri)
        yield ClientStore(connect(uri))


class ClientStore(RunStore):
    """Remembers the runs it has seen: MLflow sends all of a run or nothing of it."""

    def __init__(self, client: "MlflowClient") -> None:
        self._client = client
        self._seen: dict[str, RunData] = {}
        self._read_at = time.monotonic()

    def changed(self, *, thoroughly: bool) -> bool:
        if not thoroughly and time.monotonic() - self._read_at < PAUSE_S:
            return False
        self._seen, self._read_at = {}, time.monotonic()
        return True

    def experiment_id(self, name: str) -> str | None:
        return experiments.find(self._client, name)

    def experiment_names(self) -> tuple[str, ...]:
        return experiments.active_names(self._client)

    def survey(self, name: str, experiment_id: str) -> Survey:
        return survey(self._search, name, experiment_id)

    def candidates(self, experiment_id: str, kind: Kind) -> Iterator[RunInfo]:
        for number in NUMBERS:
            for run in everything(self._search, [experiment_id], (f"{number} {ANY}",)):
                if is_of(kind, run.facts):
                    self._seen[run.candidate.run_id] = run.facts
                    yield run.candidate

    def _search(self, experiment_ids: Sequence[str], where: str, limit: int) -> Page:
        found = self._client.search_runs(list(experiment_ids), where, max_results=limit, order_by=[NEWEST_FIRST[0]])
        return Page([_run(run) for run in found], bool(found.token))

    def facts(self, run_ids: Collection[str]) -> Mapping[str, RunData]:
        return {run_id: self._seen[run_id] for run_id in run_ids}

    def artifact_root(self, run_id: str) -> str | None:
        root: str = self._client.get_run(run_id).info.artifact_uri
        return root

    def production(self, model: str) -> ProductionModel | None:
        return find_production(self._client, model)


def _run(run: "MlflowRun") -> Run:
    info, data = run.info, run.data
    facts = RunData(data.params, data.metrics, data.tags)
    candidate = RunInfo(info.run_id, info.status, info.start_time or 0, info.end_time, batch_of(facts) or "")
    return Run(info.experiment_id, candidate, facts)
