"""How close synthetic rows are to the sample: whether a model can tell them apart, and how far each column is off."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from batch_zero.text import quoted
from testbench.schema.detect import plain
from testbench.schema.errors import SchemaError
from testbench.schema.values import kind_of, ranks

FOLDS = 5
FEWEST_ROWS = 50
"""On each side, for a model to learn anything from."""

MOST_ROWS = 2_000
TREES = 60
LEAF = 5
NORMAL_95 = 1.959964


@dataclass(frozen=True)
class ColumnDistance:
    """distance: 0 (the same) to 1. Of amounts, the largest difference of the two cumulative distributions
    (Kolmogorov–Smirnov); of classes and texts, half the sum of the differences of their shares (total variation). A
    missing value is the least amount, or a class."""

    column: str
    distance: float


@dataclass(frozen=True)
class Closeness:
    """auc: of a forest that tells synthetic rows from the sample's, cross-validated: 0.5 where it cannot, 1 where it
    always can; below 0.5 where the synthetic rows follow the sample's own too closely. low, high: its 95 % interval.
    All three are None where there are too few rows to tell."""

    auc: float | None
    low: float | None
    high: float | None
    columns: tuple[ColumnDistance, ...]
    rows: tuple[int, int]
    """Of the sample and of the synthetic ones, that the forest has seen."""


def closeness(sample: pd.DataFrame, synthetic: pd.DataFrame, seed: int) -> Closeness:
    """Raises SchemaError or DriftError for tables without rows, or of different columns."""
    left, right = plain(sample, "sample"), plain(synthetic, "synthetic table")
    if set(left.columns) != set(right.columns):
        odd = sorted(set(left.columns) ^ set(right.columns))
        raise SchemaError(f"sample and synthetic rows have different columns: one of them lacks {quoted(odd)}")
    rng = np.random.default_rng(seed)
    left, right = (_at_most(side, rng) for side in (left, right))
    is_new = np.repeat([False, True], [len(left), len(right)])
    found = {str(name): _ranks(left[name], right[name]) for name in left}
    distances = tuple(
        ColumnDistance(name, _distance(places[~is_new], places[is_new], counts=counts))
        for name, (places, counts) in found.items()
    )
    auc, low, high = _told_apart(np.column_stack([places for places, _ in found.values()]), is_new, seed)
    return Closeness(auc, low, high, distances, (len(left), len(right)))


def _at_most(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return frame if len(frame) <= MOST_ROWS else frame.iloc[np.sort(rng.choice(len(frame), MOST_ROWS, replace=False))]


def _ranks(left: pd.Series, right: pd.Series) -> tuple[np.ndarray, bool]:
    """Of both sides among each other, which is all that trees go by; and whether they are amounts."""
    kind = kind_of(left)
    kind_of(right)
    both = pd.concat([left, right], ignore_index=True)
    return ranks(both, kind), kind.counts


def _distance(left: np.ndarray, right: np.ndarray, *, counts: bool) -> float:
    most = max(left.max(), right.max()) + 2
    apart = np.bincount(left + 1, minlength=most) / len(left) - np.bincount(right + 1, minlength=most) / len(right)
    return float(np.abs(np.cumsum(apart)).max() if counts else np.abs(apart).sum() / 2)


def _told_apart(places: np.ndarray, is_new: np.ndarray, seed: int) -> tuple[float, float, float] | tuple[None, ...]:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    if min(is_new.sum(), (~is_new).sum()) < FEWEST_ROWS:
        return None, None, None
    forest = RandomForestClassifier(TREES, min_samples_leaf=LEAF, random_state=seed % 2**32)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed % 2**32)
    chance = cross_val_predict(forest, places, is_new, cv=folds, method="predict_proba")[:, 1]
    return _auc(chance[is_new], chance[~is_new])


def _auc(positive: np.ndarray, negative: np.ndarray) -> tuple[float, float, float]:
    """With its interval by DeLong, DeLong and Clarke-Pearson (1988)."""
    from scipy.stats import rankdata

    m, n = len(positive), len(negative)
    together = rankdata(np.concatenate([positive, negative]))
    above = (together[:m] - rankdata(positive)) / n  # share of the negative ones below each positive one
    below = 1 - (together[m:] - rankdata(negative)) / m
    auc = float(above.mean())
    half = NORMAL_95 * float(np.sqrt(above.var(ddof=1) / m + below.var(ddof=1) / n))
    return auc, max(0.0, auc - half), min(1.0, auc + half)
