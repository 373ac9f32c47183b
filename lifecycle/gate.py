"""The one quality gate: whether a candidate model replaces the production model."""

import math
from dataclasses import dataclass
from enum import StrEnum

from lifecycle.records import GateRecord
from metrics.kinds import AUC, Score
from metrics.scores import Scores


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
    """min_gain: by how much the candidate has to be better than production to be an improvement (inclusive).
    max_loss: by how much, as a positive number, a refresh on newer data may still be worse (inclusive).
    score: by which they are compared. A gain is a better value: of an error, a lower one.
    """

    min_gain: float = 0.0
    max_loss: float = 0.02
    score: Score = AUC

    def __post_init__(self) -> None:
        if self.max_loss < 0:
            raise ValueError(f"largest loss of {self.score.word}: got {self.max_loss!r}, expected 0 or more")

    @property
    def limits(self) -> tuple[float, float]:
        """The gains from which on a candidate is a refresh, and an improvement."""
        return -self.max_loss, self.min_gain


@dataclass(frozen=True)
class Verdict:
    """decision: None where it is not known: stored in other words, or neither stored nor to be worked out.
    inferred: worked out, not stored. today: what today's gate makes of a run whose decision is stored, None where its
    scores are too few; of another run, ``decision``.
    """

    decision: Decision | None
    inferred: bool
    today: Decision | None = None

    @property
    def explained(self) -> bool:
        """Today's gate comes to the same decision from the same scores."""
        return self.today is self.decision

    @property
    def reversed_today(self) -> bool:
        """Today's gate would have kept the model out that was deployed, or deployed the one that was kept out."""
        if self.today is None or self.decision is None:
            return False
        return self.today.deployed != self.decision.deployed


def decide(*, batch: int, production: float | None, candidate: float | None, policy: GatePolicy) -> Decision:
    """The gate's decision by two values of ``policy.score``. ``candidate`` is None where no model was trained.

    Both are measured on the same test rows. Raises ValueError where one of them is not a number.

    >>> policy = GatePolicy(min_gain=0.0, max_loss=0.02)
    >>> [str(decide(batch=3, production=0.82, candidate=new, policy=policy)) for new in (0.83, 0.80, 0.79, None)]
    ['DEPLOY', 'DEPLOY_REFRESH', 'SKIP', 'SKIP_NO_DRIFT']
    """
    if batch == 0:
        return Decision.BASELINE
    if candidate is None:
        return Decision.SKIP_NO_DRIFT
    gain = policy.score.gain(candidate, math.nan if production is None else production)
    if gain is None or not math.isfinite(gain):
        raise ValueError(f"{policy.score.word}: got {production!r} and {candidate!r}, expected a number of each model")
    if gain >= policy.min_gain:
        return Decision.DEPLOY
    if gain >= -policy.max_loss:
        return Decision.DEPLOY_REFRESH
    return Decision.SKIP


def settle(gate: GateRecord, policy: GatePolicy) -> Verdict:
    """The decision stored with a gate run. One that is missing is what ``decide`` gives for the run's scores; one in
    words that are not known stays unknown, because an inference never outranks evidence, and so does that of a run of
    which something cannot be read. Batch 0 is the baseline,
    whatever was stored."""
    stored = Decision.__members__.get(gate.decision or "")
    if gate.batch == 0:
        return Verdict(Decision.BASELINE, inferred=stored is not Decision.BASELINE, today=Decision.BASELINE)
    if stored is not None:
        return Verdict(stored, inferred=False, today=_worked_out(gate, policy, trained=stored.trained))
    if gate.decision is not None or gate.odd_decision is not None or gate.unread:
        return Verdict(None, inferred=False)
    worked_out = _worked_out(gate, policy, trained=was_trained(gate))
    return Verdict(worked_out, inferred=True, today=worked_out)


def _worked_out(gate: GateRecord, policy: GatePolicy, *, trained: bool) -> Decision | None:
    """None where the run says too little: both models' score where a candidate was trained, else that none was, or a
    score. What stands in the place of a score and cannot be one says nothing about a model."""
    name = policy.score.name
    production, candidate = gate.production.get(name), gate.candidate.get(name) if gate.candidate is not None else None
    if trained and (production is None or candidate is None):
        return None
    if not trained and not gate.production_only and (gate.impossible_scores or not gate.production.known):
        return None
    return decide(
        batch=gate.batch,
        production=math.nan if production is None else production,
        candidate=candidate if trained else None,
        policy=policy,
    )


def was_trained(gate: GateRecord) -> bool:
    """Whether a run without a decision trained a model: it says so, or its two models' scores differ.

    False is evidence only where the run is ``production_only``; else the run does not show one."""
    if gate.production_only:
        return False
    return gate.training_run_id is not None or scored_anew(gate)


def scored_anew(gate: GateRecord) -> bool:
    """Whether a run stored scores of a new model that are not production's over again."""
    if not gate.production.known:
        return gate.candidate is not None and gate.candidate.known and not gate.impossible_scores
    candidate = gate.candidate or Scores()
    return any(candidate[name] != gate.production[name] for name in candidate.keys() & gate.production.keys())
