"""What is in an experiment that holds no batch: for the owner of a store that follows another contract, or none."""

from collections.abc import Iterable

from lifecycle.records import Survey
from mlflow_io.latest_runs import FINISHED
from mlflow_io.run_kinds import batch_of
from mlflow_io.stores.base import RunData

LOOKED_AT = 200
"""Runs whose params, metrics and tags are listed."""

COUNTED = 2_000
"""Runs of a file store that are counted: each is a file to be read."""

EXPERIMENTS = 8
"""Of a store that has none of the name, as many are looked into."""

OF_MLFLOW = "mlflow."
"""Tags that MLflow sets by itself begin so."""


def of_runs(name: str, runs: Iterable[tuple[str, RunData]], *, complete: bool) -> Survey:
    """runs: status and facts of each. complete: these are all there are."""
    runs = list(runs)
    finished = [facts for status, facts in runs if status == FINISHED]
    numbered = sum(batch_of(facts) is not None for facts in finished)
    return Survey(name, len(finished), len(runs) - len(finished), numbered, *keys(finished), complete=complete)


def keys(found: Iterable[RunData]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Names of params, metrics and tags."""
    found = list(found)
    tags = {key for facts in found for key in facts.tags if not key.startswith(OF_MLFLOW)}
    params = {key for facts in found for key in facts.params}
    metrics = {key for facts in found for key in facts.metrics}
    return tuple(sorted(params)), tuple(sorted(metrics)), tuple(sorted(tags))
