"""What a model answers row by row, beside what came: two models that were asked for the same rows are compared in
pairs, which tells apart what each one's own interval does not."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from batch_zero.text import quoted
from metrics.classifier import ScoreError
from metrics.tasks import Task
from metrics.weighted import with_differences
from sandbox.labels import Label
from testbench.checks.quality import truth_and_answers
from testbench.findings import Measure
from testbench.subject import Subject


@dataclass(frozen=True)
class Told:
    """truth, answers: as ``metrics.tasks.score`` takes them. of: the rows with an outcome, from which these were chosen
    at equal distances, so that two tests of the same rows choose the same ones."""

    task: Task
    classes: tuple[Label, ...]
    truth: np.ndarray
    answers: np.ndarray
    of: int

    def __len__(self) -> int:
        return len(self.truth)


def told(subject: Subject, rows: pd.DataFrame, labels: pd.Series, most: int | None = None) -> Told:
    """Of the rows that have a label, ``most`` of them at most. Raises ModelError, ScoreError or NotTheRows."""
    known = np.flatnonzero(labels.notna().to_numpy())
    places = known if most is None or len(known) <= most else known[np.linspace(0, len(known) - 1, most).astype(int)]
    rows, labels = rows.iloc[places].reset_index(drop=True), labels.iloc[places].reset_index(drop=True)
    truth, answers = truth_and_answers(subject, subject.answers(rows), labels)
    return Told(subject.task, subject.scored_classes, truth, answers, len(known))


def differences(ours: Told, theirs: Told, seed: int) -> Iterator[Measure]:
    """Ours less theirs, of each score, over the same resamples of the same rows. Raises ScoreError where the two were
    not asked for the same."""
    if ours.task is not theirs.task or not np.array_equal(ours.truth, theirs.truth):
        raise ScoreError(_unlike(ours, theirs))
    for name, interval in with_differences(ours.task, ours.truth, ours.answers, theirs.answers, seed=seed).items():
        yield Measure.of(name, interval, rows=len(ours))


def in_order(theirs: Told, ours: Told) -> Told:
    """Theirs with its classes in the order of ours, as where a person chose the other one of two; as they are where the
    classes are others."""
    if theirs.classes == ours.classes or {*theirs.classes} != {*ours.classes} or theirs.task is not ours.task:
        return theirs
    places = np.array([theirs.classes.index(label) for label in ours.classes])
    truth = np.argsort(places)[theirs.truth]
    answers = 1 - theirs.answers if ours.task is Task.BINARY else theirs.answers[:, places]
    return replace(theirs, classes=ours.classes, truth=truth, answers=answers)


def _unlike(ours: Told, theirs: Told) -> str:
    if ours.task is not theirs.task:
        return f"it is asked for {theirs.task}, this one for {ours.task}"
    if ours.classes != theirs.classes:
        return f"it tells {quoted(theirs.classes)} apart, this one {quoted(ours.classes)}"
    return "its outcomes are not those of this one"
