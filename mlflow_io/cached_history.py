"""A store that is read again and again: what was read stands until the store says otherwise, or does not answer."""

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock, Thread

from lifecycle.experiment import MlflowNames
from lifecycle.records import History, ProductionModel
from mlflow_io.errors import TrackingError
from mlflow_io.history import history
from mlflow_io.stores.base import RunStore
from mlflow_io.stores.open import open_store
from mlflow_io.stores.server import snapshot
from mlflow_io.stores.server.http import is_rest
from mlflow_io.stores.server.snapshot import SnapshotStore

RECENT_S = 5.0
"""A store that was asked so shortly ago is not asked again, unless thoroughly; nor is one that did not answer."""


@dataclass(frozen=True)
class HistoryRead:
    """What a store says. at: when it was asked last; seconds: how long that took. outage: why it could not be asked
    since; the rest is what was known then."""

    history: History
    production: ProductionModel | None
    at: datetime
    seconds: float
    outage: TrackingError | None = None


class CachedHistory:
    """Of one store and one experiment; for any number of threads."""

    def __init__(self, uri: str, names: MlflowNames, folder: Path | None = None) -> None:
        """folder: where a server's snapshot outlives the process."""
        self._uri, self._names = uri, names
        wanted = (names.drift_experiment, names.gate_experiment, names.model)
        self._kept_in = snapshot.path_of(folder, uri, wanted) if folder and is_rest(uri) else None
        self._lock = Lock()
        self._opened: AbstractContextManager[RunStore] | None = None
        self._store: RunStore | None = None
        self._last: HistoryRead | None = None
        self._failed: TrackingError | None = None
        self._asked = -float("inf")
        self._starting = Lock()
        self._counting: Thread | None = None

    def read(self, *, thoroughly: bool = False) -> HistoryRead:
        """thoroughly: everything is looked at, as after a press of the refresh button. Raises TrackingError where the
        store cannot be read and never was."""
        with self._lock:
            if thoroughly or time.monotonic() - self._asked > RECENT_S:
                self._ask(thoroughly)
                self._asked = time.monotonic()
            if self._failed is None:
                assert self._last is not None
                return self._last
            if self._last is None:
                self._last = self._remembered()
            if self._last is None:
                raise self._failed
            return replace(self._last, outage=self._failed)

    def count(self) -> None:
        """Completes the accounting of a history that is too long to be read through at once. Raises TrackingError."""
        with self._lock:
            store = self._store
        if store is not None:
            store.count()
            self._asked = -float("inf")

    def count_beside(self) -> None:
        """``count`` in a thread of its own, unless one is at it. Where that fails, the next call tries again."""
        with self._starting:
            if self._counting is None or not self._counting.is_alive():
                self._counting = Thread(target=self._try_to_count, name="count", daemon=True)
                self._counting.start()

    def _try_to_count(self) -> None:
        try:
            self.count()
        except TrackingError as error:
            snapshot.log.warning("The runs of %s were not counted: %s", self._names.gate_experiment, error)

    def close(self) -> None:
        with self._lock:
            self._close()

    def _close(self, error: BaseException | None = None) -> None:
        opened, self._opened, self._store = self._opened, None, None
        if opened is not None and error is None:
            opened.__exit__(None, None, None)
        elif opened is not None and error is not None:
            opened.__exit__(type(error), error, error.__traceback__)

    def _ask(self, thoroughly: bool) -> None:
        kept_open = self._store is not None
        self._failed = None
        try:
            self._read(thoroughly)
        except TrackingError as error:
            if kept_open:  # a database may have been restarted meanwhile: once more, on a connection of its own
                try:
                    self._read(thoroughly)
                except TrackingError as again:
                    self._failed = again
            else:
                self._failed = error

    def _read(self, thoroughly: bool) -> None:
        """What a source's library raises becomes a TrackingError on the way out of its context."""
        began, just_opened = time.perf_counter(), self._store is None
        try:
            store = self._open()
            if store.changed(thoroughly=thoroughly) or just_opened or self._last is None:
                found, production = history(store, self._names), store.production(self._names.model)
                store.keep()
            else:
                found, production = self._last.history, self._last.production
            self._last = HistoryRead(found, production, datetime.now(UTC), time.perf_counter() - began)
        except BaseException as error:
            self._close(error)
            raise

    def _open(self) -> RunStore:
        if self._store is None:
            self._opened = open_store(self._uri, self._kept_in)
            self._store = self._opened.__enter__()
        return self._store

    def _remembered(self) -> HistoryRead | None:
        """What an earlier process has left behind."""
        known = snapshot.load(self._kept_in) if self._kept_in else None
        if known is None or not known.read_at:
            return None
        store = SnapshotStore(known)
        at = datetime.fromtimestamp(known.read_at, UTC)
        return HistoryRead(history(store, self._names), store.production(self._names.model), at, 0.0)
