"""What is known of a server's history, kept on disk so that a new process starts with a look at what is new."""

import json
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from batch_zero.storage import atomic
from batch_zero.storage.regular import open_regular
from lifecycle.records import ProductionModel
from mlflow_io.latest_runs import Kind, RunInfo
from mlflow_io.stores.base import NO_DATA, Answer, ArtifactPlace, FoundRuns, RunData, RunQuery, RunStore
from mlflow_io.stores.server.cached_runs import CachedRuns
from mlflow_io.stores.server.rest_api import ExperimentRef

FORMAT = 3
log = logging.getLogger(__name__)


@dataclass
class Snapshot:
    """read_at, searched_at: seconds since 1970; when anything was asked last, and when every batch was.

    experiments, production: by name; None for what the server has not. data: by run id.
    """

    experiments: dict[str, ExperimentRef | None] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    runs: dict[RunQuery, CachedRuns] = field(default_factory=dict)
    data: dict[str, RunData] = field(default_factory=dict)
    production: dict[str, ProductionModel | None] = field(default_factory=dict)
    read_at: float = 0.0
    searched_at: float = 0.0

    def drop(self, experiment_id: str) -> None:
        """Forgets the runs of that experiment."""
        self.runs = {query: cached for query, cached in self.runs.items() if query.experiment_id != experiment_id}

    @property
    def experiment_ids(self) -> list[str]:
        return list(dict.fromkeys(known.experiment_id for known in self.experiments.values() if known))

    def fingerprint(self) -> tuple[object, ...]:
        """Two are equal where a report shows the same of both."""
        latest = {query: cached.latest for query, cached in self.runs.items()}
        return dict(self.experiments), latest, self._data_of_latest(), dict(self.production)

    def forget_data_of_others(self) -> None:
        """Keeps the data of the latest run of each batch."""
        self.data = self._data_of_latest()

    def _data_of_latest(self) -> dict[str, RunData]:
        latest = {run_id for cached in self.runs.values() for run_id in cached.latest.run_ids}
        return {run_id: data for run_id, data in self.data.items() if run_id in latest}


class SnapshotStore(RunStore):
    """Answers from a snapshot alone, without asking anyone."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def experiment_ids(self, names: Collection[str]) -> Answer[Mapping[str, str]]:
        known = ((name, self._snapshot.experiments.get(name)) for name in names)
        return Answer({name: found.experiment_id for name, found in known if found})

    def experiment_names(self) -> Answer[tuple[str, ...]]:
        return Answer(self._snapshot.names)

    def read(self, queries: Collection[RunQuery]) -> Answer[Mapping[RunQuery, FoundRuns]]:
        return Answer({query: self._found(self._snapshot.runs.get(query, NOTHING)) for query in queries})

    def _found(self, cached: CachedRuns) -> FoundRuns:
        data = {run_id: self._snapshot.data.get(run_id, NO_DATA) for run_id in cached.latest.run_ids}
        return FoundRuns(tuple(cached.runs), cached.latest, data, complete=cached.counted_at > 0)

    def production(self, model: str) -> Answer[ProductionModel | None]:
        return Answer(self._snapshot.production.get(model))

    def model_names(self) -> Answer[tuple[str, ...]]:
        return Answer(())

    def survey(self, name: str, experiment_id: str) -> Answer[None]:  # noqa: ARG002
        return Answer(None)

    def artifact_place(self, run_id: str) -> Answer[ArtifactPlace]:  # noqa: ARG002
        return Answer(ArtifactPlace(None))


NOTHING = CachedRuns((), counted_at=0)


def path_of(folder: Path, uri: str, names: Iterable[str]) -> Path:
    """One file for every store and set of experiments; the URI may hold a password and is not to be read from it."""
    key = json.dumps([FORMAT, uri, *names])
    return folder / f"{sha256(key.encode()).hexdigest()[:32]}.json"


def load(path: Path) -> Snapshot:
    """An empty one where there is none or it cannot be used."""
    try:
        with open_regular(path) as file:
            return _decoded(json.load(file))
    except FileNotFoundError:
        return Snapshot()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("The snapshot %s is not used: %s: %s", path, type(error).__name__, error)
        return Snapshot()


def save(path: Path, snapshot: Snapshot) -> None:
    """All of it or nothing, for its owner only. Where that fails, the next process has to read everything again."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        atomic.replace(path, json.dumps(_encoded(snapshot)).encode(), mode=0o600)
    except OSError as error:
        log.warning("The snapshot %s cannot be kept: %s", path, error)


def _encoded(snapshot: Snapshot) -> dict[str, Any]:
    runs = [
        [query.experiment_id, query.kind.name, query.scored, cached.counted_at, list(cached.runs)]
        for query, cached in snapshot.runs.items()
    ]
    return {
        "experiments": {name: known and asdict(known) for name, known in snapshot.experiments.items()},
        "names": snapshot.names,
        "runs": runs,
        "data": {
            run_id: [*map(dict, (data.params, data.metrics, data.tags))] for run_id, data in snapshot.data.items()
        },
        "production": {name: model and asdict(model) for name, model in snapshot.production.items()},
        "read_at": snapshot.read_at,
        "searched_at": snapshot.searched_at,
    }


def _decoded(content: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        experiments={name: ExperimentRef(**known) if known else None for name, known in content["experiments"].items()},
        names=tuple(content["names"]),
        runs={
            RunQuery(experiment, Kind[kind], tuple(scored)): CachedRuns((RunInfo(*run) for run in runs), counted_at)
            for experiment, kind, scored, counted_at, runs in content["runs"]
        },
        data={run_id: RunData(*data) for run_id, data in content["data"].items()},
        production={name: ProductionModel(**model) if model else None for name, model in content["production"].items()},
        read_at=float(content["read_at"]),
        searched_at=float(content["searched_at"]),
    )
