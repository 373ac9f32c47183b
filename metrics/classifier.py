"""How good a classifier's probabilities are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from batch_zero.errors import BatchZeroError
from metrics.scores import Scores

CUTOFF = 0.5
"""Probability from which on a row is predicted positive, for F1, precision, recall and accuracy."""


class ScoreError(BatchZeroError):
    """The test set cannot be scored; the message says why."""

    status = 422


class NotTheRows(ScoreError):
    """It is not the test set: other rows would not help."""


def score(target: ArrayLike, probability: ArrayLike) -> Scores:
    """Scores of ``probability`` (of the positive class, 0..1) against ``target`` (0 or 1), row by row.

    AUC by the trapezoidal rule, PR-AUC as average precision. At a cutoff of 0.5: F1, precision and recall of the
    positive class, 0 where nothing is predicted positive (as scikit-learn defines them), accuracy, and balanced
    accuracy. Log loss, with probabilities of 0 and 1 taken as the nearest double, and the Brier score. Raises
    ScoreError for an empty test set, one class only, or probabilities that are not finite.
    """
    from sklearn import metrics

    truth, chance = checked(target, probability)
    predicted = chance >= CUTOFF
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        truth, predicted, average="binary", zero_division=0.0
    )
    return Scores(
        auc=float(metrics.roc_auc_score(truth, chance)),
        f1=float(f1),
        precision=float(precision),
        recall=float(recall),
        accuracy=float((truth == predicted).mean()),
        balanced_accuracy=float(metrics.balanced_accuracy_score(truth, predicted)),
        pr_auc=float(metrics.average_precision_score(truth, chance)),
        log_loss=float(metrics.log_loss(truth, chance)),
        brier=float(metrics.brier_score_loss(truth, chance)),
    )


def checked(target: ArrayLike, probability: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Both columns as arrays; raises ScoreError where no score can be computed from them."""
    truth, chance = np.asarray(target), np.asarray(probability, dtype=float)
    check_lengths(truth, chance, "probabilities")
    check_finite(chance, "probabilities")
    check_both_classes(truth)
    classes: Sequence[object] = np.unique(truth).tolist()
    if set(classes) != {0, 1}:
        raise ScoreError(f"the target holds {classes[:5]}, expected 0 and 1")
    return truth.astype(int), chance


def check_both_classes(truth: np.ndarray) -> None:
    classes = np.unique(truth).tolist()
    if len(classes) == 1:
        raise ScoreError(f"the test set holds one class only ({classes[0]}); both are needed to compute an AUC")


def check_lengths(truth: np.ndarray, answers: np.ndarray, what: str) -> None:
    if truth.size == 0:
        raise ScoreError("the test set has no rows")
    if len(truth) != len(answers):
        raise NotTheRows(f"got {len(answers):,} {what} for {len(truth):,} targets")


def check_finite(answers: np.ndarray, what: str, error: type[ScoreError] = NotTheRows) -> None:
    if not np.isfinite(answers).all():
        raise error(f"{int((~np.isfinite(answers)).sum())} of {answers.size} {what} are not finite numbers")
