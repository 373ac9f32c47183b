"""How each feature moves a model's answer for each row: by its trees where it has some, else by asking the model."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from sandbox.child import answers, evidence
from sandbox.child.align import Refused
from sandbox.child.explaining import permutation, trees
from sandbox.child.explaining.origins import UntraceableError, origins
from sandbox.child.explaining.parts import LABEL, NO_CLASS, PREDICTION, PROBABILITY, Parts, chosen_class
from sandbox.child.explaining.trees import NotTreesError
from sandbox.wire import tables

TREES, WALKS = "TreeExplainer", "permutation"
BESIDE = 3
"""Columns of the answer's table beside the features': base, output and class."""

CELLS = 20_000_000
"""Of the rows as the trees take them."""


@dataclass(frozen=True)
class Asked:
    """rows: as the first of preprocessor and model takes them. prepared: what a preprocessor of its own file makes of
    them, with the names that the model knows. probabilities: of classes are explained, else what ``predict`` gives."""

    model: Any
    preprocessor: Any | None
    rows: pd.DataFrame
    prepared: Callable[[pd.DataFrame], Any]
    probabilities: bool
    classifies: bool


def explained(asked: Asked, *, budget_s: float, background: int, seed: int) -> tuple[dict[str, Any], np.ndarray]:
    """What is said of it, and the table: a column for each of the rows' columns, then base, output and class."""
    if not 0 < asked.rows.shape[1] <= tables.MOST_COLUMNS - BESIDE:
        raise Refused(f"got {asked.rows.shape[1]:,} columns, at most {tables.MOST_COLUMNS - BESIDE} are explained")
    if not len(asked.rows):
        raise Refused("got no rows to explain")
    last = answers.innermost(asked.model)
    why, ends = trees.unfit(last), perf_counter() + budget_s
    parts = None
    if not why:
        try:
            parts = _of_trees(asked, last, ends)
        except (NotTreesError, UntraceableError) as error:
            why = str(error)
    parts = parts or _of_walks(asked, ends, background, seed)
    method = WALKS if why else TREES
    words = {"method": method, "why": why, "kind": parts.kind, "background": parts.background}
    return words, np.column_stack([parts.values, parts.base, parts.output, parts.classes])


def _of_trees(asked: Asked, last: Any, ends: float) -> Parts:
    """last: what the model's pipeline ends in."""
    sources = _prepared_sources(asked)
    shown = asked.prepared(asked.rows)
    for step in _steps(asked.model):
        made = origins(step, len(sources))
        sources = [sources[place] for place in made]
        shown = step.transform(shown) if step not in (None, "passthrough") else shown
    if len(asked.rows) * len(sources) > CELLS or shown.shape[1] != len(sources):
        raise UntraceableError(f"its trees take {shown.shape[1]:,} columns")
    dense = shown.toarray() if hasattr(shown, "toarray") else shown
    parts = trees.of(last, dense, classifies=asked.classifies, ends=ends)
    return parts.summed(sources, asked.rows.shape[1])


def _prepared_sources(asked: Asked) -> list[int]:
    """Of each column that the model is given, the place among the rows' columns."""
    if asked.preprocessor is None:
        return list(range(asked.rows.shape[1]))
    found = origins(asked.preprocessor, asked.rows.shape[1])
    wanted = evidence.names_of(asked.model)
    try:
        made = [str(name) for name in asked.preprocessor.get_feature_names_out()]
    except (AttributeError, ValueError):
        return found
    if wanted is not None and set(wanted) <= set(made):  # as align.renamed orders them
        return [found[made.index(name)] for name in wanted]
    return found


def _steps(model: Any) -> list[Any]:
    """What comes before the last of a pipeline, and of what a search has found."""
    if hasattr(model, "steps"):
        return [*(step for _, step in model.steps[:-1]), *_steps(model.steps[-1][1])]
    inner = getattr(model, "best_estimator_", None)
    return [] if inner is None else _steps(inner)


def _of_walks(asked: Asked, ends: float, background: int, seed: int) -> Parts:
    function, classes, kind = _function(asked)
    parts = permutation.walked(function, asked.rows, background, ends, seed)
    return replace(parts, classes=classes[: len(parts.values)], kind=kind)


def _function(asked: Asked) -> tuple[permutation.Function, np.ndarray, str]:
    """What is explained, which class of each row that is, and what kind of number."""
    count = len(asked.rows)
    if asked.probabilities:

        def told(rows: pd.DataFrame) -> np.ndarray:
            return _whole(np.asarray(answers.probabilities(asked.model, asked.prepared(rows)), dtype=float), len(rows))

        classes = chosen_class(told(asked.rows))
        return lambda rows, places: told(rows)[np.arange(len(rows)), classes[places]], classes, PROBABILITY

    def predicted(rows: pd.DataFrame) -> np.ndarray:
        found = _whole(answers.predictions(asked.model, asked.prepared(rows)), len(rows))
        if found.shape[1] > 1:
            raise Refused(f"it predicts {found.shape[1]} numbers for each row, and one can be explained")
        column: np.ndarray = found[:, 0]
        return column

    first, none = predicted(asked.rows), np.full(count, NO_CLASS)
    if not asked.classifies and first.dtype.kind in "iuf":
        return lambda rows, _: predicted(rows).astype(float), none, PREDICTION
    return lambda rows, places: (predicted(rows) == first[places]).astype(float), none, LABEL


def _whole(found: np.ndarray, count: int) -> np.ndarray:
    if found.shape[:1] != (count,) or found.ndim > 2 or found.size == 0:
        raise Refused(f"got answers of shape {found.shape} for {count} rows")
    return found.reshape(count, -1)
