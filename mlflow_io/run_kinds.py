"""What a run is, by what it says."""

from mlflow_io import names
from mlflow_io.latest_runs import Kind
from mlflow_io.stores.base import RunData


def is_of(kind: Kind, facts: RunData) -> bool:
    """A run may be of both kinds: many pipelines log the drift and the scores of a batch in one."""
    gate = _is_gate(facts)
    if kind is Kind.GATE:
        return gate
    return names.DRIFT_SHARE in facts.metrics or (kind is Kind.DRIFT and not gate)


def _is_gate(facts: RunData) -> bool:
    tag = facts.tags.get(names.QUALITY_GATE)
    if tag is not None:
        return tag.strip().casefold() == names.QUALITY_GATE_TRUE.casefold()
    return any(scores["auc"] in facts.metrics for scores in (names.PRODUCTION_SCORES, names.CANDIDATE_SCORES))


def batch_of(facts: RunData) -> str | None:
    """As it was written: the param, else the tag."""
    return facts.params.get(names.BATCH_NUMBER, facts.tags.get(names.BATCH_NUMBER))
