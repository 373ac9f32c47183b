"""A server's history by way of its REST API, and of what is remembered from the last time.

A quick look asks for the runs that count and for those that ended since. What it cannot see (a run that was restored,
tagged late, or ended without saying when) comes with the next thorough one. ``confirmations`` has the states that all
of it is in.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from threading import RLock

from lifecycle.records import ProductionModel, Survey
from mlflow_io.errors import TrackingRefused
from mlflow_io.stores.base import Answer, ArtifactPlace, FoundRuns, RunQuery
from mlflow_io.stores.run_list import PAGE, RUN_ID, Cursor, Run, RunFilter, RunPage, Store
from mlflow_io.stores.server import confirmations as things
from mlflow_io.stores.server import snapshot
from mlflow_io.stores.server.cached_runs import CachedRuns
from mlflow_io.stores.server.confirmations import Confirmations
from mlflow_io.stores.server.pages import ANY, NUMBERS, everything
from mlflow_io.stores.server.rest_api import Server
from mlflow_io.stores.server.run_listing import list_by_search
from mlflow_io.stores.server.run_search import RunSearch, belongs, survey
from mlflow_io.stores.server.snapshot import Snapshot, SnapshotStore
from mlflow_io.stores.tuning import USUAL, Tuning


@contextmanager
def open_rest(uri: str, kept_in: Path | None = None, tuning: Tuning = USUAL) -> Iterator["RestStore"]:
    """kept_in: the file of the snapshot; without it, the store begins and ends knowing nothing."""
    with closing(Server(uri)) as server:
        yield RestStore(server, kept_in, tuning)


class RestStore(Store):
    """What is not confirmed is asked for, then the snapshot answers."""

    def __init__(self, server: Server, kept_in: Path | None = None, tuning: Tuning = USUAL) -> None:
        self._server, self._kept_in = server, kept_in
        self._paging, self._freshness = tuning.paging, tuning.freshness
        self._snapshot = snapshot.load(kept_in) if kept_in else Snapshot()
        self._remembered = SnapshotStore(self._snapshot)
        self._confirmed = Confirmations()
        self._count_ended = False
        self._lock = RLock()  # a count in another thread changes the cached runs

    def save(self) -> None:
        with self._lock:
            self._snapshot.forget_data_of_others()
            if self._kept_in is not None:
                snapshot.save(self._kept_in, self._snapshot)

    # What the snapshot may not know

    def experiment_ids(self, names: Collection[str]) -> Answer[Mapping[str, str]]:
        for name in names:
            self._confirm_experiment(name)
        return self._remembered.experiment_ids(names)

    def _confirm_experiment(self, name: str) -> None:
        if things.experiment(name) in self._confirmed:
            return
        before, now = self._snapshot.experiments.get(name), self._server.experiment(name)
        if before != now:  # another experiment has that name or that id: nothing of the old one holds
            for experiment in filter(None, (before, now)):
                self._snapshot.drop(experiment.experiment_id)
        self._snapshot.experiments[name] = now
        self._confirmed.confirm([things.experiment(name)])

    def experiment_names(self) -> Answer[tuple[str, ...]]:
        self._snapshot.names = self._server.experiment_names()
        return self._remembered.experiment_names()

    def survey(self, name: str, experiment_id: str) -> Answer[Survey | None]:
        return Answer(survey(self._server.search, name, experiment_id))

    def read(self, queries: Collection[RunQuery]) -> Answer[Mapping[RunQuery, FoundRuns]]:
        with self._lock:
            confirmed = (query for query in queries if things.runs(query) in self._confirmed)
            known = {query for query in confirmed if query in self._snapshot.runs}
            missing = [query for query in queries if query not in known]
            if missing:
                self._search(missing)
                self._confirmed.confirm(map(things.runs, missing))
            self._fetch_data(queries)
            return self._remembered.read(queries)

    def _search(self, queries: Collection[RunQuery]) -> None:
        known, now = self._snapshot, time.time()
        search = RunSearch(self._server.search, queries, self._paging).newest()
        for query in queries:
            cached = CachedRuns(search.runs[query].values(), now if search.complete else 0)
            before = known.runs.get(query)
            if before is not None and not search.complete:
                cached.add_older(before.runs)
                cached.counted_at = before.counted_at
            known.runs[query] = cached
        known.data |= search.data
        known.forget_data_of_others()
        known.read_at = known.searched_at = now

    def _fetch_data(self, queries: Iterable[RunQuery]) -> None:
        """Of the latest runs that came without."""
        known = self._snapshot
        latest = (run_id for query in queries for run_id in known.runs[query].latest.run_ids)
        missing = [run_id for run_id in dict.fromkeys(latest) if run_id not in known.data]
        known.data |= {run_id: run.data for run_id, run in self._active(missing).items()}

    def _active(self, run_ids: Iterable[str]) -> dict[str, Run]:
        """Those of the runs that are still there."""
        ids, step = list(run_ids), self._paging.ids
        chunks = (ids[first : first + step] for first in range(0, len(ids), step))
        found = (run for chunk in chunks for run in self._server.runs(self._snapshot.experiment_ids, chunk))
        return {run.info.run_id: run for run in found}

    def production(self, model: str) -> Answer[ProductionModel | None]:
        if things.model(model) not in self._confirmed:
            self._snapshot.production[model] = self._server.production(model)
            self._confirmed.confirm([things.model(model)])
        return self._remembered.production(model)

    # What is not remembered

    def model_names(self) -> Answer[tuple[str, ...]]:
        try:
            return Answer(self._server.model_names())
        except TrackingRefused:  # who may not search the registry is told the rest
            return Answer(())

    def artifact_place(self, run_id: str) -> Answer[ArtifactPlace]:
        return Answer(ArtifactPlace(self._server.artifact_root(run_id)))

    def list_runs(self, criteria: RunFilter, *, after: Cursor | None = None, limit: int = PAGE) -> Answer[RunPage]:
        return Answer(list_by_search(self._server.search, criteria, after, limit, self._paging))

    def get_run(self, run_id: str) -> Answer[Run | None]:
        return Answer(self._server.run(run_id) if RUN_ID.fullmatch(run_id) else None)

    # Looks

    def has_changed_at_all(self) -> bool:
        with self._lock:
            return self._doubt_all()

    def has_changed(self) -> bool:
        known, now = self._snapshot, time.time()
        with self._lock:
            counted, self._count_ended = self._count_ended, False
            before = known.fingerprint()
            if not 0 <= now - known.searched_at <= self._freshness.thorough_s:
                return self._doubt_all()
            self._look_for_experiments()
            since = watermark(known.runs.values(), now)
            if since is None:
                return self._doubt_all()
            self._confirmed.confirm((*map(things.runs, known.runs), *map(things.model, known.production)))
            self._look_for_runs(since - self._freshness.overlap_ms)
            known.production = {model: self._server.production(model) for model in known.production}
            known.read_at = now
            return counted or before != known.fingerprint()

    def _doubt_all(self) -> bool:
        self._confirmed.doubt_all()
        self._count_ended = False
        return True

    def _look_for_experiments(self) -> None:
        for name, found in list(self._snapshot.experiments.items()):
            if found is None:
                self._confirmed.doubt(things.experiment(name))
            self._confirm_experiment(name)

    def _look_for_runs(self, since: int) -> None:
        """Of those that count, whether they still do; of others, those that ended ``since``."""
        cached = self._snapshot.runs
        watched = {query: runs.watched() for query, runs in cached.items()}
        latest = {query: runs.latest.by_batch.values() for query, runs in cached.items()}
        found = self._active(run.run_id for runs in watched.values() for run in runs)
        for run in (*found.values(), *self._ended(since)):
            self._update(run)
        for query, runs in cached.items():
            for gone in (run.run_id for run in watched[query] if run.run_id not in found):
                runs.remove(gone)
            if not all(map(runs.has, latest[query])):
                self._confirmed.doubt_all()
        self._snapshot.forget_data_of_others()

    def _ended(self, since: int) -> Iterator[Run]:
        search, experiments = self._server.search, self._snapshot.experiment_ids
        ended = f"attributes.end_time >= {since}"
        page = search(experiments, ended, self._paging.ended)
        if not page.more:
            yield from page.runs
            return
        for number in NUMBERS:
            yield from everything(search, experiments, (f"{number} {ANY}", ended), self._paging)

    def _update(self, run: Run) -> None:
        self._snapshot.data[run.info.run_id] = run.data
        for query, cached in self._snapshot.runs.items():
            if belongs(run, query):
                cached.add(run.info)
            else:
                cached.remove(run.info.run_id)

    # Beside everything else

    def count_runs(self) -> None:
        now = time.time()
        with self._lock:
            cached = self._snapshot.runs.items()
            due = [query for query, runs in cached if now - runs.counted_at > self._freshness.recount_s]
        if not due:
            return
        with closing(Server(self._server.uri)) as other:
            for query in due:
                search = RunSearch(other.search, [query], self._paging).everything()
                with self._lock:
                    runs = self._snapshot.runs.get(query)
                    if runs is not None:
                        runs.forget_older()
                        runs.add_older(search.runs[query].values())
                        runs.counted_at, self._count_ended = now, True


def watermark(cached: Iterable[CachedRuns], now: float) -> int | None:
    """The last end of a run that is known, in milliseconds; one in the future is as good as now."""
    return min(max((runs.last_end for runs in cached), default=0), int(now * 1000)) or None
