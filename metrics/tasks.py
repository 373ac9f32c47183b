"""What a model is to tell of a row, and by which scores that is judged."""

from enum import StrEnum

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
    """answers: the probability of yes, one for each class, or a number, for each row. Raises ScoreError."""
    return _SCORED[task](target, answers)


def check_computed(task: Task, primary: Score) -> None:
    """Raises ScoreError where nothing could be decided by the primary score."""
    if primary.name not in computed(task):
        raise classifier.ScoreError(
            f"[scores] primary: got {primary.name!r}, which is not computed for the task {task}; expected one of "
            f"{', '.join(computed(task))}"
        )
