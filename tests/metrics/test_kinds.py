"""What a score is called, which way is better, and how it is written."""

import pytest

from metrics.kinds import AUC, KNOWN, Score, UnknownScoreError, named
from metrics.scores import Scores, ScoreSet

RMSE = KNOWN["rmse"]


@pytest.mark.parametrize(
    ("name", "heading", "in_a_sentence"),
    [
        ("auc", "AUC", "an AUC"),
        ("precision", "Precision", "a precision"),
        ("accuracy", "Accuracy", "an accuracy"),
        ("log_loss", "Log loss", "a log loss"),
        ("brier", "Brier score", "a Brier score"),
        ("f1", "F1", "an F1"),
        ("pr_auc", "PR-AUC", "a PR-AUC"),
        ("rmse", "RMSE", "an RMSE"),
        ("r2", "R²", "an R²"),
        ("ndcg_at_10", "NDCG@10", "an NDCG@10"),
        ("recall_at_5", "Recall@5", "a recall@5"),
    ],
)
def test_a_score_has_a_heading_and_a_word(name: str, heading: str, in_a_sentence: str) -> None:
    assert (named(name).label, named(name).with_article) == (heading, in_a_sentence)


@pytest.mark.parametrize(
    ("label", "with_article"),
    [
        ("Net Profit", "a Net Profit"),
        ("Error Rate", "an Error Rate"),
        ("SLA", "an SLA"),
        ("Value per case", "a value per case"),
    ],
)
def test_a_label_of_ones_own_has_its_article(label: str, with_article: str) -> None:
    assert Score("own", label).with_article == with_article


def test_a_difference_is_as_exact_as_what_it_is_of() -> None:
    assert RMSE.gain(9e-10, 5e-10) == pytest.approx(-4e-10)
    assert AUC.gain(0.80, 0.82) == -0.02
    assert RMSE.gain(1e8 + 0.3, 1e8 + 0.1) == pytest.approx(-0.2)
    assert RMSE.gain(0.0, 0.0) == 0


def test_of_an_error_a_lower_one_is_a_gain() -> None:
    assert RMSE.gain(3.05, 3.61) == pytest.approx(0.56)
    assert AUC.gain(0.8, 0.9) == pytest.approx(-0.1)
    assert RMSE.gain(None, 3.61) is None


@pytest.mark.parametrize("name", ["log_loss", "brier", "rmse", "mae", "mape"])
def test_errors_are_errors(name: str) -> None:
    assert not named(name).higher_is_better


@pytest.mark.parametrize("name", ["r2", "ndcg_at_3", "precision_at_10", "accuracy", "pr_auc"])
def test_the_others_are_not(name: str) -> None:
    assert named(name).higher_is_better


@pytest.mark.parametrize("name", ["AUC", "ndcg_at_0", "ndcg_at_", "rmse2", ""])
def test_what_is_no_score_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(UnknownScoreError, match="expected one of auc"):
        named(name)


@pytest.mark.parametrize(
    ("score", "value", "text"),
    [
        (AUC, 0.79449, "0.794"),
        (RMSE, 3.6124, "3.612"),
        (RMSE, 45_231.4, "45,231"),
        (RMSE, 0.0036124, "0.003612"),
        (RMSE, 0.0, "0.000"),
        (KNOWN["r2"], -0.5, "−0.500"),
        (AUC, None, "—"),
    ],
)
def test_a_value_is_written_by_the_scores_own_format(score: Score, value: float | None, text: str) -> None:
    assert score.text(value) == text


@pytest.mark.parametrize(
    ("score", "difference", "text"),
    [
        (AUC, 0.013, "+0.013"),
        (AUC, -0.00002, "0"),
        (RMSE, -0.56, "−0.560"),
        (RMSE, 1_360.4, "+1,360"),
        (RMSE, 0.00002, "+0.0000200"),
        (RMSE, 0.0, "0"),
        (Score("own", "Own", decimals=8), 0.00003, "+0.00003000"),
        (RMSE, None, "—"),
    ],
)
def test_a_difference_is_signed(score: Score, difference: float | None, text: str) -> None:
    assert score.change_text(difference) == text


def test_the_primary_score_is_always_shown() -> None:
    assert [score.name for score in ScoreSet(RMSE, (AUC,)).shown] == ["rmse", "auc"]


def test_scores_hold_what_is_known() -> None:
    scores = Scores(auc=0.8, f1=None)
    assert (dict(scores), scores.get("f1"), scores.known, Scores(f1=None).known) == ({"auc": 0.8}, None, True, False)
    assert scores == Scores(auc=0.8)
    assert len({scores, Scores(auc=0.8)}) == 1
