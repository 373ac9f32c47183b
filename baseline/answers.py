"""A model in its sandbox, asked what the experiment's task is about, and scored by its answers."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from batch_zero.text import quoted
from drift.labels import label_of
from lifecycle.experiment import DataSpec
from metrics import tasks
from metrics.roc import RocCurve, roc_curve
from metrics.scores import Scores, ScoreSet
from metrics.tasks import Task
from sandbox.errors import ModelError, NoAnswerError
from sandbox.labels import Labels
from sandbox.limits import Limits
from sandbox.session import Rows, Session, open_model, packed_rows
from sandbox.shown import Shown


@dataclass(frozen=True)
class Scored:
    """roc: None where the task has none."""

    scores: Scores
    roc: RocCurve | None


def scored(spec: DataSpec, scores: ScoreSet, target: pd.Series, answers: np.ndarray) -> Scored:
    """answers: as ``metrics.tasks.score`` takes them. Raises ScoreError, also where the primary score, by which models
    are compared, cannot be computed from these rows."""
    tasks.check_computed(spec.task, scores.primary)
    tasks.check_decidable(spec.task, scores.primary, target)
    found = tasks.score(spec.task, target, answers)
    tasks.check_decided(scores.primary, found, target, answers)
    return Scored(scores.of(found), roc_curve(target, answers) if spec.task is Task.BINARY and scores.has_roc else None)


def ask(
    spec: DataSpec, files: Path, preprocessor: Path | None, shown: Shown, labels: Labels | None, *, ours: bool
) -> tuple[np.ndarray, str | None]:
    """The model's answers to these rows, as ``metrics.tasks.score`` takes them, and what it is in its own words.

    ours: a model of this pipeline, which was trained on codes of the target. Raises ModelError."""
    limits = Limits()
    rows = packed_rows(shown, limits)
    try:
        with open_model(files, limits, preprocessor=preprocessor) as model:
            return _answers(spec, model, rows, None if ours else labels, ours), model.describe().kind
    except NoAnswerError as error:
        what = f"one answer for each of {len(shown.features)} rows"
        raise ModelError(f"the model's answer is not {what}") from error


def _answers(spec: DataSpec, model: Session, rows: Rows, labels: Labels | None, ours: bool) -> np.ndarray:
    if spec.task is Task.BINARY:
        return model.probability(rows, labels)
    if spec.task is Task.REGRESSION:
        return _single(model.numbers(rows))
    found = model.predict_proba(rows)
    return found[:, _places(spec, model.describe().classes, found.shape[1], ours)]


def _single(found: np.ndarray) -> np.ndarray:
    if found.ndim != 1:
        raise ModelError(f"the model's answer has {found.shape[1]} numbers for each row, expected one")
    return found


def _places(spec: DataSpec, classes: tuple[object, ...] | None, outputs: int, ours: bool) -> list[int]:
    """Of each of the experiment's classes, the model's column. Without classes, columns are taken for those of 0, 1, 2
    and so on, which has to be what the target's labels are."""
    labels_in_order = [str(label_of(label)) for label in (range(len(spec.classes)) if ours else spec.classes)]
    there = [str(label_of(label)) for label in (range(outputs) if classes is None else classes)]
    if len(there) != outputs or sorted(there) != sorted(labels_in_order):
        what_it_says = "says nothing of its classes" if classes is None else f"tells {quoted(classes)} apart"
        raise ModelError(
            f"the model gives {outputs} probabilities for each row and {what_it_says}; expected the classes of [data]: "
            f"{quoted(spec.classes)}"
        )
    return [there.index(label) for label in labels_in_order]
