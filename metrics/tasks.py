"""What a model is to tell of a row, and by which scores that is judged."""

import math
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from metrics import classifier, multiclass, regression
from metrics.kinds import KNOWN, Score
from metrics.scores import Scores, ScoreSet


class Task(StrEnum):
    """binary: yes or no. multiclass: one of several classes. regression: a number."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


_OF_NUMBERS = ("rmse", "mae", "mape", "r2")
_SCORED = {
    Task.BINARY: classifier.score,
    Task.MULTICLASS: multiclass.score,
    Task.REGRESSION: regression.score,
}
_USUAL = {
    Task.BINARY: ("auc", "f1", "precision", "recall"),
    Task.MULTICLASS: ("auc", "f1", "precision", "recall", "accuracy"),
    Task.REGRESSION: ("rmse", "mae", "r2"),
}
ROUNDING = 1e-9
"""By so much may arithmetic take a score out of its range."""

_NOT_OF_SEVERAL = ("brier",)
"""There are two definitions of it for several classes."""


def usual_scores(task: Task) -> ScoreSet:
    """By which a task is judged where the experiment does not say."""
    shown = tuple(KNOWN[name] for name in _USUAL[task])
    return ScoreSet(shown[0], shown, two_classes=task is Task.BINARY)


def computed(task: Task) -> tuple[str, ...]:
    """The names of the scores that ``score`` computes."""
    if task is Task.REGRESSION:
        return _OF_NUMBERS
    without = _NOT_OF_SEVERAL if task is Task.MULTICLASS else ()
    return tuple(name for name in KNOWN if name not in (*_OF_NUMBERS, *without))


def score(task: Task, target: ArrayLike, answers: ArrayLike) -> Scores:
    """answers: the probability of yes, one for each class, or a number, for each row. A score that comes out infinite,
    or outside its range, is not known. Raises ScoreError."""
    found = _SCORED[task](target, answers)
    return Scores(**{name: _possible(KNOWN[name], value) for name, value in found.items()})


def _possible(score: Score, value: float) -> float | None:
    low, high = -math.inf if score.low is None else score.low, math.inf if score.high is None else score.high
    within = min(max(value, low), high)
    return within if math.isfinite(value) and abs(value - within) < ROUNDING else None


def check_decidable(task: Task, primary: Score, target: ArrayLike, rows: str = "this test set") -> None:
    """Raises ScoreError where the true values alone keep the primary score from being computed, whatever a model
    answers. rows: what they are of."""
    truth = np.asarray(target)
    if task is Task.BINARY:
        classifier.check_both_classes(truth)
    else:
        known_of = multiclass.unknown if task is Task.MULTICLASS else regression.unknown
        if reason := known_of(primary.name, truth):
            raise classifier.ScoreError(_undecided(primary, rows, reason))


def check_decided(primary: Score, found: Scores, target: ArrayLike, answers: ArrayLike) -> None:
    """Raises ScoreError where the primary score did not come out as one."""
    if primary.name not in found:
        spans = [f"{np.min(values):.3g} to {np.max(values):.3g}" for values in (answers, target)]
        reason = f"the model's answers go from {spans[0]}, the true values from {spans[1]}, which is beyond computing"
        raise classifier.NotTheRows(_undecided(primary, "these predictions", reason))


def _undecided(primary: Score, rows: str, reason: str) -> str:
    return f"{primary.word} cannot be computed on {rows}, and nothing decided without it: {reason}"


def check_computed(task: Task, primary: Score) -> None:
    """Raises ScoreError where nothing could be decided by the primary score."""
    if primary.name not in computed(task):
        raise classifier.NotTheRows(
            f"[scores] primary: got {primary.name!r}, which is not computed for the task {task}; expected one of "
            f"{', '.join(computed(task))}"
        )
