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
from mlflow_io.latest_runs import FINISHED, Kind, Latest, RunInfo, age, latest_per_batch, whole_number
from mlflow_io.stores.base import NO_DATA, RunData, RunQuery, RunStore
from mlflow_io.stores.server.rest_api import ExperimentRef

FORMAT = 1
log = logging.getLogger(__name__)


class CachedRuns:
    """The candidates of one kind in one experiment.

    counted_at: seconds since 1970, when these were all there are; 0 if they never were. last_end: milliseconds since
    1970, the last end of a run that was seen here; 0 if none was.
    """

    def __init__(self, runs: Iterable[RunInfo], counted_at: float) -> None:
        self._runs = {run.run_id: run for run in runs}
        self._latest: Latest | None = None
        self.counted_at = counted_at
        self.last_end = max((run.end or 0 for run in self.runs), default=0)

    @property
    def runs(self) -> Collection[RunInfo]:
        return self._runs.values()

    @property
    def latest(self) -> Latest:
        if self._latest is None:
            self._latest = latest_per_batch(self.runs)
        return self._latest

    def winners(self) -> set[str]:
        return {standing.winner.run_id for standing in self.latest.batches.values() if standing.winner}

    def watched(self) -> list[RunInfo]:
        """Those that count, and the newer ones that may come to count."""
        standings = self.latest.batches.values()
        return [run for standing in standings for run in (standing.winner, *standing.newer) if run is not None]

    def holds(self, run: RunInfo) -> bool:
        """Just so, with nothing about it changed."""
        return self._runs.get(run.run_id) == run

    def put(self, run: RunInfo) -> None:
        if not self.holds(run):
            self._runs[run.run_id] = run
            self._latest = None
            self.last_end = max(self.last_end, run.end or 0)

    def remove(self, run_id: str) -> None:
        if self._runs.pop(run_id, None) is not None:
            self._latest = None

    def forget_older(self) -> None:
        self._runs = {run.run_id: run for run in self.watched()}
        self._latest = None

    def add_older(self, runs: Iterable[RunInfo]) -> None:
        """Runs that were seen at another time: finished ones, and any whose number is none. A finished one that is not
        older than the latest must be gone by now."""
        batches = self.latest.batches
        for run in runs:
            number = whole_number(run.batch)
            winner = batches[number].winner if number in batches else None
            superseded = winner is not None and run.status == FINISHED and age(run) < age(winner)
            if superseded or number is None:
                self.put(run)


@dataclass
class Snapshot:
    """read_at, searched_at: seconds since 1970; when anything was asked last, and when every batch was."""

    experiments: dict[str, ExperimentRef | None] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    shelves: dict[RunQuery, CachedRuns] = field(default_factory=dict)
    facts: dict[str, RunData] = field(default_factory=dict)
    production: dict[str, ProductionModel | None] = field(default_factory=dict)
    read_at: float = 0.0
    searched_at: float = 0.0

    def drop(self, experiment_id: str) -> None:
        self.shelves = {key: shelf for key, shelf in self.shelves.items() if key[0] != experiment_id}

    @property
    def experiment_ids(self) -> list[str]:
        return list(dict.fromkeys(known.experiment_id for known in self.experiments.values() if known))

    def essence(self) -> tuple[object, ...]:
        """All that a report shows of it."""
        self.keep_winners_facts()
        latest = {key: shelf.latest for key, shelf in self.shelves.items()}
        return dict(self.experiments), latest, dict(self.facts), dict(self.production)

    def keep_winners_facts(self) -> None:
        winners = {run_id for shelf in self.shelves.values() for run_id in shelf.winners()}
        self.facts = {run_id: said for run_id, said in self.facts.items() if run_id in winners}


class SnapshotStore(RunStore):
    """What a snapshot says, without asking anyone."""

    def __init__(self, known: Snapshot) -> None:
        self.known = known

    def counted(self, experiment_id: str, kind: Kind) -> bool:
        shelf = self.known.shelves.get((experiment_id, kind))
        return shelf is not None and shelf.counted_at > 0

    def experiment_id(self, name: str) -> str | None:
        known = self.known.experiments.get(name)
        return known.experiment_id if known else None

    def experiment_names(self) -> tuple[str, ...]:
        return self.known.names

    def candidates(self, experiment_id: str, kind: Kind) -> Collection[RunInfo]:
        shelf = self.known.shelves.get((experiment_id, kind))
        return shelf.runs if shelf else ()

    def facts(self, run_ids: Collection[str]) -> Mapping[str, RunData]:
        return {run_id: self.known.facts.get(run_id, NO_DATA) for run_id in run_ids}

    def artifact_root(self, run_id: str) -> str | None:  # noqa: ARG002
        return None

    def production(self, model: str) -> ProductionModel | None:
        return self.known.production.get(model)


def path_of(folder: Path, uri: str, names: Iterable[str]) -> Path:
    """One file for every store and set of experiments; the URI may hold a password and is not to be read from it."""
    told = json.dumps([FORMAT, uri, *names])
    return folder / f"{sha256(told.encode()).hexdigest()[:32]}.json"


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
    shelves = [
        [experiment, kind.name, shelf.counted_at, list(shelf.runs)]
        for (experiment, kind), shelf in snapshot.shelves.items()
    ]
    return {
        "experiments": {name: known and asdict(known) for name, known in snapshot.experiments.items()},
        "names": snapshot.names,
        "shelves": shelves,
        "facts": {
            run_id: [*map(dict, (said.params, said.metrics, said.tags))] for run_id, said in snapshot.facts.items()
        },
        "production": {name: model and asdict(model) for name, model in snapshot.production.items()},
        "read_at": snapshot.read_at,
        "searched_at": snapshot.searched_at,
    }


def _decoded(data: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        experiments={name: ExperimentRef(**known) if known else None for name, known in data["experiments"].items()},
        names=tuple(data["names"]),
        shelves={
            (experiment, Kind[kind]): CachedRuns((RunInfo(*run) for run in runs), counted_at)
            for experiment, kind, counted_at, runs in data["shelves"]
        },
        facts={run_id: RunData(*said) for run_id, said in data["facts"].items()},
        production={name: ProductionModel(**model) if model else None for name, model in data["production"].items()},
        read_at=float(data["read_at"]),
        searched_at=float(data["searched_at"]),
    )
