"""Where a model is weakest: parts of the data, by one feature or two, whose loss is greater than elsewhere, beyond what
looking at so many parts would find by chance."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import erfc, sqrt

import numpy as np
import pandas as pd

from batch_zero import formats
from batch_zero.text import shortened
from metrics.tasks import Task
from testbench.findings import Table

LEAST_ROWS, LEAST_SHARE = 30, 0.02
PARTS = 4
"""Of a numerical feature, by its quartiles; of a categorical one, the most frequent categories."""

MOST_FEATURES = 12
"""Pairs are formed of the features by which the loss differs most."""

SHOWN = 10
MOST_LOSS = 10.0
"""Of one row: that it was plainly wrong makes no slice."""

CHANCE = 0.05


@dataclass(frozen=True)
class Weakest:
    table: Table
    note: str


@dataclass(frozen=True)
class _Slice:
    name: str
    rows: int
    loss: float
    elsewhere: float
    p: float


def losses(task: Task, truth: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Of each row: the log loss of a classifier, the absolute error of a regression."""
    if task is Task.REGRESSION:
        errors: np.ndarray = np.abs(told - truth)
        return errors
    chance = np.where(truth == 1, told, 1 - told) if task is Task.BINARY else told[np.arange(len(truth)), truth]
    found: np.ndarray = np.minimum(-np.log(np.clip(chance, np.finfo(float).eps, 1.0)), MOST_LOSS)
    return found


def weakest(rows: pd.DataFrame, loss: np.ndarray) -> Weakest:
    """A slice is told where its mean loss is above that of the other rows by Welch's test, one-sided, at 5 % divided by
    the number of slices that were looked at (Bonferroni)."""
    least = max(LEAST_ROWS, int(LEAST_SHARE * len(rows)))
    parts = {str(name): list(_parts(rows[name])) for name in rows.columns}
    single = [found for name in parts for found in _of(parts[name], loss, least)]
    order = sorted(parts, key=lambda name: min((one.p for one in _of(parts[name], loss, least)), default=1.0))
    pairs = [
        found
        for one, other in combinations(order[:MOST_FEATURES], 2)
        for found in _of(_crossed(parts[one], parts[other]), loss, least)
    ]
    looked_at = [*single, *pairs]
    limit = CHANCE / max(len(looked_at), 1)
    weak = sorted((one for one in looked_at if one.p < limit), key=lambda one: one.elsewhere - one.loss)
    table = Table(
        "Weakest slices",
        ("Slice", "Rows", "Mean loss", "Elsewhere", "p"),
        tuple((one.name, one.rows, one.loss, one.elsewhere, one.p) for one in weak[:SHOWN]),
    )
    return Weakest(table, _note(weak, len(looked_at), least))


def _note(weak: list["_Slice"], looked_at: int, least: int) -> str:
    if not looked_at:
        return f"where it is weakest is not known: no part of the rows has {least} of them, beside the others"
    many = f"{formats.counted(looked_at, 'slice')} of at least {least} rows were looked at"
    beyond = f"beyond chance (p < 0.05 / {looked_at})"
    if not weak:
        return f"{many}; none of them loses more than the rest {beyond}"
    return f"{many}; {len(weak)} of them lose more than the rest {beyond}, most of all {shortened(weak[0].name, 100)}"


Part = tuple[str, np.ndarray]
"""A name, and which rows."""


def _parts(column: pd.Series) -> Iterator[Part]:
    name = shortened(str(column.name))
    if column.isna().any():
        yield f"{name} missing", column.isna().to_numpy()
    if pd.api.types.is_numeric_dtype(column.dtype) and column.nunique() > PARTS:
        numbers = column.to_numpy(dtype=float, na_value=np.nan)
        edges = np.unique(np.nanquantile(numbers, np.linspace(0, 1, PARTS + 1)))
        for place, (low, high) in enumerate(pairwise(edges)):
            below = numbers <= high if place == len(edges) - 2 else numbers < high
            yield f"{name} {low:.4g} to {high:.4g}", (numbers >= low) & below
        return
    for value in column.value_counts().index[: 2 * PARTS]:
        yield f"{name} = {shortened(str(value))}", (column == value).fillna(False).to_numpy(dtype=bool)


def _crossed(one: list[Part], other: list[Part]) -> Iterator[Part]:
    for first, rows in one:
        for second, more in other:
            yield f"{first}, {second}", rows & more


def _of(parts: Iterator[Part] | list[Part], loss: np.ndarray, least: int) -> Iterator[_Slice]:
    middle, count = loss.mean(), len(loss)
    loss = loss - middle  # squares of large numbers that lie close leave no digits for their variance
    total, squares = loss.sum(), (loss**2).sum()
    for name, rows in parts:
        inside = int(rows.sum())
        outside = count - inside
        if inside < least or outside < least:
            continue
        part, part_squares = loss[rows].sum(), (loss[rows] ** 2).sum()
        mean, elsewhere = part / inside, (total - part) / outside
        spread = _variance(part, part_squares, inside) / inside
        spread += _variance(total - part, squares - part_squares, outside) / outside
        z = (mean - elsewhere) / sqrt(spread) if spread > 0 else 0.0
        yield _Slice(name, inside, float(mean + middle), float(elsewhere + middle), 0.5 * erfc(z / sqrt(2)))


def _variance(total: float, squares: float, count: int) -> float:
    return max(0.0, (squares - total**2 / count) / (count - 1))
