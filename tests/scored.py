"""Scores as most tests have them."""

from metrics.scores import Scores


def four(
    auc: float | None = None, f1: float | None = None, precision: float | None = None, recall: float | None = None
) -> Scores:
    return Scores(auc=auc, f1=f1, precision=precision, recall=recall)
