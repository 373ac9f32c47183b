"""The scores of ``metrics.tasks`` for many weightings of the same rows at once: what the bootstrap computes. With a
weight of 1 for every row they are those of scikit-learn, which a test holds them against."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from metrics import classifier
from metrics.classifier import CUTOFF
from metrics.intervals import EQUAL, Interval, of, of_one_value
from metrics.tasks import ROUNDING, Task, score

Values = dict[str, np.ndarray]
"""Each of shape (resamples,); NaN where a resample has no such value."""


def with_intervals(task: Task, target: ArrayLike, answers: ArrayLike, *, seed: int) -> dict[str, Interval]:
    """Every score of ``metrics.tasks.score`` with its interval, by name. target, answers: as that takes them. Raises
    ScoreError."""
    known = score(task, target, answers)
    truth, told = np.asarray(target), np.asarray(answers, dtype=float)
    found, rests_on = of(scores(task, truth, told), len(truth), seed=seed), _rests_on(task, truth, told)
    intervals = {name: Interval(value, found[name].low, found[name].high) for name, value in known.items()}
    return {
        name: one if _scatters(name, found) else of_one_value(one, rests_on.get(name) or len(truth), _SPANS.get(name))
        for name, one in intervals.items()
    }


def _scatters(name: str, found: dict[str, Interval]) -> bool:
    """The share that is left of a target's spread may be too small for the digits of R², and is told by the errors."""
    errors = found["rmse"] if name == "r2" else found[name]
    return errors.low is not None and errors.high is not None and errors.high - errors.low > EQUAL * abs(errors.value)


LEAST = float(np.finfo(float).eps)
"""Probabilities below are taken for it, as scikit-learn does."""

_SHARES = ("auc", "pr_auc", "f1", "precision", "recall", "accuracy", "balanced_accuracy", "brier")
_SPANS = {**dict.fromkeys(_SHARES, (0.0, 1.0)), "log_loss": (-float(np.log1p(-LEAST)), -float(np.log(LEAST)))}
"""What a row can be at least and at most."""


def _rests_on(task: Task, truth: np.ndarray, told: np.ndarray) -> dict[str, int]:
    """How many rows each score is a share of, where these are not all; of an average over classes, those of the
    smallest one."""
    if task is Task.REGRESSION:
        return {}
    held = np.unique(truth, return_counts=True)[1]
    least = {name: int(held.min()) for name in ("f1", "precision", "recall", "balanced_accuracy")}
    if task is Task.BINARY:
        yes, predicted = truth == 1, told >= CUTOFF
        least |= {"f1": int((yes | predicted).sum()), "precision": int(predicted.sum()), "recall": int(yes.sum())}
        least |= {"auc": int(held.min())}  # so many pairs of a yes and a no share no row: each is a trial of its own
        least |= {"pr_auc": int(yes.sum())}  # the mean of the precision at each of them
    return least


def with_differences(
    task: Task, target: ArrayLike, answers: ArrayLike, others: ArrayLike, *, seed: int
) -> dict[str, Interval]:
    """Every score of ``answers`` minus that of ``others``, each with its interval, by name: both are computed on the
    same resamples, so that what is difficult about a row counts for both. Raises ScoreError."""
    one, other = score(task, target, answers), score(task, target, others)
    truth = np.asarray(target)
    of_one, of_other = (scores(task, truth, np.asarray(told, dtype=float)) for told in (answers, others))

    def weighted(weights: np.ndarray) -> Values:
        ours, theirs = of_one(weights), of_other(weights)
        return {name: ours[name] - theirs[name] for name in ours}

    found = of(weighted, len(truth), seed=seed)
    both = {name: value - other[name] for name, value in one.items() if name in other}
    return {name: Interval(value, found[name].low, found[name].high) for name, value in both.items()}


def scores(task: Task, target: np.ndarray, answers: np.ndarray) -> "Scores":
    """target, answers: as ``metrics.tasks.score`` takes them, and what it takes."""
    return _SCORES[task](target, answers)


def _of_two(target: np.ndarray, chance: np.ndarray) -> "Scores":
    truth, chance = classifier.checked(target, chance)
    yes, predicted = truth == 1, chance >= CUTOFF
    losses = _log_losses(np.where(yes, chance, 1 - chance))
    parts = (yes & predicted, predicted, yes, ~yes & ~predicted, np.ones(len(yes)), losses, (chance - yes) ** 2)

    def values(sums: np.ndarray) -> Values:
        hits, alarms, positives, refused, rows, losses, squares = sums.T
        recall = _ratio(hits, positives)
        return {
            "f1": _or_0(2 * hits, alarms + positives),
            "precision": _or_0(hits, alarms),
            "recall": recall,
            "accuracy": (hits + refused) / rows,
            "balanced_accuracy": (recall + _ratio(refused, rows - positives)) / 2,
            "log_loss": losses / rows,
            "brier": squares / rows,
        }

    return Scores(np.column_stack(parts), values, ((_Ranks(chance), yes),))


def _of_several(target: np.ndarray, chance: np.ndarray) -> "Scores":
    codes, predicted = range(chance.shape[1]), chance.argmax(axis=1)
    held = [code for code in codes if (target == code).any()]
    ranks = tuple((_Ranks(chance[:, code]), target == code) for code in held) if len(held) > 1 else ()
    losses = -np.log(np.clip(chance[np.arange(len(target)), target], LEAST, 1.0))
    of_codes = [(target == code) & (predicted == code) for code in codes]
    of_codes += [part == code for part in (predicted, target) for code in codes]

    def values(sums: np.ndarray) -> Values:
        hits, alarms, there = sums[:, :-2].T.reshape(3, len(codes), -1)
        rows, losses = sums[:, -2:].T
        return {
            "f1": _or_0(2 * hits, alarms + there).mean(axis=0),
            "precision": _or_0(hits, alarms).mean(axis=0),
            "recall": _or_0(hits, there).mean(axis=0),
            "accuracy": hits.sum(axis=0) / rows,
            "balanced_accuracy": np.nanmean(_ratio(hits, there)[held], axis=0),
            "log_loss": losses / rows,
        }

    return Scores(np.column_stack([*of_codes, np.ones(len(target)), losses]), values, ranks)


def _of_numbers(target: np.ndarray, predicted: np.ndarray) -> "Scores":
    truth = target.astype(float)
    errors = predicted - truth
    centred = truth - truth.mean()  # a square of sums, less that of many digits, has none left
    shares = np.abs(np.divide(errors, truth, out=np.full_like(errors, np.nan), where=truth != 0))

    def values(sums: np.ndarray) -> Values:
        rows, squares, sizes, shares, square, off = sums.T
        spread = square - off**2 / rows
        spread[spread <= ROUNDING * square] = 0  # the same row, drawn again and again
        return {
            "rmse": np.sqrt(squares / rows),
            "mae": sizes / rows,
            "mape": shares / rows,
            "r2": 1 - _ratio(squares, spread),
        }

    parts = (np.ones(len(truth)), errors**2, np.abs(errors), shares, centred**2, centred)
    return Scores(np.column_stack(parts), values)


_SCORES = {Task.BINARY: _of_two, Task.MULTICLASS: _of_several, Task.REGRESSION: _of_numbers}


@dataclass(frozen=True)
class Scores:
    """Of some answers. parts, values: as ``metrics.intervals.of_sums`` takes them. ranks: the areas of the curves are
    no sums; of each class the order of its chances, and which rows are of it."""

    parts: np.ndarray
    values: Callable[[np.ndarray], Values]
    ranks: tuple[tuple["_Ranks", np.ndarray], ...] = ()

    def __call__(self, weights: np.ndarray) -> Values:
        areas = [order.areas(weights, of_class) for order, of_class in self.ranks]
        if len(areas) > 1:
            areas = [{name: np.nanmean([area[name] for area in areas], axis=0) for name in areas[0]}]
        return {**(areas[0] if areas else {}), **self.values(weights @ self.parts)}


class _Ranks:
    """Rows in the order of their probability, equal ones together."""

    def __init__(self, chance: np.ndarray) -> None:
        self._order = np.argsort(-chance, kind="stable")
        ordered = chance[self._order]
        self._starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])

    def areas(self, weights: np.ndarray, yes: np.ndarray) -> Values:
        """AUC (the share of pairs in the right order, ties by half) and average precision."""
        weights, yes = weights[:, self._order], yes[self._order]
        hits = np.add.reduceat(weights * yes, self._starts, axis=1)
        alarms = np.add.reduceat(weights * ~yes, self._starts, axis=1)
        all_hits, all_alarms = hits.cumsum(axis=1), alarms.cumsum(axis=1)
        positives, negatives = all_hits[:, -1], all_alarms[:, -1]
        below = negatives[:, None] - all_alarms + alarms / 2
        precision = _or_0(all_hits, all_hits + all_alarms)
        return {
            "auc": _ratio((hits * below).sum(axis=1), positives * negatives),
            "pr_auc": _ratio((hits * precision).sum(axis=1), positives),
        }


def _log_losses(chance: np.ndarray) -> np.ndarray:
    """As scikit-learn's: probabilities of 0 are taken as the nearest double."""
    found: np.ndarray = -np.log(np.clip(chance, LEAST, 1 - LEAST))
    return found


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
    return found


def _or_0(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole > 0)
    return found
