"""What the page remembers between visits: the only place with a caching policy."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from lifecycle.experiment import Experiment
from report import loading
from report.evidence import ColumnEvidence, Evidence, RocEvidence
from report.story import Story

EVIDENCE_TTL = "60s"
"""An artifact of a finished run never changes, but the note that it could not be reached should not stay."""


@dataclass(frozen=True)
class Reading:
    """A story, when it was read from the store, and how many seconds that took."""

    story: Story
    at: datetime
    seconds: float


@st.cache_data(ttl="60s", max_entries=16, show_spinner="Reading the history from MLflow", hash_funcs={Experiment: repr})
def reading(uri: str, experiment: Experiment) -> Reading:
    """Errors are not remembered: the next visit asks the store again."""
    started = time.perf_counter()
    story = loading.load_story(uri, experiment)
    return Reading(story, datetime.now(UTC), time.perf_counter() - started)


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
