"""How good a classifier's probabilities are: four scores of one model on one test set."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from batch_zero.errors import BatchZeroError

NAMES = ("auc", "f1", "precision", "recall")
"""The scores, in the order in which every table shows them. More is better for each of them."""

CUTOFF = 0.5
"""Probability from which on a row is predicted positive, for F1, precision and recall."""


class ScoreError(BatchZeroError):
    """The test set cannot be scored; the message says why."""

    status = 422


@dataclass(frozen=True)
class Scores:
    """Each 0..1, or None where it is not known."""

    auc: float | None = None
    f1: float | None = None
    precision: float | None = None
    recall: float | None = None

    def values(self) -> tuple[float | None, ...]:
        return (self.auc, self.f1, self.precision, self.recall)

    @property
    def known(self) -> bool:
        return any(value is not None for value in self.values())


def score(target: ArrayLike, probability: ArrayLike) -> Scores:
    """Scores of ``probability`` (of the positive class, 0..1) against ``target`` (0 or 1), row by row.

    AUC by the trapezoidal rule, F1, precision and recall of the positive class at a cutoff of 0.5, 0 where nothing
    is predicted positive (as scikit-learn defines them). Raises ScoreError for an empty test set, one class only,
    or probabilities that are not finite.
    """
    from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

    truth, chance = checked(target, probability)
    precision, recall, f1, _ = precision_recall_fscore_support(
        truth, chance >= CUTOFF, average="binary", zero_division=0.0
    )
    auc = float(roc_auc_score(truth, chance))
    return Scores(auc=auc, f1=float(f1), precision=float(precision), recall=float(recall))


def checked(target: ArrayLike, probability: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Both columns as arrays; raises ScoreError where no score can be computed from them."""
    truth, chance = np.asarray(target), np.asarray(probability, dtype=float)
    if truth.size == 0:
        raise ScoreError("the test set has no rows")
    if truth.shape != chance.shape:
        raise ScoreError(f"got {chance.shape} probabilities for {truth.shape} targets")
    if not np.isfinite(chance).all():
        raise ScoreError(f"{int((~np.isfinite(chance)).sum())} of {chance.size} probabilities are not finite numbers")
    classes: Sequence[object] = np.unique(truth).tolist()
    if len(classes) < 2:
        raise ScoreError(f"the test set holds one class only ({classes[0]}); both are needed to compute an AUC")
    if set(classes) != {0, 1}:
        raise ScoreError(f"target: got {classes[:5]}, expected 0 and 1")
    return truth.astype(int), chance


def change(candidate: float | None, production: float | None) -> float | None:
    """Candidate minus production; positive means the candidate is better. None where either is not known."""
    return None if candidate is None or production is None else candidate - production
