"""Any other store, read through MLflow's client."""

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lifecycle.records import ProductionModel
from mlflow_io import experiments, names
from mlflow_io.client import connect
from mlflow_io.errors import SchemaUnknown, TrackingUnreachable, reaching
from mlflow_io.kinds import batch_of, is_of
from mlflow_io.latest import Candidate, Kind
from mlflow_io.registry import find_production
from mlflow_io.source import Facts, Source

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

PAGE = 1_000
REST_S = 60.0


@contextmanager
def open_client(uri: str) -> Iterator[Source]:
    with reaching(uri):
        if _is_database(uri):
            _refuse_another_version(uri)
        yield ClientSource(connect(uri))


def _is_database(uri: str) -> bool:
    from mlflow.store.db.db_types import DATABASE_ENGINES

    return uri.partition(":")[0].partition("+")[0] in DATABASE_ENGINES


def _refuse_another_version(uri: str) -> None:
    """MLflow's client brings a database up to its own version as soon as it opens it."""
    from mlflow.store.db import utils

    try:
        engine = utils.create_sqlalchemy_engine(uri)
    except ImportError as error:
        raise TrackingUnreachable(uri, error) from error
    try:
        there, wanted = utils._get_schema_version(engine), utils._get_latest_schema_revision()
    finally:
        engine.dispose()
    if there != wanted:
        raise SchemaUnknown(
            uri, f"its schema is of version {there}, and MLflow would change that to {wanted} by opening it"
        )


class ClientSource(Source):
    """Remembers the runs it has seen: MLflow sends all of a run or nothing of it."""

    def __init__(self, client: "MlflowClient") -> None:
        self._client = client
        self._seen: dict[str, Facts] = {}
        self._read_at = time.monotonic()

    def changed(self, *, thoroughly: bool) -> bool:
        """Nobody tells, and reading it all takes its time: once in a while."""
        if not thoroughly and time.monotonic() - self._read_at < REST_S:
            return False
        self._seen, self._read_at = {}, time.monotonic()
        return True

    def experiment_id(self, name: str) -> str | None:
        return experiments.find(self._client, name)

    def experiment_names(self) -> tuple[str, ...]:
        return experiments.active_names(self._client)

    def candidates(self, experiment_id: str, kind: Kind) -> Iterator[Candidate]:
        """Pages of MLflow are offsets: a run that is inserted meanwhile comes twice, which the choice bears."""
        for where in ("params", "tags"):
            token: str | None = None
            while True:
                page = self._client.search_runs(
                    [experiment_id], f"{where}.{names.BATCH_NUMBER} LIKE '%'", max_results=PAGE, page_token=token
                )
                for run in page:
                    facts = Facts(run.data.params, run.data.metrics, run.data.tags)
                    if is_of(kind, facts):
                        self._seen[run.info.run_id] = facts
                        yield _candidate(run, facts)
                token = page.token
                if not token:
                    break

    def facts(self, run_ids: Collection[str]) -> Mapping[str, Facts]:
        return {run_id: self._seen[run_id] for run_id in run_ids}

    def artifact_root(self, run_id: str) -> str | None:
        root: str = self._client.get_run(run_id).info.artifact_uri
        return root

    def production(self, model: str) -> ProductionModel | None:
        return find_production(self._client, model)


def _candidate(run: "Run", facts: Facts) -> Candidate:
    info = run.info
    return Candidate(info.run_id, info.status, info.start_time or 0, info.end_time, batch_of(facts) or "")
