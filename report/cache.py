"""What the page remembers between visits: the only place with a caching policy."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from lifecycle.experiment import Experiment
from lifecycle.records import History, ProductionModel
from mlflow_io.cached_history import CachedHistory, HistoryRead
from report import loading
from report.evidence import ColumnEvidence, Evidence, RocEvidence
from report.story.story import Story

EVIDENCE_TTL = "60s"
"""An artifact of a finished run never changes, but the note that it could not be reached should not stay."""


@dataclass
class Told:
    """A reader, and the last story with what it was told of."""

    reader: CachedHistory
    last: tuple[History, ProductionModel | None, Story] | None = None


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs={Experiment: repr})
def _told(uri: str, experiment: Experiment, home: Path) -> Told:
    return Told(loading.open_reader(uri, experiment, home))


def read(uri: str, experiment: Experiment, home: Path, *, thoroughly: bool) -> tuple[Story, HistoryRead]:
    """The story as the store has it now, or as it was when it last answered. Raises TrackingError where it never
    did."""
    told = _told(uri, experiment, home)
    reading = told.reader.read(thoroughly=thoroughly)
    if not reading.history.counted:
        told.reader.count_beside()
    last = told.last
    if last is None or last[0] is not reading.history or last[1] is not reading.production:
        last = told.last = (reading.history, reading.production, loading.tell_of(reading, experiment))
    return last[2], reading


@st.cache_data(ttl=EVIDENCE_TTL, max_entries=256, show_spinner="Loading the ROC curves")
def roc(uri: str, run_id: str, candidate: bool) -> RocEvidence:
    return loading.open_evidence(uri).roc(run_id, candidate)


@st.cache_data(ttl=EVIDENCE_TTL, max_entries=256, show_spinner="Loading the columns")
def columns(uri: str, run_id: str) -> ColumnEvidence:
    return loading.open_evidence(uri).columns(run_id)


def evidence(uri: str) -> Evidence:
    """Artifacts by way of the cache."""
    return Evidence(
        roc=lambda run_id, candidate: roc(uri, run_id, candidate), columns=lambda run_id: columns(uri, run_id)
    )
