"""The one quality gate: whether a candidate model replaces the production model."""

import math
from dataclasses import dataclass
from enum import StrEnum

from lifecycle.records import GateRecord


class Decision(StrEnum):
    BASELINE = "BASELINE"
    SKIP_NO_DRIFT = "SKIP_NO_DRIFT"
    DEPLOY = "DEPLOY"
    DEPLOY_REFRESH = "DEPLOY_REFRESH"
    SKIP = "SKIP"

    @property
    def trained(self) -> bool:
        """A candidate was trained: a retraining event."""
        return self in {Decision.DEPLOY, Decision.DEPLOY_REFRESH, Decision.SKIP}

    @property
    def deployed(self) -> bool:
        """The candidate became the production model."""
        return self in {Decision.DEPLOY, Decision.DEPLOY_REFRESH}


@dataclass(frozen=True)
class GatePolicy:
    """min_auc_change: candidate minus production AUC from which on the candidate is an improvement (inclusive).
    max_auc_regression: the loss of AUC, as a positive number, that a refresh on newer data may still cost (inclusive).
    """

    min_auc_change: float = 0.0
    max_auc_regression: float = 0.02

    def __post_init__(self) -> None:
        if self.max_auc_regression < 0:
            raise ValueError(f"largest AUC regression: {self.max_auc_regression!r} came, 0 or more was wanted")

    @property
    def limits(self) -> tuple[float, float]:
        """The changes in AUC from which on a candidate is a refresh, and an improvement."""
        return -self.max_auc_regression, self.min_auc_change


@dataclass(frozen=True)
class Verdict:
    """decision: None where it is neither stored nor to be worked out. inferred: worked out, not stored.
    explained: today's gate comes to the same decision from the same scores.
    """

    decision: Decision | None
    inferred: bool
    explained: bool = True


def decide(*, batch: int, production_auc: float, candidate_auc: float | None, policy: GatePolicy) -> Decision:
    """The gate's decision. ``candidate_auc`` is None where no model was trained.

    Both AUCs are measured on the same test rows. Raises ValueError where one of them is not a number.
    """
    if batch == 0:
        return Decision.BASELINE
    if candidate_auc is None:
        return Decision.SKIP_NO_DRIFT
    change = candidate_auc - production_auc
    if not math.isfinite(change):
        raise ValueError(f"the gate wants two AUCs; production {production_auc!r}, candidate {candidate_auc!r} came")
    # Rounded to 1e-9, so that 0.80 - 0.82 is a regression of 0.02 and not of 0.020000000000000018.
    change = round(change, 9)
    if change >= policy.min_auc_change:
        return Decision.DEPLOY
    if change >= -policy.max_auc_regression:
        return Decision.DEPLOY_REFRESH
    return Decision.SKIP


def settle(gate: GateRecord, policy: GatePolicy) -> Verdict:
    """The decision stored with a gate run, or else the one that ``decide`` gives for its scores. Batch 0 is the
    baseline, whatever was stored."""
    stored = Decision.__members__.get(gate.decision or "")
    worked_out = _worked_out(gate, policy)
    if stored is None or gate.batch == 0:
        return Verdict(worked_out, inferred=stored is not worked_out or stored is None)
    return Verdict(stored, inferred=False, explained=stored is worked_out)


def _worked_out(gate: GateRecord, policy: GatePolicy) -> Decision | None:
    if gate.batch > 0 and not _tells(gate):
        return None
    production = math.nan if gate.production.auc is None else gate.production.auc
    return decide(batch=gate.batch, production_auc=production, candidate_auc=candidate_auc(gate), policy=policy)


def _tells(gate: GateRecord) -> bool:
    """Whether a run says enough to decide: both AUCs where a candidate was trained, else that none was, or a score."""
    if was_trained(gate):
        return gate.production.auc is not None and candidate_auc(gate) is not None
    return gate.production_only or gate.production.known


def was_trained(gate: GateRecord) -> bool:
    """Whether a run without a decision trained a model: it says so, or its two models' scores differ."""
    if gate.production_only:
        return False
    if gate.training_run_id is not None:
        return True
    if not gate.production.known:
        return gate.candidate is not None and gate.candidate.known
    pairs = zip(gate.candidate.values(), gate.production.values(), strict=True) if gate.candidate else ()
    return any(new is not None and old is not None and new != old for new, old in pairs)


def candidate_auc(gate: GateRecord) -> float | None:
    return gate.candidate.auc if gate.candidate is not None and was_trained(gate) else None
