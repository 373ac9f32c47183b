"""Scores of each task against scikit-learn's, and against values worked out by hand."""

import re

import numpy as np
import pytest
from sklearn import metrics

from metrics.classifier import ScoreError
from metrics.kinds import KNOWN
from metrics.tasks import Task, check_computed, check_decidable, check_decided, computed, score, usual_scores

RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 3, 200)
CHANCE = RNG.dirichlet([1, 1, 1], 200) * 0.7 + 0.3 * np.eye(3)[CODES]
TRUE = RNG.normal(50, 10, 100)
PREDICTED = TRUE + RNG.normal(0, 3, 100)


def test_several_classes_are_scored_as_scikit_learn_does() -> None:
    found, predicted = score(Task.MULTICLASS, CODES, CHANCE), CHANCE.argmax(axis=1)
    assert found["auc"] == pytest.approx(metrics.roc_auc_score(CODES, CHANCE, multi_class="ovr", average="macro"))
    assert found["f1"] == pytest.approx(metrics.f1_score(CODES, predicted, average="macro"))
    assert found["precision"] == pytest.approx(metrics.precision_score(CODES, predicted, average="macro"))
    assert found["recall"] == pytest.approx(metrics.recall_score(CODES, predicted, average="macro"))
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(CODES, predicted))
    assert found["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(CODES, predicted))
    assert found["log_loss"] == pytest.approx(metrics.log_loss(CODES, CHANCE))
    assert found["pr_auc"] == pytest.approx(metrics.average_precision_score(np.eye(3)[CODES], CHANCE, average="macro"))


def test_a_class_that_the_test_set_lacks_is_left_out_of_the_auc_alone() -> None:
    two = score(Task.MULTICLASS, [0, 1, 0, 1], [[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.3, 0.4, 0.3], [0.1, 0.8, 0.1]])
    assert (two["auc"], two["accuracy"], two["recall"]) == (1.0, 0.75, pytest.approx((0.5 + 1.0 + 0.0) / 3))


def test_one_class_alone_has_an_accuracy_and_no_auc() -> None:
    one = score(Task.MULTICLASS, [1, 1], [[0.2, 0.7, 0.1], [0.5, 0.4, 0.1]])
    assert (one.get("auc"), one.get("pr_auc"), one["accuracy"]) == (None, None, 0.5)


def test_numbers_are_scored_as_scikit_learn_does() -> None:
    found = score(Task.REGRESSION, TRUE, PREDICTED)
    assert found["rmse"] == pytest.approx(metrics.root_mean_squared_error(TRUE, PREDICTED))
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(TRUE, PREDICTED))
    assert found["mape"] == pytest.approx(metrics.mean_absolute_percentage_error(TRUE, PREDICTED))
    assert found["r2"] == pytest.approx(metrics.r2_score(TRUE, PREDICTED))


def test_what_cannot_be_told_of_numbers_is_not_known() -> None:
    found = score(Task.REGRESSION, [0.0, 0.0], [1.0, 3.0])
    assert dict(found) == {"rmse": pytest.approx(5**0.5), "mae": 2.0}


def test_two_classes_have_their_other_scores() -> None:
    truth = (CODES == 0).astype(int)
    found = score(Task.BINARY, truth, CHANCE[:, 0])
    assert found["pr_auc"] == pytest.approx(metrics.average_precision_score(truth, CHANCE[:, 0]))
    assert found["brier"] == pytest.approx(metrics.brier_score_loss(truth, CHANCE[:, 0]))
    assert found["log_loss"] == pytest.approx(metrics.log_loss(truth, CHANCE[:, 0]))
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, CHANCE[:, 0] >= 0.5))
    assert found["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(truth, CHANCE[:, 0] >= 0.5))


@pytest.mark.parametrize(
    ("task", "target", "answers", "said"),
    [
        (Task.REGRESSION, [], [], "no rows"),
        (Task.REGRESSION, [1.0, 2.0], [1.0], "got 1 predictions for 2 targets"),
        (Task.REGRESSION, [1.0], [float("inf")], "1 of 1 predictions are not finite"),
        (Task.MULTICLASS, [], np.empty((0, 3)), "no rows"),
        (Task.MULTICLASS, [3], [[0.2, 0.3, 0.5]], "expected codes from 0 to 2"),
        (Task.MULTICLASS, [0], [[float("nan"), 0.5, 0.5]], "1 of 3 probabilities are not finite"),
    ],
)
def test_what_cannot_be_scored_says_why(task: Task, target: object, answers: object, said: str) -> None:
    with pytest.raises(ScoreError, match=said):
        score(task, target, answers)  # type: ignore[arg-type]


@pytest.mark.parametrize("task", Task)
def test_each_task_has_scores_that_it_computes(task: Task) -> None:
    assert {each.name for each in usual_scores(task).shown} <= set(computed(task)) <= set(KNOWN)
    check_computed(task, usual_scores(task).primary)


@pytest.mark.parametrize(
    ("task", "name"), [(Task.BINARY, "rmse"), (Task.REGRESSION, "auc"), (Task.MULTICLASS, "brier")]
)
def test_a_primary_score_of_another_task_is_refused(task: Task, name: str) -> None:
    with pytest.raises(ScoreError, match=f"got '{name}', which is not computed for the task {task}"):
        check_computed(task, KNOWN[name])


@pytest.mark.parametrize(
    ("task", "name", "target", "said"),
    [
        (Task.BINARY, "accuracy", [1, 1], "the test set holds one class only (1)"),
        (
            Task.MULTICLASS,
            "auc",
            [2, 2],
            "AUC cannot be computed on part 3, and nothing decided without it: its rows",
        ),
        (Task.MULTICLASS, "pr_auc", [2, 2], "PR-AUC cannot be computed on part 3"),
        (Task.REGRESSION, "mape", [0.0, 1.0, 0.0], "without it: 2 of 3 true values are 0"),
        (
            Task.REGRESSION,
            "r2",
            [0.1] * 10,
            "R² cannot be computed on part 3, and nothing decided without it: all",
        ),
    ],
)
def test_true_values_that_decide_nothing_are_told_before_a_model_is_asked(
    task: Task, name: str, target: list[float], said: str
) -> None:
    with pytest.raises(ScoreError, match=re.escape(said)):
        check_decidable(task, KNOWN[name], target, "part 3")


@pytest.mark.parametrize(
    ("task", "name", "target"),
    [(Task.MULTICLASS, "accuracy", [2, 2]), (Task.REGRESSION, "rmse", [0.0, 0.0]), (Task.REGRESSION, "r2", [0.0, 1.0])],
)
def test_true_values_that_another_score_could_not_be_computed_from_are_no_matter(
    task: Task, name: str, target: list[float]
) -> None:
    check_decidable(task, KNOWN[name], target)


def test_equal_values_have_no_r2_whatever_their_mean_is_rounded_to() -> None:
    assert "r2" not in score(Task.REGRESSION, [0.1] * 10, [0.2] * 10)


@pytest.mark.parametrize(
    ("target", "answers", "known"),
    [
        ([1.0, 2.0], [1e200, 2.0], {"mae"}),
        ([1.0, 2.0], [-1.7e308, 1.7e308], set()),
        ([-1.7e308, 1.7e308], [1.7e308, -1.7e308], set()),
        ([5e-324, 1.0], [1.0, 1.0], {"rmse", "mae", "r2"}),
        ([1e-200, 2e-200], [1e-200, 3e-200], {"rmse", "mae", "mape"}),
    ],
)
def test_a_score_that_no_number_can_hold_is_not_known(target: list[float], answers: list[float], known: set) -> None:
    found = score(Task.REGRESSION, target, answers)
    assert set(found) - {"mape"} == known - {"mape"}
    assert all(np.isfinite(value) for value in found.values())
    for name in set(computed(Task.REGRESSION)) - set(found):
        with pytest.raises(ScoreError, match=r"cannot be computed on these predictions.* the model's answers go from "):
            check_decided(KNOWN[name], found, target, answers)


def test_a_perfect_score_is_no_more_than_perfect() -> None:
    """Summed up, the precisions of twenty right answers come to 1.0000000000000002, which no reader would believe."""
    found = score(Task.BINARY, [1] * 20 + [0] * 3, [*np.linspace(0.6, 0.9, 20), 0.1, 0.1, 0.1])
    assert found["pr_auc"] == 1.0
