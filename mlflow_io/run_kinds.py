"""What kind a run is, by its data."""

import re
from collections.abc import Collection, Iterable

from mlflow_io import names
from mlflow_io.latest_runs import Kind
from mlflow_io.stores.base import RunData

OF_ANY_SCORE = re.compile("|".join(called(r"(\w+)") for called in (names.production_score, names.candidate_score)))


def is_of(kind: Kind, data: RunData, scored: Collection[str] | None = None) -> bool:
    """A run may be of both kinds: many pipelines log the drift and the scores of a batch in one.

    scored: metrics by which a gate run without a tag is known; None: those of any score."""
    gate = _is_gate(data, scored)
    if kind is Kind.GATE:
        return gate
    return names.DRIFT_SHARE in data.metrics or (kind is Kind.DRIFT and not gate)


def _is_gate(data: RunData, scored: Collection[str] | None) -> bool:
    tag = data.tags.get(names.QUALITY_GATE)
    if tag is not None:
        return tag.strip().casefold() == names.QUALITY_GATE_TRUE.casefold()
    if scored is None:
        return any(OF_ANY_SCORE.fullmatch(key) for key in data.metrics)
    return any(key in data.metrics for key in scored)


def scores_in(metrics: Iterable[str]) -> list[str]:
    """Names of the scores that metrics with these names hold, each once."""
    found = filter(None, map(OF_ANY_SCORE.fullmatch, metrics))
    return list(dict.fromkeys(next(filter(None, match.groups())) for match in found))


def batch_of(data: RunData) -> str | None:
    """The batch number as it was written: the param, else the tag; None where there is neither."""
    return data.params.get(names.BATCH_NUMBER, data.tags.get(names.BATCH_NUMBER))
