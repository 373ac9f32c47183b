"""How good a model is on rows whose outcome is known: scores with intervals, calibration, confusions, each class."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from batch_zero import formats
from batch_zero.text import shortened
from metrics.classifier import CUTOFF, NotTheRows, ScoreError
from metrics.kinds import KNOWN
from metrics.tasks import Task, usual_scores
from metrics.weighted import with_intervals
from sandbox.errors import ModelError
from sandbox.labels import Label
from testbench.checks import slices
from testbench.checks.classes import not_classes, plain
from testbench.findings import Finding, Measure, State, Table
from testbench.subject import Answers, Gives, Subject

NAME = "quality"
BINS = 10
MOST_CLASSES = 30
"""Beyond, no confusion matrix is drawn."""

OF_PROBABILITIES = {"log_loss", "brier"}
"""Scores that say nothing of labels."""

OF_ONE_CLASS = ("f1", "precision", "recall")
"""Scores that say nothing of the other class, which may be the one that matters."""

OF_ORDER = {"auc", "pr_auc"}
"""Scores of how rows are ordered by their probability."""

OF_LABELS = "AUC is that of the labels, since the model gives no probabilities"


def quality(subject: Subject, rows: pd.DataFrame, labels: pd.Series | None, seed: int) -> Finding:
    """labels: the outcome of each row; None where it is not known."""
    if labels is None:
        return Finding(NAME, State.SKIPPED, "The data has no labels, so the quality of the model is not known.")
    known = labels.notna().to_numpy()
    if not known.any():
        return Finding(NAME, State.SKIPPED, "Every label is missing, so the quality of the model is not known.")
    rows, labels = rows[known].reset_index(drop=True), labels[known].reset_index(drop=True)
    try:
        answers = subject.answers(rows)
        truth, told = truth_and_answers(subject, answers, labels)
        measures = scored(subject, truth, told, seed)
    except (ModelError, NotTheRows) as error:
        return Finding(NAME, State.FAILED, f"The model could not be scored: {error}")
    except ScoreError as error:
        return Finding(NAME, State.SKIPPED, f"How good the model is cannot be told from these labels: {error}.")
    missing, losses = int((~known).sum()), slices.losses(subject.task, truth, told)
    weakest = slices.weakest(rows, losses)
    tables = [*_of_classes(subject, truth, told), weakest.table]
    left_out = (f"{formats.counted(missing, 'row')} without a label left out",) if missing else ()
    return Finding(
        NAME,
        State.DONE,
        _sentence(subject, measures, len(rows)),
        measures,
        tuple(tables),
        (*left_out, *_of_positive(subject), *_of_order(subject, measures), *_without_interval(measures), weakest.note),
    )


def truth_and_answers(subject: Subject, answers: Answers, labels: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """As ``metrics.tasks.score`` takes them. Raises ScoreError where the labels are not the model's,
    NotTheRows where its own answers are none of its classes."""
    if subject.task is Task.REGRESSION:
        numbers = pd.to_numeric(labels, errors="coerce")
        if numbers.isna().any():
            odd = str(labels[numbers.isna()].iloc[0])
            raise ScoreError(f"got {odd[:50]!r}, expected numbers, as the model predicts")
        return numbers.to_numpy(dtype=float), answers.scores
    classes = subject.scored_classes
    codes = _codes(labels, classes, "")
    if subject.gives is Gives.LABELS:
        answered = _codes(pd.Series(answers.labels), classes, "its answers: ", NotTheRows)
        told = np.eye(len(classes))[answered]
    else:
        told = answers.values.astype(float)[:, :: -1 if classes != subject.classes else 1]
    return codes, told[:, 1] if subject.task is Task.BINARY else told


def _codes(
    labels: pd.Series, classes: tuple[Label, ...], what: str, error: type[ScoreError] = ScoreError
) -> np.ndarray:
    """what: in the sentence, of that which is none."""
    places = {plain(label): place for place, label in enumerate(classes)}
    found = labels.map(lambda label: places.get(plain(label), -1)).to_numpy(dtype=int)
    if (found < 0).any():
        raise error(f"{what}{not_classes(labels, classes)}")
    return found


def scored(subject: Subject, truth: np.ndarray, told: np.ndarray, seed: int) -> tuple[Measure, ...]:
    """Raises ScoreError."""
    found = with_intervals(subject.task, truth, told, seed=seed)
    without = OF_PROBABILITIES if subject.gives is Gives.LABELS else set()
    if subject.broken_probabilities:
        without = without | OF_ORDER
    return tuple(
        replace(Measure.of(name, interval, rows=len(truth)), about=_about(subject, name))
        for name, interval in found.items()
        if name not in without
    )


def _about(subject: Subject, name: str) -> str:
    """What a score is of: of one class of two, or of all; and what counts as predicted."""
    if subject.task is Task.MULTICLASS:
        return "mean of all classes" if name in ("auc", "pr_auc", *OF_ONE_CLASS) else ""
    if subject.task is Task.REGRESSION:
        return ""
    cutoff = f"cutoff {CUTOFF:g}" if subject.gives is Gives.PROBABILITIES else ""
    if name == "pr_auc":
        return f"class {_positive(subject)}"
    if name in OF_ONE_CLASS:
        return ", ".join(filter(None, (f"class {_positive(subject)}", cutoff)))
    return cutoff if name in ("accuracy", "balanced_accuracy") else ""


def _positive(subject: Subject) -> str:
    return repr(shortened(str(subject.scored_classes[-1])))


def _of_positive(subject: Subject) -> Iterator[str]:
    if subject.task is not Task.BINARY:
        return
    other = repr(shortened(str(subject.scored_classes[0])))
    yield (
        f"F1, precision, recall, PR-AUC and calibration are of the class {_positive(subject)}; those of {other} are in "
        "the table Each class, and the setting positive scores by it"
    )


def _of_order(subject: Subject, measures: tuple[Measure, ...]) -> Iterator[str]:
    """What AUC is of, where it is not of probabilities."""
    if broken := subject.broken_probabilities:
        yield f"AUC is not known: {broken}"
    elif subject.gives is Gives.LABELS and any(one.name == "auc" for one in measures):
        yield OF_LABELS


def _without_interval(measures: tuple[Measure, ...]) -> Iterator[str]:
    words = [KNOWN[one.name].word for one in measures if one.low is None or one.high is None]
    if words:
        why = "drawn again and again, these rows give the same value each time, or mostly none"
        yield f"no interval is known of {formats.listed(words)}: {why}"


def _sentence(subject: Subject, measures: tuple[Measure, ...], rows: int) -> str:
    """Those of one class apart, with its name and what counts as predicted."""
    found = {measure.name: measure for measure in measures}
    shown = [found[score.name] for score in usual_scores(subject.task).shown if score.name in found]
    of_one = [one for one in shown if subject.task is Task.BINARY and one.name in OF_ONE_CLASS]
    rest = formats.listed([_in_words(one) for one in shown if one not in of_one])
    means = ", means of all classes" if subject.task is Task.MULTICLASS else ""
    early = f"On {formats.counted(rows, 'row')} with labels{means}: {rest}"
    if not of_one:
        return f"{early}."
    predicted = f", predicted from a probability of {CUTOFF:g} on" if subject.gives is Gives.PROBABILITIES else ""
    of_class = f"of the class {_positive(subject)}{predicted}"
    scores = formats.listed([_in_words(one) for one in of_one])
    return f"{early}{'; ' if rest else ''}{of_class}: {scores}."


def _in_words(measure: Measure) -> str:
    score = KNOWN[measure.name]
    span = "" if measure.low is None else f" ({score.text(measure.low)} to {score.text(measure.high)})"
    return f"{score.word} {score.text(measure.value)}{span}"


def _of_classes(subject: Subject, truth: np.ndarray, told: np.ndarray) -> Iterator[Table]:
    if subject.task is Task.REGRESSION:
        yield _residuals(truth, told)
        return
    predicted = (told >= CUTOFF).astype(int) if subject.task is Task.BINARY else told.argmax(axis=1)
    names = [str(label) for label in subject.scored_classes]
    if len(names) <= MOST_CLASSES:
        counts = np.zeros((len(names), len(names)), dtype=int)
        np.add.at(counts, (truth, predicted), 1)
        rows = tuple((name, *map(int, row)) for name, row in zip(names, counts, strict=True))
        yield Table("Confusion matrix", ("True class", *names), rows, chart="confusion")
    yield _each_class(names, truth, predicted)
    if subject.task is Task.BINARY and subject.gives is Gives.PROBABILITIES:
        yield _calibration(truth, told)


def _each_class(names: list[str], truth: np.ndarray, predicted: np.ndarray) -> Table:
    from sklearn.metrics import precision_recall_fscore_support

    parts = precision_recall_fscore_support(truth, predicted, labels=range(len(names)), zero_division=0.0)
    rows = tuple(
        (name, float(precision), float(recall), float(f1), int(count))
        for name, precision, recall, f1, count in zip(names, *parts, strict=True)
    )
    return Table("Each class", ("Class", "Precision", "Recall", "F1", "Rows"), rows)


def _calibration(truth: np.ndarray, chance: np.ndarray) -> Table:
    """Rows of about equal number by their probability, equal ones together: what was said beside what came."""
    order = np.argsort(chance, kind="stable")
    ordered = chance[order]
    begun = np.linspace(0, len(order), min(BINS, len(order)), endpoint=False).astype(int)
    parts = np.split(order, np.unique(np.searchsorted(ordered, ordered[begun]))[1:])
    rows = tuple((float(chance[part].mean()), float(truth[part].mean()), len(part)) for part in parts)
    return Table("Calibration", ("Predicted share", "True share", "Rows"), rows, chart="calibration")


def _residuals(truth: np.ndarray, told: np.ndarray) -> Table:
    errors = told - truth
    shares = (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)
    rows = tuple((f"{share:.0%}", float(np.quantile(errors, share))) for share in shares)
    return Table("Errors", ("Share of rows below", "Predicted minus true"), rows)
