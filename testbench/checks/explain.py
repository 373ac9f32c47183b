"""Which features move a model's answers, and how: Shapley values of rows of the data, from the model's own process."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from batch_zero import formats
from batch_zero.text import shortened
from metrics import intervals
from metrics.tasks import Task
from sandbox.errors import ModelError
from sandbox.explanation import NO_CLASS, Explanation
from testbench.findings import Finding, Measure, State, Table
from testbench.subject import Subject

NAME = "explainability"
SHOWN = 20
"""Features whose values are told row by row, the most important ones."""

STEPS = 12
"""Of a waterfall; what the other features add is put together."""

TOP, FEWEST_HALF = 10, 5
"""Features whose order is compared between two halves of the rows, of so many rows each at least."""

OTHERS = "All other features"


@dataclass(frozen=True)
class ExplainSettings:
    """rows: that are explained at most, drawn at random. budget_s: seconds for them. background: rows that stand for a
    feature that is not known. row: place in the data of the one that is told alone."""

    rows: int = 200
    budget_s: float = 5.0
    background: int = 50
    row: int = 0


@dataclass(frozen=True)
class _Explained:
    """numbers: the rows' places in the data. rows: they themselves, with names that are text. words: what is explained;
    of_row: of the one that is told alone. order: places of the features, the most important first."""

    found: Explanation
    numbers: np.ndarray
    rows: pd.DataFrame
    words: str
    of_row: str

    @property
    def importance(self) -> np.ndarray:
        return np.asarray(np.abs(self.found.values).mean(axis=0))

    @property
    def order(self) -> np.ndarray:
        return np.argsort(-self.importance, kind="stable")


def explain(subject: Subject, rows: pd.DataFrame, settings: ExplainSettings, seed: int) -> Finding:
    """rows: as the model takes them."""
    if not len(rows):
        return Finding(NAME, State.SKIPPED, "There are no rows to explain.")
    numbers = _drawn(len(rows), settings, seed)
    chosen = rows.iloc[numbers].reset_index(drop=True)
    try:
        found = subject.session.explain(
            chosen,
            ask=subject.ask,
            budget_s=settings.budget_s,
            background=settings.background,
            seed=seed,
            in_order=subject.in_order,
        )
    except ModelError as error:
        return Finding(NAME, State.FAILED, f"The model's answers could not be explained: {error}")
    if subject.task is Task.BINARY:
        found = found.of_class(subject.positive)
    named = chosen.set_axis([str(name) for name in chosen.columns], axis=1)
    words = _explained_words(subject, found, found.classes), _explained_words(subject, found, found.classes[:1])
    explained = _Explained(found, numbers[: found.rows_used], named, *words)
    held = _order_held(found.values, explained.order)
    return Finding(
        NAME,
        State.DONE,
        _sentence(explained),
        tuple(_measures(explained, held)),
        (_importance(explained, seed), _values(explained), _waterfall(explained)),
        (*_of_another_row(settings.row, len(rows)), *_notes(explained, len(numbers), held)),
        found.seconds,
    )


def _drawn(count: int, settings: ExplainSettings, seed: int) -> np.ndarray:
    """The row that is told alone first, for which there is time in any case."""
    row = min(max(settings.row, 0), count - 1)
    others = np.delete(np.arange(count), row)
    drawn = np.random.default_rng(seed).permutation(others)[: max(settings.rows, 1) - 1]
    return np.concatenate([[row], drawn]).astype(int)


def _of_another_row(row: int, count: int) -> Iterator[str]:
    if row >= count:
        yield f"row {row + 1:,} was to be told alone, and there are {count:,}: the last one is"


def _explained_words(subject: Subject, found: Explanation, classes: np.ndarray) -> str:
    """What the values add up to. classes: of the rows that are meant."""
    if found.kind == "label":
        return "whether the predicted label stays"
    if (found.classes == NO_CLASS).all():
        return "the prediction" if found.kind == "prediction" else "what the trees add up, before the link function"
    quantity = "the probability" if found.kind == "probability" else "the log-odds"
    places = {*classes.tolist()}
    if len(places) > 1 or (len(subject.classes) > 2 and len(classes) > 1):
        return f"{quantity} of the class that is predicted"
    (place,) = places
    name = subject.classes[place] if 0 <= place < len(subject.classes) else place
    return f"{quantity} of the class {shortened(str(name))!r}"


def _sentence(explained: _Explained) -> str:
    importance, columns = explained.importance, explained.found.columns
    on = f"on {formats.counted(explained.found.rows_used, 'row')}"
    if not importance.any():
        return f"No feature moves {explained.words} {on}."
    first = [place for place in explained.order[:3] if importance[place] > 0]
    named = [f"{shortened(columns[place])} ({formats.score(importance[place], None)})" for place in first]
    return f"What moves {explained.words} most {on}, by mean |SHAP|: {formats.listed(named)}."


def _measures(explained: _Explained, held: float | None) -> Iterator[Measure]:
    found = explained.found
    yield Measure("explained_rows", float(found.rows_used))
    yield Measure("additivity_error", float(found.gaps.max()))
    if held is not None:
        yield Measure("importance_order", held, rows=found.rows_used)


def _importance(explained: _Explained, seed: int) -> Table:
    sizes, columns = np.abs(explained.found.values), explained.found.columns

    def weighted(weights: np.ndarray) -> dict[str, np.ndarray]:
        means = weights @ sizes / weights.sum(axis=1, keepdims=True)
        return dict(zip(columns, means.T, strict=True))

    spans = intervals.of(weighted, len(sizes), seed=seed)
    rows = [(columns[place], spans[columns[place]]) for place in explained.order]
    return Table(
        "Importance",
        ("Feature", "Mean |SHAP|", "low", "high"),
        tuple((name, span.value, span.low, span.high) for name, span in rows),
        chart="importance",
    )


def _values(explained: _Explained) -> Table:
    """A row for each row of the data and feature."""
    found = explained.found
    rows = tuple(
        (int(number) + 1, found.columns[place], _cell(explained, row, place), float(found.values[row, place]))
        for place in explained.order[:SHOWN]
        for row, number in enumerate(explained.numbers)
    )
    return Table("SHAP values", ("Row", "Feature", "Value", "SHAP value"), rows, chart="beeswarm")


def _waterfall(explained: _Explained) -> Table:
    """Of the chosen row: from the base, one feature after the other, to the output."""
    values = explained.found.values[0]
    order = np.argsort(-np.abs(values), kind="stable")
    shown = order if len(order) <= STEPS else order[: STEPS - 1]
    steps: list[tuple[Any, ...]] = [("Base", None, float(explained.found.base[0]))]
    steps += [(explained.found.columns[place], _cell(explained, 0, place), float(values[place])) for place in shown]
    if len(shown) < len(order):
        steps.append((OTHERS, None, float(values[order[len(shown) :]].sum())))
    steps.append(("Output", None, float(explained.found.output[0])))
    name = f"Row {int(explained.numbers[0]) + 1:,}: {explained.of_row}"
    return Table(name, ("Feature", "Value", "SHAP value"), tuple(steps), chart="waterfall")


def _cell(explained: _Explained, row: int, place: int) -> Any:
    """A number, a text, or None for what is missing."""
    value = explained.rows[explained.found.columns[place]].iloc[row]
    if pd.isna(value):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | float | np.number):
        return float(value) if np.isfinite(value) else None
    return shortened(str(value))


def _order_held(values: np.ndarray, order: np.ndarray) -> float | None:
    """Spearman's rank correlation of the importance of the top features in two halves of the rows; None where there are
    too few of either."""
    top, middle = order[:TOP], len(values) // 2
    if len(top) < 3 or middle < FEWEST_HALF:
        return None
    halves = [np.abs(part[:, top]).mean(axis=0) for part in (values[:middle], values[middle:])]
    if any(np.ptp(half) == 0 for half in halves):
        return None
    one, other = (pd.Series(half).rank().to_numpy() for half in halves)
    return float(np.corrcoef(one, other)[0, 1])


def _notes(explained: _Explained, asked: int, held: float | None) -> Iterator[str]:
    found = explained.found
    yield _method(found)
    few = f" of {asked:,} that were to be, since the time was over" if found.rows_used < asked else ""
    yield f"{formats.counted(found.rows_used, 'row')} explained{few}, in {found.seconds:.1f} seconds"
    top = min(TOP, len(found.columns))
    if held is None:
        yield "whether the order of the features holds is not known: too few of them, or of rows, differ"
    else:
        yield f"the order of the first {top} features in two halves of the rows: rank correlation {held:.2f}"
    size = float(np.abs(found.output).max())
    yield f"base and SHAP values miss the model's own output by {found.gaps.max():.1e} at most, of up to {size:.3g}"


def _method(found: Explanation) -> str:
    if found.method == "TreeExplainer":
        summed = "of a column that the model's own pipeline encodes as several, the values are added up"
        return f"shap's TreeExplainer, on the trees of the model itself; {summed}"
    because = f", because {found.why}" if found.why else ""
    return (
        f"Shapley values from random walks between the row and {formats.counted(found.background, 'other row')} "
        f"of the data, feature by feature{because}"
    )
