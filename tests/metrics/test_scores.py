"""Scores and ROC curves against values worked out by hand, and everything that cannot be scored."""

import json
import math

import numpy as np
import pytest

from metrics.classifier import ScoreError, score
from metrics.kinds import change
from metrics.roc import RocCurve, roc_curve, roc_from_dict
from tests.scored import four

TARGET = [0, 0, 0, 1, 1, 1]
CHANCE = [0.1, 0.4, 0.6, 0.3, 0.7, 0.9]


def test_scores_by_hand() -> None:
    """Two of three positives at or above 0.5, one false alarm: precision 2/3, recall 2/3; of the nine
    pairs of a positive and a negative, seven are in the right order."""
    scores = score(TARGET, CHANCE)
    assert scores.get("auc") == pytest.approx(7 / 9)
    assert (scores.get("precision"), scores.get("recall"), scores.get("f1")) == pytest.approx((2 / 3, 2 / 3, 2 / 3))


def test_the_cutoff_itself_is_positive() -> None:
    assert score([0, 1], [0.2, 0.5])["recall"] == 1.0


def test_no_positive_prediction_scores_zero_and_not_an_error() -> None:
    assert score([0, 1], [0.1, 0.2])["precision"] == 0.0


@pytest.mark.parametrize(
    ("target", "chance", "said"),
    [
        ([], [], "no rows"),
        ([1, 1], [0.1, 0.2], "one class only"),
        ([0, 1], [0.1, math.nan], "1 of 2 probabilities"),
        ([0, 1], [0.1], "got 1 probabilities for 2"),
        ([0, 2], [0.1, 0.2], "expected 0 and 1"),
    ],
)
def test_what_cannot_be_scored_is_said(target: list, chance: list, said: str) -> None:
    with pytest.raises(ScoreError, match=said):
        score(target, chance)
    with pytest.raises(ScoreError, match=said):
        roc_curve(target, chance)


def test_a_curve_survives_json_and_has_the_area_of_the_score() -> None:
    rng = np.random.default_rng(1)
    target = rng.integers(0, 2, 500)
    chance = np.clip(target * 0.2 + rng.random(500) * 0.8, 0, 1)
    curve = roc_curve(target, chance)
    assert curve.auc == pytest.approx(score(target, chance)["auc"])
    assert roc_from_dict(json.loads(json.dumps(curve.to_dict(), allow_nan=False))) == curve
    assert (curve.fpr[0], curve.tpr[0], curve.fpr[-1], curve.tpr[-1]) == (0.0, 0.0, 1.0, 1.0)
    assert all(math.isfinite(threshold) for threshold in curve.thresholds)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"fpr": [0, 1]},
        {"fpr": [0, 1], "tpr": [0]},
        {"fpr": [0, 2], "tpr": [0, 1]},
        {"fpr": ["0", "1"], "tpr": [0, 1]},
        {"fpr": "01", "tpr": "01"},
        {"fpr": [0, math.nan], "tpr": [0, 1]},
        {"fpr": [], "tpr": []},
    ],
)
def test_what_is_no_curve_is_refused(data: dict) -> None:
    with pytest.raises(ValueError, match="a ROC curve: "):
        roc_from_dict(data)


def test_a_curve_without_thresholds_or_area_is_one() -> None:
    assert roc_from_dict({"fpr": [0, 1], "tpr": [0, 1]}) == RocCurve((0.0, 1.0), (0.0, 1.0), (), None)


def test_change_is_candidate_minus_production_and_unknown_where_either_is() -> None:
    assert change(0.8, 0.75) == pytest.approx(0.05)
    assert change(None, 0.75) is None
    assert change(0.75, None) is None
    assert not four().known
