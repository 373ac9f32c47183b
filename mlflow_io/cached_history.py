"""A store that is read again and again: what was read stands until the store says otherwise, or does not answer."""

import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock, Thread

from lifecycle.experiment import MlflowNames
from lifecycle.records import History, ProductionModel
from mlflow_io.errors import TrackingError
from mlflow_io.history import history_and_production
from mlflow_io.stores.base import RunStore
from mlflow_io.stores.open import open_store
from mlflow_io.stores.server import snapshot
from mlflow_io.stores.server.http import is_rest
from mlflow_io.stores.server.snapshot import SnapshotStore
from mlflow_io.stores.tuning import USUAL, Tuning


@dataclass(frozen=True)
class HistoryRead:
    """What is in a store. at: when it was asked last; seconds: how long that took. outage: why it could not be asked
    since; the rest is what was known then."""

    history: History
    production: ProductionModel | None
    at: datetime
    seconds: float
    outage: TrackingError | None = None


@dataclass(frozen=True)
class _Opened:
    """A store, and what closes it."""

    store: RunStore
    stack: ExitStack


NEVER = -float("inf")


class CachedHistory:
    """Of one store and one experiment; for any number of threads."""

    def __init__(self, uri: str, names: MlflowNames, folder: Path | None = None, tuning: Tuning = USUAL) -> None:
        """folder: where a server's snapshot outlives the process."""
        self._uri, self._names, self._tuning = uri, names, tuning
        asked_for = (names.drift_experiment, names.gate_experiment, names.model or "", names.scores.primary.name)
        self._kept_in = snapshot.path_of(folder, uri, asked_for) if folder and is_rest(uri) else None
        self._lock = Lock()
        self._opened: _Opened | None = None
        self._last: HistoryRead | None = None
        self._failed: TrackingError | None = None
        self._asked_at = NEVER
        self._starting = Lock()
        self._counting: Thread | None = None

    def read(self, *, thoroughly: bool = False) -> HistoryRead:
        """thoroughly: everything is looked at, as after a press of the refresh button. Raises TrackingError where the
        store cannot be read and never was."""
        with self._lock:
            if thoroughly or time.monotonic() - self._asked_at > self._tuning.freshness.recent_s:
                self._failed = self._refresh(thoroughly)
                self._asked_at = time.monotonic()
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
            opened = self._opened
        if opened is not None:
            opened.store.count_runs()
            with self._lock:
                self._asked_at = NEVER

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
            opened, self._opened = self._opened, None
            if opened is not None:
                opened.stack.close()

    def _refresh(self, thoroughly: bool) -> TrackingError | None:
        """What went wrong. A database may have been restarted since it was opened: then once more, on a connection of
        its own."""
        was_open = self._opened is not None
        failed = self._try_to_read(thoroughly)
        return self._try_to_read(thoroughly) if failed and was_open else failed

    def _try_to_read(self, thoroughly: bool) -> TrackingError | None:
        try:
            self._last = self._read(thoroughly)
        except TrackingError as error:
            return error
        return None

    def _read(self, thoroughly: bool) -> HistoryRead:
        """The store stays open, unless something goes wrong."""
        began, known = time.perf_counter(), self._last if self._opened else None
        opened = self._opened = self._opened or self._open()
        try:
            store = opened.store
            changed = store.has_changed_at_all() if thoroughly else store.has_changed()
            if known is None or changed:
                found, model, _ = history_and_production(store, self._names)
                store.save()
            else:
                found, model = known.history, known.production
        except BaseException:
            self._opened = None
            with opened.stack:  # what the store's library raises becomes a TrackingError as it closes
                raise
        return HistoryRead(found, model, datetime.now(UTC), time.perf_counter() - began)

    def _open(self) -> _Opened:
        stack = ExitStack()
        return _Opened(stack.enter_context(open_store(self._uri, self._kept_in, self._tuning)), stack)

    def _remembered(self) -> HistoryRead | None:
        """What an earlier process has left behind."""
        known = snapshot.load(self._kept_in) if self._kept_in else None
        if known is None or not known.read_at:
            return None
        store = SnapshotStore(known)
        at = datetime.fromtimestamp(known.read_at, UTC)
        found, model, _ = history_and_production(store, self._names)
        return HistoryRead(found, model, at, 0.0)
