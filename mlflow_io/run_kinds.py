"""What kind a run is, by its data."""

from mlflow_io import names
from mlflow_io.latest_runs import Kind
from mlflow_io.stores.base import RunData


def is_of(kind: Kind, data: RunData) -> bool:
    """A run may be of both kinds: many pipelines log the drift and the scores of a batch in one."""
    gate = _is_gate(data)
    if kind is Kind.GATE:
        return gate
    return names.DRIFT_SHARE in data.metrics or (kind is Kind.DRIFT and not gate)


def _is_gate(data: RunData) -> bool:
    tag = data.tags.get(names.QUALITY_GATE)
    if tag is not None:
        return tag.strip().casefold() == names.QUALITY_GATE_TRUE.casefold()
    return any(scores["auc"] in data.metrics for scores in (names.PRODUCTION_SCORES, names.CANDIDATE_SCORES))


def batch_of(data: RunData) -> str | None:
    """The batch number as it was written: the param, else the tag; None where there is neither."""
    return data.params.get(names.BATCH_NUMBER, data.tags.get(names.BATCH_NUMBER))
