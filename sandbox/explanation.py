"""What a model's process says of how each feature moved the model's answers: anybody's numbers, of known shape."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from sandbox.description import MOST
from sandbox.errors import plain

METHODS = ("TreeExplainer", "permutation")
KINDS = ("probability", "margin", "prediction", "label")
"""What was explained: the probability of a class, its margin (log-odds; what boosters add up), the number that is
predicted, or whether the predicted label stays (1) or not (0)."""

NO_CLASS = -1
BESIDE = 3
"""Columns of the table beside the features'."""


@dataclass(frozen=True)
class Explanation:
    """Shapley values: of each row, ``base`` and its values add up to ``output``, as far as the method is exact.

    values: shape (rows_used, columns). base, output, classes: shape (rows_used,). classes: place of the class that is
    explained among those of ``predict_proba``, of two the second one, of several the one that is predicted; NO_CLASS
    where a number or a label is. kind: one of ``KINDS``. columns: as the rows call them. method: one of ``METHODS``;
    why: it is not TreeExplainer. background: rows that stood for a feature that is not known; 0 where the trees know
    themselves. rows_used: the first ones of those that were sent, fewer than all where the budget was over."""

    values: np.ndarray
    base: np.ndarray
    output: np.ndarray
    classes: np.ndarray
    kind: str
    columns: tuple[str, ...]
    method: str
    why: str
    background: int
    rows_used: int
    seconds: float

    @property
    def gaps(self) -> np.ndarray:
        """By how much base and values miss the output of each row."""
        missed: np.ndarray = np.abs(self.base + self.values.sum(axis=1) - self.output)
        return missed

    def of_class(self, place: int) -> Self:
        """The same told of one class, of two: what moves a row towards one moves it away from the other by as much.
        place: of that class, 0 or 1. Of what is no probability and no margin of two classes it is what it was."""
        others = self.classes != place
        if self.kind not in ("probability", "margin") or not others.any() or not {*self.classes.tolist()} <= {0, 1}:
            return self
        whole = 1.0 if self.kind == "probability" else 0.0
        return replace(
            self,
            values=np.where(others[:, None], -self.values, self.values),
            base=np.where(others, whole - self.base, self.base),
            output=np.where(others, whole - self.output, self.output),
            classes=np.full_like(self.classes, place),
        )


def parsed(words: dict[str, Any], table: np.ndarray, known: Sequence[str], seconds: float) -> Explanation:
    """From the answer of a child that holds the model. known: columns of the rows that were sent. Raises ValueError,
    TypeError or KeyError where it is no explanation of those."""
    columns = words["columns"]
    if not isinstance(columns, list) or len(columns) != table.shape[1] - BESIDE or not set(columns) <= set(known):
        raise ValueError("got values of other columns than were sent")
    if not columns or len(set(columns)) < len(columns):
        raise ValueError("got a column twice, or none")
    if table.dtype.kind != "f" or not np.isfinite(table).all():
        raise ValueError("got values that are no finite numbers")
    classes, background = table[:, -1], words["background"]
    if ((classes < NO_CLASS) | (classes >= MOST) | (classes % 1 != 0)).any():
        raise ValueError("got classes that are no places")
    if isinstance(background, bool) or not isinstance(background, int) or background < 0:
        raise ValueError("got no count of rows")
    return Explanation(
        values=table[:, :-BESIDE],
        base=table[:, -3],
        output=table[:, -2],
        classes=classes.astype(int),
        kind=_one_of(words["kind"], KINDS),
        columns=tuple(columns),
        method=_one_of(words["method"], METHODS),
        why=plain(words["why"]),
        background=background,
        rows_used=len(table),
        seconds=seconds,
    )


def _one_of(value: Any, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(f"got none of {', '.join(known)}")
    return str(value)
