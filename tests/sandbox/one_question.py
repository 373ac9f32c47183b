"""Predictions of a model file for the tests: a session of one question."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sandbox.errors import ModelError, NoAnswerError
from sandbox.labels import Labels
from sandbox.limits import Limits
from sandbox.session import open_model, packed_rows
from sandbox.shown import Shown
from sandbox.warm import WarmParent

__all__ = ["Answer", "Limits", "ModelError", "predict", "predict_probability"]


@dataclass(frozen=True)
class Answer:
    """probability: of the positive class for each row, shape (rows,), each 0..1. model_type: what the model is, in its
    own words: anybody's text, printable and short; None where it says nothing."""

    probability: np.ndarray
    model_type: str | None


def predict_probability(
    model: Path,
    preprocessor: Path | None,
    features: pd.DataFrame,
    limits: Limits | None = None,
    *,
    warm: WarmParent | None = None,
) -> np.ndarray:
    """As ``predict``, of features that are shown as they are, with a target of 0 and 1; the probabilities only."""
    return predict(model, preprocessor, Shown(features, features), limits=limits, warm=warm).probability


def predict(
    model: Path,
    preprocessor: Path | None,
    shown: Shown,
    labels: Labels | None = None,
    limits: Limits | None = None,
    *,
    warm: WarmParent | None = None,
) -> Answer:
    """What the model says of each row.

    model: an MLflow model folder (with its ``MLmodel``), or a model file.
    preprocessor: a joblib or pickle file whose ``transform`` comes first; None where the model takes the rows itself.
    labels: those of the target, where the experiment names the positive one. warm: as in ``open_model``.
    Raises ModelError.
    """
    limits = limits or Limits()
    rows = packed_rows(shown, limits)
    try:
        with open_model(model, limits, preprocessor=preprocessor, warm=warm) as session:
            return Answer(session.probability(rows, labels), session.describe().kind)
    except NoAnswerError as error:
        raise ModelError(f"the model's answer is not one number for each of {len(shown.features)} rows") from error
