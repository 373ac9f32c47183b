"""How far predicted numbers are from the true ones."""

import numpy as np
from numpy.typing import ArrayLike

from metrics.classifier import ScoreError, check_finite, check_lengths
from metrics.scores import Scores


def score(target: ArrayLike, predicted: ArrayLike) -> Scores:
    """RMSE and MAE in the target's unit; MAPE as a share (0.1 is 10 %), not known where a true value is 0; R², not
    known where all true values are equal. Numbers too large to be squared make infinite scores. Raises ScoreError for
    an empty test set or numbers that are not finite."""
    truth, answers = np.asarray(target, dtype=float), np.asarray(predicted, dtype=float)
    check_lengths(truth, answers, "predictions")
    check_finite(answers, "predictions")
    check_finite(truth, "target values", ScoreError)
    with np.errstate(all="ignore"):
        errors, spread = answers - truth, float(((truth - truth.mean()) ** 2).sum())
        return Scores(
            rmse=float(np.sqrt((errors**2).mean())),
            mae=float(np.abs(errors).mean()),
            mape=None if unknown("mape", truth) else float(np.abs(errors / truth).mean()),
            r2=None if unknown("r2", truth) or not spread else 1.0 - float((errors**2).sum()) / spread,
        )


def unknown(name: str, truth: np.ndarray) -> str | None:
    """Why these true values have no such score, whatever is predicted."""
    if name == "mape" and (zeros := int((truth == 0).sum())):
        return f"{zeros:,} of {truth.size:,} true values {'is' if zeros == 1 else 'are'} 0"
    if name == "r2" and truth.size and (truth == truth[0]).all():
        return f"all true values are {truth[0]:g}"
    return None
