"""What page and API read, and remember between two visits. It knows neither of them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from lifecycle.experiment import Experiment
from lifecycle.records import History, ProductionModel
from mlflow_io.cached_history import CachedHistory, HistoryRead
from mlflow_io.errors import StoreGone, StoreMissing
from report import loading
from report.doctor.checks import Diagnosis, examine
from report.evidence import ColumnEvidence, Evidence, RocEvidence
from report.lru import Lru
from report.story.story import Story

GONE = "it was there, and is gone"


@dataclass(frozen=True)
class Limits:
    """How much is remembered, and for how long.

    evidence_s: an artifact of a finished run never changes, but the note that it could not be reached should not stay.
    examination_s: it opens every artifact, which is not done again for every look at the page.
    """

    readers: int = 16
    evidence: int = 256
    evidence_s: float = 60.0
    examinations: int = 16
    examination_s: float = 60.0


@dataclass
class _Telling:
    """A reader, and the last story with what it was made of."""

    reader: CachedHistory
    last: tuple[History, ProductionModel | None, Story] | None = None


@dataclass(frozen=True)
class Examination:
    """at: when the store was looked at; seconds: how long that took."""

    diagnosis: Diagnosis
    at: datetime
    seconds: float


class ReportService:
    """For any number of threads."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self._tellings: Lru[_Telling] = Lru(limits.readers)
        self._rocs: Lru[RocEvidence] = Lru(limits.evidence, limits.evidence_s)
        self._columns: Lru[ColumnEvidence] = Lru(limits.evidence, limits.evidence_s)
        self._examinations: Lru[Examination] = Lru(limits.examinations, limits.examination_s)
        self._answered: set[str] = set()

    def read(
        self, uri: str, experiment: Experiment, home: Path, *, thoroughly: bool, may_be_new: bool = False
    ) -> tuple[Story, HistoryRead]:
        """The story as the store has it now, or as it was when it last answered. Raises TrackingError where it never
        did. may_be_new: the store is one that has perhaps not been made yet, and then is no outage: StoreMissing."""
        with self._noticing_what_is_gone(uri, may_be_new=may_be_new):
            story, reading = self._read(uri, experiment, home, thoroughly=thoroughly)
        gone = isinstance(reading.outage, StoreMissing)
        return story, replace(reading, outage=StoreGone(uri, GONE)) if gone else reading

    def _read(self, uri: str, experiment: Experiment, home: Path, *, thoroughly: bool) -> tuple[Story, HistoryRead]:
        key = (uri, repr(experiment), home)
        telling = self._tellings.get(key, lambda: _Telling(loading.open_reader(uri, experiment, home)))
        reading = telling.reader.read(thoroughly=thoroughly)
        if not reading.history.counted:
            telling.reader.count_beside()
        last = telling.last
        if last is None or last[0] is not reading.history or last[1] is not reading.production:
            last = telling.last = (reading.history, reading.production, loading.tell_of(reading, experiment))
        return last[2], reading

    def evidence(self, uri: str) -> Evidence:
        """Artifacts by run id, each read once in a while."""
        source = loading.open_evidence(uri)
        return Evidence(
            roc=lambda run, candidate: self._rocs.get((uri, run, candidate), lambda: source.roc(run, candidate)),
            columns=lambda run: self._columns.get((uri, run), lambda: source.columns(run)),
        )

    def examine(self, uri: str, experiment: Experiment, *, thoroughly: bool, may_be_new: bool = False) -> Examination:
        """What the store has and lacks. thoroughly: it is looked at again. Raises TrackingError. may_be_new: as for
        ``read``."""
        key = (uri, repr(experiment))
        if thoroughly:
            self._examinations.drop(key)
        with self._noticing_what_is_gone(uri, may_be_new=may_be_new):
            return self._examinations.get(key, lambda: _examine(uri, experiment))

    @contextmanager
    def _noticing_what_is_gone(self, uri: str, *, may_be_new: bool) -> Iterator[None]:
        """Whichever experiment a store was asked about when it was there."""
        try:
            yield
        except StoreMissing as error:
            if may_be_new and uri not in self._answered:
                raise
            raise StoreGone(uri, GONE if uri in self._answered else error.absence) from error
        self._answered.add(uri)

    def clear(self) -> None:
        """Forgets everything."""
        for kept in (self._tellings, self._rocs, self._columns, self._examinations, self._answered):
            kept.clear()


def _examine(uri: str, experiment: Experiment) -> Examination:
    began = time.perf_counter()
    diagnosis = examine(uri, experiment)
    return Examination(diagnosis, datetime.now(UTC), time.perf_counter() - began)


shared = ReportService()
"""The process's own: the page, the API and the warm-up share it."""
