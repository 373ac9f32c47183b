"""How far predicted numbers are from the true ones."""

import numpy as np
from numpy.typing import ArrayLike

from metrics.classifier import check_finite, check_lengths
from metrics.scores import Scores


def score(target: ArrayLike, predicted: ArrayLike) -> Scores:
    """RMSE and MAE in the target's unit; MAPE as a share (0.1 is 10 %), not known where a true value is 0; R², not
    known where all true values are equal. Raises ScoreError for an empty test set or numbers that are not finite."""
    truth, answers = np.asarray(target, dtype=float), np.asarray(predicted, dtype=float)
    check_lengths(truth, answers, "predictions")
    check_finite(answers, "predictions")
    check_finite(truth, "target values")
    errors, spread = answers - truth, float(((truth - truth.mean()) ** 2).sum())
    return Scores(
        rmse=float(np.sqrt((errors**2).mean())),
        mae=float(np.abs(errors).mean()),
        mape=float(np.abs(errors / truth).mean()) if (truth != 0).all() else None,
        r2=1.0 - float((errors**2).sum()) / spread if spread else None,
    )
