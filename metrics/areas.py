"""How sure an AUC is, and the difference of two on the same rows, without drawing anything.

The estimate of the variance is that of DeLong, DeLong and Clarke-Pearson (*Comparing the areas under two or more
correlated receiver operating characteristic curves*, 1988); where rows belong to groups, that of Obuchowski
(*Nonparametric analysis of clustered ROC curve data*, 1997), of which the first is the case of one row a group. Where
only an AUC and the numbers of rows are known, Hanley and McNeil (*The meaning and use of the area under a ROC curve*,
1982) tell about how far it scatters.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from metrics.classifier import checked
from metrics.intervals import LEVEL, Interval, of_one_value


@dataclass(frozen=True)
class Areas:
    """values: shape (models,). covariance: shape (models, models). pairs: as many as share no row, of a positive and a
    negative."""

    values: np.ndarray
    covariance: np.ndarray
    pairs: int

    def interval(self, model: int = 0) -> Interval:
        """On the scale of log-odds, which keeps it between 0 and 1 (Pepe, *The Statistical Evaluation of Medical
        Tests*, chapter 5.2.4)."""
        return _between_0_and_1(float(self.values[model]), float(self.covariance[model, model]), self.pairs)

    def difference(self, model: int, other: int) -> Interval:
        """``model`` less ``other``. Not known where both answer alike, or each as well as can be."""
        value, sides = float(self.values[model] - self.values[other]), np.zeros(len(self.values))
        sides[model] += 1
        sides[other] -= 1
        variance = float(sides @ self.covariance @ sides)
        if not variance > 0:
            return Interval(value)
        reach = _normal() * math.sqrt(variance)
        return Interval(value, max(-1.0, value - reach), min(1.0, value + reach))


def areas(target: ArrayLike, chances: ArrayLike, groups: ArrayLike | None = None) -> Areas:
    """target: 0 and 1, shape (rows,). chances: of the 1, shape (models, rows). groups: whose rows depend on each other,
    shape (rows,). Raises ScoreError as ``metrics.classifier.score`` does.

    >>> found = areas([0, 0, 1, 1], [[0.1, 0.4, 0.35, 0.8]])
    >>> float(found.values[0]), round(float(found.covariance[0, 0]), 4)
    (0.75, 0.125)
    """
    table = np.atleast_2d(np.asarray(chances, dtype=float))
    truth = checked(target, table[0])[0]
    for row in table[1:]:
        checked(target, row)
    yes = truth == 1
    members = np.arange(len(truth)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    of_yes, of_no = (np.stack(parts) for parts in zip(*(_placements(row, yes) for row in table), strict=True))
    values = of_yes.mean(axis=1)
    return Areas(values, _covariance(of_yes, of_no, values, members, yes), int(min(yes.sum(), (~yes).sum())))


def known_by_counts(area: float, positives: int, negatives: int) -> Interval:
    """An interval about as wide as that of the rows themselves, where these are not known.

    >>> found = known_by_counts(0.8, 100, 900)
    >>> round(found.low, 2), round(found.high, 2)
    (0.74, 0.85)
    """
    one, other = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (positives - 1) * (one - area**2) + (negatives - 1) * (other - area**2)
    return _between_0_and_1(area, spread / (positives * negatives), min(positives, negatives))


def _placements(chance: np.ndarray, yes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each positive the share of negatives below it, for each negative that of positives above it; ties by half.
    By ranks (Sun & Xu, *Fast implementation of DeLong's algorithm*, 2014)."""
    from scipy.stats import rankdata

    ranks, positives, negatives = rankdata(chance), yes.sum(), (~yes).sum()
    return (ranks[yes] - rankdata(chance[yes])) / negatives, 1 - (ranks[~yes] - rankdata(chance[~yes])) / positives


def _covariance(
    of_yes: np.ndarray, of_no: np.ndarray, values: np.ndarray, members: np.ndarray, yes: np.ndarray
) -> np.ndarray:
    """From how far the rows of each group, taken together, lie from the mean."""
    count = int(members.max()) + 1
    off_yes, off_no = (
        _summed(part - values[:, None], members[of], count) for part, of in ((of_yes, yes), (of_no, ~yes))
    )
    both, positives, negatives = off_yes @ off_no.T, of_yes.shape[1], of_no.shape[1]
    found: np.ndarray = (
        _corrected(members[yes]) * (off_yes @ off_yes.T) / positives**2
        + _corrected(members[~yes]) * (off_no @ off_no.T) / negatives**2
        + _corrected(members) * (both + both.T) / (positives * negatives)
    )
    return found


def _summed(parts: np.ndarray, members: np.ndarray, count: int) -> np.ndarray:
    return np.stack([np.bincount(members, weights=part, minlength=count) for part in parts])


def _corrected(members: np.ndarray) -> float:
    """Bessel's correction, for the number of groups. Of one alone nothing is known."""
    groups = len(np.unique(members))
    return groups / (groups - 1) if groups > 1 else math.nan


def _between_0_and_1(area: float, variance: float, pairs: int) -> Interval:
    if not 0 < area < 1:
        return of_one_value(Interval(area, area, area), pairs)
    if not variance > 0:
        return Interval(area)
    middle, reach = math.log(area / (1 - area)), _normal() * math.sqrt(variance) / (area * (1 - area))
    low, high = (1 / (1 + math.exp(-end)) for end in (middle - reach, middle + reach))
    return Interval(area, low, high)


def _normal() -> float:
    from scipy.stats import norm

    return float(norm.ppf(1 - (1 - LEVEL) / 2))
