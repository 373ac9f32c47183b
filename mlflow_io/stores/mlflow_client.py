"""Any other store, read through MLflow's client."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lifecycle.records import ProductionModel, Survey
from mlflow_io import experiments
from mlflow_io.client import connect, refuse_another_version
from mlflow_io.errors import is_absent, reaching
from mlflow_io.latest_runs import RunInfo, latest_per_batch
from mlflow_io.registry import find_production
from mlflow_io.run_kinds import batch_of, is_of
from mlflow_io.stores.base import MODELS, Answer, ArtifactPlace, FoundRuns, RunData, RunQuery
from mlflow_io.stores.run_list import PAGE, RUN_ID, Cursor, Run, RunFilter, RunPage, Store
from mlflow_io.stores.server.pages import ANY, NUMBERS, everything
from mlflow_io.stores.server.rest_api import NEWEST_FIRST, Page
from mlflow_io.stores.server.run_listing import list_by_search
from mlflow_io.stores.server.run_search import survey
from mlflow_io.stores.tuning import USUAL, Tuning

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run as MlflowRun


@contextmanager
def open_client(uri: str, tuning: Tuning = USUAL) -> Iterator["ClientStore"]:
    with reaching(uri):
        refuse_another_version(uri)
        yield ClientStore(connect(uri), tuning)


class ClientStore(Store):
    """Every answer is read anew: MLflow sends all of a run or nothing of it, and tells of no change."""

    def __init__(self, client: "MlflowClient", tuning: Tuning = USUAL) -> None:
        self._client, self._paging, self._freshness = client, tuning.paging, tuning.freshness
        self._looked_at = time.monotonic()

    def has_changed(self) -> bool:
        """Not for a while, for to read it all takes its time."""
        if time.monotonic() - self._looked_at < self._freshness.client_s:
            return False
        return self.has_changed_at_all()

    def has_changed_at_all(self) -> bool:
        self._looked_at = time.monotonic()
        return True

    def experiment_ids(self, names: Collection[str]) -> Answer[Mapping[str, str]]:
        found = ((name, experiments.find(self._client, name)) for name in names)
        return Answer({name: experiment_id for name, experiment_id in found if experiment_id is not None})

    def experiment_names(self) -> Answer[tuple[str, ...]]:
        return Answer(experiments.active_names(self._client))

    def survey(self, name: str, experiment_id: str) -> Answer[Survey | None]:
        return Answer(survey(self._search, name, experiment_id))

    def read(self, queries: Collection[RunQuery]) -> Answer[Mapping[RunQuery, FoundRuns]]:
        return Answer({query: self._found(query) for query in queries})

    def _found(self, query: RunQuery) -> FoundRuns:
        runs: dict[str, RunInfo] = {}
        data: dict[str, RunData] = {}
        for number in NUMBERS:
            for run in everything(self._search, [query.experiment_id], (f"{number} {ANY}",), self._paging):
                if is_of(query.kind, run.data, query.scored):
                    runs[run.info.run_id], data[run.info.run_id] = run.info, run.data
        return FoundRuns(tuple(runs.values()), latest_per_batch(runs.values()), data)

    def _search(
        self, experiment_ids: Sequence[str], where: str, limit: int, order: Sequence[str] = NEWEST_FIRST
    ) -> Page:
        """Only by start time, which every store can."""
        found = self._client.search_runs(list(experiment_ids), where, max_results=limit, order_by=[order[0]])
        return Page([_run(run) for run in found], bool(found.token))

    def list_runs(self, criteria: RunFilter, *, after: Cursor | None = None, limit: int = PAGE) -> Answer[RunPage]:
        return Answer(list_by_search(self._search, criteria, after, limit, self._paging))

    def get_run(self, run_id: str) -> Answer[Run | None]:
        found = _find(self._client, run_id) if RUN_ID.fullmatch(run_id) else None
        return Answer(_run(found) if found is not None and found.info.lifecycle_stage == "active" else None)

    def artifact_place(self, run_id: str) -> Answer[ArtifactPlace]:
        found = _find(self._client, run_id)
        return Answer(ArtifactPlace(None if found is None else found.info.artifact_uri))

    def production(self, model: str) -> Answer[ProductionModel | None]:
        return Answer(find_production(self._client, model))

    def model_names(self) -> Answer[tuple[str, ...]]:
        from mlflow.exceptions import MlflowException

        try:
            found = self._client.search_registered_models(max_results=MODELS)
        except MlflowException:  # some registries cannot be searched, and the rest is told all the same
            return Answer(())
        return Answer(tuple(model.name for model in found))


def _find(client: "MlflowClient", run_id: str) -> "MlflowRun | None":
    """Be it deleted."""
    from mlflow.exceptions import MlflowException

    try:
        return client.get_run(run_id)
    except MlflowException as error:
        if not is_absent(error):
            raise
        return None


def _run(run: "MlflowRun") -> Run:
    info, logged = run.info, run.data
    data = RunData(logged.params, logged.metrics, logged.tags)
    about = RunInfo(info.run_id, info.status, info.start_time or 0, info.end_time, batch_of(data) or "")
    return Run(info.experiment_id, about, data)
