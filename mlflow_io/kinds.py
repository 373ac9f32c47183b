"""What a run is, by what it says."""

from mlflow_io import names
from mlflow_io.latest import Kind
from mlflow_io.source import Facts


def is_of(kind: Kind, facts: Facts) -> bool:
    tag = facts.tags.get(names.QUALITY_GATE)
    if tag is not None:
        gate = tag.strip().casefold() == names.QUALITY_GATE_TRUE.casefold()
    else:
        gate = any(scores["auc"] in facts.metrics for scores in (names.PRODUCTION_SCORES, names.CANDIDATE_SCORES))
    if kind is Kind.GATE:
        return gate
    return not gate and (kind is Kind.DRIFT or names.DRIFT_SHARE in facts.metrics)


def batch_of(facts: Facts) -> str | None:
    """As it was written: the param, else the tag."""
    return facts.params.get(names.BATCH_NUMBER, facts.tags.get(names.BATCH_NUMBER))
