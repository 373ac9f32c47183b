"""How good the probabilities of a classifier with several classes are."""

import numpy as np
from numpy.typing import ArrayLike

from metrics.classifier import ScoreError, check_finite, check_lengths
from metrics.scores import Scores


def score(target: ArrayLike, probability: ArrayLike) -> Scores:
    """Scores of ``probability``, shape (rows, classes), each 0..1, against ``target``, codes 0 .. classes - 1.

    AUC and PR-AUC of each class against the rest, averaged over the classes that the test set holds (macro); F1,
    precision and recall averaged over all classes, 0 for one that is never predicted; accuracy; balanced
    accuracy, over the classes that the test set holds; log loss. A row is
    predicted to be of its most probable class, the first of several. AUC and PR-AUC are not known where the test set
    holds one class only. Raises ScoreError for an empty test set or probabilities that are not finite.
    """
    from sklearn import metrics

    truth, chance = np.asarray(target), np.asarray(probability, dtype=float)
    check_lengths(truth, chance, "probabilities")
    check_finite(chance, "probabilities")
    codes = np.arange(chance.shape[1])
    if not np.isin(truth, codes).all():
        raise ScoreError(f"the target holds {np.unique(truth).tolist()[:5]}, expected codes from 0 to {codes[-1]}")
    predicted = chance.argmax(axis=1)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        truth, predicted, labels=codes, average="macro", zero_division=0.0
    )
    each = [] if unknown("auc", truth) else [(truth == code, chance[:, code]) for code in np.unique(truth)]
    return Scores(
        auc=_mean([metrics.roc_auc_score(*one) for one in each]),
        f1=float(f1),
        precision=float(precision),
        recall=float(recall),
        accuracy=float((truth == predicted).mean()),
        balanced_accuracy=float(metrics.recall_score(truth, predicted, labels=np.unique(truth), average="macro")),
        pr_auc=_mean([metrics.average_precision_score(*one) for one in each]),
        log_loss=float(-np.log(np.clip(chance[np.arange(len(truth)), truth], np.finfo(float).eps, 1.0)).mean()),
    )


def unknown(name: str, truth: np.ndarray) -> str | None:
    """Why these true classes have no such score, whatever is predicted."""
    alone = name in ("auc", "pr_auc") and len(np.unique(truth)) == 1
    return "its rows are all of one class" if alone else None


def _mean(values: list[float]) -> float | None:
    return float(np.mean(values)) if values else None
