"""A server's history by way of its REST API, and of what is remembered from the last time.

A quick look asks for the runs that count and for those that ended since. What it cannot see (a run that was restored,
tagged late, or ended without saying when) comes with the next thorough one.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from threading import RLock

from lifecycle.records import ProductionModel, Survey
from mlflow_io.latest_runs import Kind, RunInfo
from mlflow_io.stores.base import NO_DATA, RunData, RunQuery, RunStore
from mlflow_io.stores.server import snapshot
from mlflow_io.stores.server.rest_api import Run, Server
from mlflow_io.stores.server.run_search import ANY, NUMBERS, Scan, belongs, everything, survey
from mlflow_io.stores.server.snapshot import CachedRuns, Snapshot, SnapshotStore

OVERLAP_MS = 60_000
"""A quick look goes this far behind the last end it knows: clocks differ, and writing takes a while."""

THOROUGH_S = 300
"""After this time a quick look is not enough."""

RECOUNT_S = 3_600
"""After this time a count is done again: runs that were deleted are still in it."""

NEW = 100
"""As many runs of any kind may have ended since; where more did, only those with a batch number are asked for."""

CHUNK = 200
"""Run ids in one search."""


@contextmanager
def open_rest(uri: str, kept_in: Path | None = None) -> Iterator[RunStore]:
    """kept_in: the file of the snapshot; without it, the store begins and ends knowing nothing."""
    with closing(Server(uri)) as server:
        yield RestStore(server, kept_in)


class RestStore(SnapshotStore):
    """A ``RunStore``: what is not confirmed yet is asked for, then the snapshot answers."""

    def __init__(self, server: Server, kept_in: Path | None) -> None:
        super().__init__(snapshot.load(kept_in) if kept_in else Snapshot())
        self._server, self._kept_in = server, kept_in
        self._confirmed: set[object] = set()
        self._recounted = False
        self._lock = RLock()  # a count in another thread changes the shelves

    def keep(self) -> None:
        with self._lock:
            self.known.keep_winners_facts()
            if self._kept_in is not None:
                snapshot.save(self._kept_in, self.known)

    # What the snapshot may not know

    def experiment_id(self, name: str) -> str | None:
        if name not in self._confirmed:
            before, now = self.known.experiments.get(name), self._server.experiment(name)
            if before != now:  # another experiment has that name or that id: nothing of the old one holds
                for experiment in filter(None, (before, now)):
                    self.known.drop(experiment.experiment_id)
            self.known.experiments[name] = now
            self._confirmed.add(name)
        return super().experiment_id(name)

    def experiment_names(self) -> tuple[str, ...]:
        self.known.names = self._server.experiment_names()
        return self.known.names

    def survey(self, name: str, experiment_id: str) -> Survey:
        return survey(self._server.search, name, experiment_id)

    def expect(self, wanted: Collection[RunQuery]) -> None:
        with self._lock:
            missing = [key for key in wanted if key not in self._confirmed]
            if missing:
                self._fill(missing)
                self._confirmed |= set(missing)

    def candidates(self, experiment_id: str, kind: Kind) -> Collection[RunInfo]:
        with self._lock:
            self.expect([(experiment_id, kind)])
            return list(super().candidates(experiment_id, kind))

    def _fill(self, keys: Collection[RunQuery]) -> None:
        now = time.time()
        scan = Scan(self._server.search, keys).newest()
        for key in keys:
            shelf = CachedRuns(scan.candidates[key].values(), now if scan.complete else 0)
            before = self.known.shelves.get(key)
            if before is not None and not scan.complete:
                shelf.add_older(before.runs)
                shelf.counted_at = before.counted_at
            self.known.shelves[key] = shelf
        self.known.facts |= scan.facts
        self.known.keep_winners_facts()
        self.known.read_at = self.known.searched_at = now

    def facts(self, run_ids: Collection[str]) -> Mapping[str, RunData]:
        missing = [run_id for run_id in run_ids if run_id not in self.known.facts]
        self.known.facts |= {run_id: run.facts for run_id, run in self._runs(missing).items()}
        return {run_id: self.known.facts.get(run_id, NO_DATA) for run_id in run_ids}

    def _runs(self, run_ids: Iterable[str]) -> dict[str, Run]:
        """Those of them that are still active."""
        ids = list(run_ids)
        chunks = (ids[first : first + CHUNK] for first in range(0, len(ids), CHUNK))
        found = (run for chunk in chunks for run in self._server.runs(self.known.experiment_ids, chunk))
        return {run.candidate.run_id: run for run in found}

    def artifact_root(self, run_id: str) -> str | None:
        return self._server.artifact_root(run_id)

    def production(self, model: str) -> ProductionModel | None:
        if model not in self._confirmed:
            self.known.production[model] = self._server.production(model)
            self._confirmed.add(model)
        return super().production(model)

    # A quick look

    def changed(self, *, thoroughly: bool) -> bool:
        known, now = self.known, time.time()
        with self._lock:
            before, self._recounted = (self._recounted, known.essence()), False
            if thoroughly or not 0 <= now - known.searched_at <= THOROUGH_S:
                self._confirmed.clear()
                return True
            for name, found in list(known.experiments.items()):
                if found is None:
                    self._confirmed.discard(name)
                self.experiment_id(name)
            since = watermark(known.shelves.values(), now)
            if since is None:
                self._confirmed.clear()
                return True
            self._confirmed |= {*known.shelves, *known.production}
            self._look(since)
            known.production = {model: self._server.production(model) for model in known.production}
            known.read_at = now
            return before != (False, known.essence())

    def _look(self, since: int) -> None:
        shelves = self.known.shelves
        winners = {key: shelf.winners() for key, shelf in shelves.items()}
        watched = {key: shelf.watched() for key, shelf in shelves.items()}
        found = self._runs(run.run_id for runs in watched.values() for run in runs)
        for run in (*found.values(), *self._ended(since)):
            self._put(run)
        for key, shelf in shelves.items():
            for known in watched[key]:
                if known.run_id not in found:
                    shelf.remove(known.run_id)
                if known.run_id in winners[key] and not shelf.holds(known):
                    self._confirmed.clear()  # who is the latest now, and whether it is the same store, only it knows

    def _ended(self, since: int) -> Iterator[Run]:
        search, experiments = self._server.search, self.known.experiment_ids
        ended = f"attributes.end_time >= {since - OVERLAP_MS}"
        page = search(experiments, ended, NEW)
        if not page.more:
            yield from page.runs
            return
        for number in NUMBERS:
            yield from everything(search, experiments, (f"{number} {ANY}", ended))

    def _put(self, run: Run) -> None:
        self.known.facts[run.candidate.run_id] = run.facts
        for key, shelf in self.known.shelves.items():
            if belongs(run, key):
                shelf.put(run.candidate)
            else:
                shelf.remove(run.candidate.run_id)

    # Beside everything else

    def count(self) -> None:
        now = time.time()
        with self._lock:
            due = [key for key, shelf in self.known.shelves.items() if now - shelf.counted_at > RECOUNT_S]
        if not due:
            return
        with closing(Server(self._server.uri)) as other:
            for key in due:
                scan = Scan(other.search, [key]).everything()
                with self._lock:
                    shelf = self.known.shelves.get(key)
                    if shelf is not None:
                        shelf.forget_older()
                        shelf.add_older(scan.candidates[key].values())
                        shelf.counted_at, self._recounted = now, True


def watermark(shelves: Iterable[CachedRuns], now: float) -> int | None:
    """The last end of a run that is known, in milliseconds; one in the future is as good as now."""
    return min(max((shelf.last_end for shelf in shelves), default=0), int(now * 1000)) or None
