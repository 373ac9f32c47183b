"""Shapley values of any model, by walks: from a row of the background to the row that is explained one feature is
changed after the other, in a random order and back in the reverse one, and what each change does is its feature's part
(Štrumbelj & Kononenko, *Explaining prediction models and individual predictions with feature contributions*, 2014).

The parts of each walk add up, so those of a row always do. Features that act alone or in pairs get their exact values
from any order; of three and more that act together, each row of the background brings an order of its own.

shap's PermutationExplainer takes one order for the whole background, compiles itself anew in every process, and knows
no budget. Each cell here is taken from one of two rows, so that text, times and categories stay what they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from sandbox.child.align import Refused
from sandbox.child.explaining.parts import Parts

Function = Callable[[pd.DataFrame, np.ndarray], np.ndarray]
"""From rows, and of which explained row each of them is a variant, to one number for each."""

CELLS = 2_000_000
"""Of the tables that a model is asked about at once."""

MOST_RANKS = 50_000_000
"""Of all walks, each feature's: two bytes."""

FEWEST_BACKGROUND, FEWEST_ROWS = 5, 20
"""A slow model is asked with less background, down to so many rows, for the sake of so many explanations."""


@dataclass(frozen=True)
class _Walks:
    """All that are to be made. ranks: when each feature is changed, shape (walks, features). Walk number w is that of
    the row w // background, and begins at ``starts[w % background]``."""

    rows: pd.DataFrame
    starts: np.ndarray
    ranks: np.ndarray

    @property
    def steps(self) -> int:
        """Rows that the model is asked about for one walk: there and back, with both ends once."""
        return 2 * self.rows.shape[1]


def walked(function: Function, rows: pd.DataFrame, background: int, ends: float, seed: int) -> Parts:
    """Of as many rows, from the first on, as there is time for. function: see there. background: at most so many of the
    rows. ends: when, by ``perf_counter``. Classes and kind are the caller's. Raises Refused where not one is done."""
    pace = _pace(function, rows, ends)
    count = min(background, len(rows))
    affordable = int(0.8 * max(ends - perf_counter(), 0) / (pace * min(FEWEST_ROWS, len(rows))))
    count = max(min(count, FEWEST_BACKGROUND), min(count, affordable))
    if pace * count > ends - perf_counter():
        raise Refused(f"it is too slow to be explained: one row would take {pace * count:.1f} seconds")
    starts = np.linspace(0, len(rows) - 1, count).round().astype(int)
    explained = min(len(rows), max(1, MOST_RANKS // (count * rows.shape[1])))
    generator = np.random.default_rng(seed)
    orders = np.tile(np.arange(rows.shape[1], dtype="int16"), (explained * count, 1))
    walks = _Walks(rows, starts, generator.permuted(orders, axis=1))
    outputs = _asked(function, walks, pace, ends)
    return _parts(walks, outputs)


def _pace(function: Function, rows: pd.DataFrame, ends: float) -> float:
    """Seconds that the model takes for one walk, where it is asked about many at once: the best of a few calls with
    more and more of them, since others are at work on the machine too."""
    function(rows.iloc[:1], np.zeros(1, dtype=int))  # the first call is like no other
    first = perf_counter()
    budget, walks, paces = max(ends - first, 0.0), 1, list[float]()
    while walks <= _most(rows):
        places = np.arange(walks * 2 * rows.shape[1]) % len(rows)
        begun = perf_counter()
        function(_taken(rows, np.tile(places[:, None], rows.shape[1])), places)
        paces.append(max((perf_counter() - begun) / walks, 1e-9))
        spent = perf_counter() - first
        if spent > budget / 4 or (spent > budget / 10 and len(paces) > 2):
            break
        walks = 2 * walks if spent < budget / 10 else walks
    return min(paces)


def _most(rows: pd.DataFrame) -> int:
    """Walks at once."""
    return max(1, CELLS // (2 * rows.shape[1] ** 2))


def _asked(function: Function, walks: _Walks, pace: float, ends: float) -> np.ndarray:
    """What the model says along each walk that there was time for, whole rows of them: shape (walks, steps)."""
    found: list[np.ndarray] = []
    done, total = 0, len(walks.ranks)
    at_once = max(1, min(_most(walks.rows), int(max(ends - perf_counter(), 0) / 20 / pace)))
    while done < total and (perf_counter() + pace * at_once < ends or not done):
        part = slice(done, min(done + at_once, total))
        begun = perf_counter()
        found.append(_outputs(function, walks, part))
        pace = (perf_counter() - begun) / (part.stop - done)
        done = part.stop
    whole = done // len(walks.starts) * len(walks.starts)
    if not whole:
        raise Refused("it is too slow to be explained: the time was over before one row was done")
    outputs: np.ndarray = np.concatenate(found)[:whole]
    return outputs


def _outputs(function: Function, walks: _Walks, part: slice) -> np.ndarray:
    numbers = np.arange(part.start, part.stop)
    rows, starts = numbers // len(walks.starts), walks.starts[numbers % len(walks.starts)]
    changed = _changed(walks.ranks[part])
    places = np.where(changed, rows[:, None, None], starts[:, None, None]).reshape(-1, walks.rows.shape[1])
    found = function(_taken(walks.rows, places), np.repeat(rows, walks.steps))
    if not np.isfinite(found).all():
        raise Refused("it cannot be explained: its answers hold NaN or infinity")
    outputs: np.ndarray = found.reshape(-1, walks.steps)
    return outputs


def _changed(ranks: np.ndarray) -> np.ndarray:
    """Which features are those of the explained row, along each walk: none, one, ... all; then, in the reverse order,
    one, ... all but one. Shape (walks, steps, features)."""
    count = ranks.shape[1]
    there, back = np.arange(count + 1)[:, None], np.arange(1, count)[:, None]
    found: np.ndarray = np.concatenate([ranks[:, None] < there, ranks[:, None] >= count - back], axis=1)
    return found


def _taken(rows: pd.DataFrame, places: np.ndarray) -> pd.DataFrame:
    """A table each of whose cells is that of another row. places: of them, shape (new rows, columns)."""
    names, kinds = list(rows.columns), set(rows.dtypes)
    if kinds == {np.dtype(float)}:
        return pd.DataFrame(rows.to_numpy()[places, np.arange(len(names))], columns=names)
    columns = [rows.iloc[:, column].take(places[:, column]) for column in range(len(names))]
    return pd.DataFrame({name: column.array for name, column in zip(names, columns, strict=True)}, columns=names)


def _parts(walks: _Walks, outputs: np.ndarray) -> Parts:
    count, features = len(walks.starts), walks.rows.shape[1]
    first, last = outputs[:, :1], outputs[:, features : features + 1]
    there = np.diff(outputs[:, : features + 1], axis=1)
    back = np.diff(np.concatenate([first, outputs[:, features + 1 :], last], axis=1), axis=1)[:, ::-1]
    by_rank = (there + back) / 2
    by_feature = np.take_along_axis(by_rank, walks.ranks[: len(outputs)].astype(int), axis=1)
    rows = len(outputs) // count

    def mean(values: np.ndarray) -> Any:
        return values.reshape(rows, count, -1).mean(axis=1)

    return Parts(mean(by_feature), mean(first)[:, 0], mean(last)[:, 0], np.full(rows, -1), kind="", background=count)
