"""What is in an experiment that holds no batch, or none of the kind that was looked for: for the owner of a store that
follows another contract, or none."""

from collections.abc import Iterable

from lifecycle.records import Survey
from mlflow_io.latest_runs import FINISHED, Kind, whole_number
from mlflow_io.run_kinds import batch_of, is_of
from mlflow_io.stores.base import RunData

LOOKED_AT = 200
"""Runs whose params, metrics and tags are listed."""

COUNTED = 2_000
"""Runs of a file store that are counted: each is a file to be read."""

EXPERIMENTS = 8
"""Of a store that has none of the name, as many are looked into."""

OF_MLFLOW = "mlflow."
"""Tags that MLflow sets by itself begin so."""


Runs = Iterable[tuple[str, RunData]]
"""The status and data of each."""


def of_runs(name: str, runs: Runs, *, complete: bool, numbered: Runs = ()) -> Survey:
    """complete: ``runs`` are all there are. numbered: else, those with a batch number."""
    found = list(runs)
    finished = _finished(found)
    with_number = [data for data in (finished if complete else _finished(numbered)) if batch_of(data) is not None]
    others, counts = len(found) - len(finished), kinds(with_number)
    return Survey(name, len(finished), others, len(with_number), *keys(finished), complete, *counts)


def _finished(runs: Runs) -> list[RunData]:
    return [data for status, data in runs if status == FINISHED]


def kinds(numbered: Iterable[RunData]) -> tuple[int, int, int, int, int]:
    """Of runs with a batch number: how many are drift runs and gate runs, how many were looked at, and how many would
    be drift runs and gate runs if their number were a whole one."""
    found = list(numbered)
    whole = [data for data in found if whole_number(batch_of(data) or "") is not None]
    odd = [data for data in found if whole_number(batch_of(data) or "") is None]
    return *_kinds(whole), len(found), *_kinds(odd)


def _kinds(runs: list[RunData]) -> tuple[int, int]:
    drift, gate = (sum(is_of(kind, data) for data in runs) for kind in (Kind.DRIFT_AMONG_OTHERS, Kind.GATE))
    return drift, gate


def keys(found: Iterable[RunData]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Names of params, metrics and tags."""
    found = list(found)
    tags = {key for data in found for key in data.tags if not key.startswith(OF_MLFLOW)}
    params = {key for data in found for key in data.params}
    metrics = {key for data in found for key in data.metrics}
    return tuple(sorted(params)), tuple(sorted(metrics)), tuple(sorted(tags))
