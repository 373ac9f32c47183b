"""What a score is: its name, how people call it, which way is better, its range and how it is written."""

import math
import re
from dataclasses import dataclass, replace

from batch_zero import formats
from batch_zero.errors import BatchZeroError

DIGITS = 12
AT_K = re.compile(r"(ndcg|precision|recall)_at_([1-9]\d{0,3})")


@dataclass(frozen=True)
class Score:
    """name: as in the metrics ``prod_<name>_test`` and ``new_<name>_test``. label: its heading; word: in a sentence.
    low, high: the least and the greatest value that it can have, None where there is no bound.
    decimals: as many are written; None: four significant digits, for a score that has a unit.
    refresh: by so much may a refresh on newer data be worse, where the experiment does not say.
    alone: whether its change is a gain by itself. Precision and recall trade off against each other by the cutoff.
    spoken: the word, where it is not the label in small letters.
    """

    name: str
    label: str
    higher_is_better: bool = True
    low: float | None = 0.0
    high: float | None = 1.0
    decimals: int | None = 3
    refresh: float = 0.02
    alone: bool = True
    spoken: str | None = None

    @property
    def word(self) -> str:
        """AUC, precision, log loss"""
        if self.spoken is not None:
            return self.spoken
        first, rest = self.label[:1], self.label[1:]
        return first.lower() + rest if rest == rest.lower() and len(rest) > 2 else self.label

    @property
    def with_article(self) -> str:
        """an AUC, a precision, an RMSE"""
        first = self.word.partition(" ")[0]
        spelt = first == first.upper()
        vowels = "AEFHILMNORSX" if spelt else "aeiouAEIOU"
        return f"{'an' if self.word[:1] in vowels else 'a'} {self.word}"

    @property
    def span(self) -> str:
        """Its range in words: "from 0 to 1"."""
        if self.low is not None:
            return f"from {self.low:g} on" if self.high is None else f"from {self.low:g} to {self.high:g}"
        return "of a size that can be measured" if self.high is None else f"up to {self.high:g}"

    def text(self, value: float | None) -> str:
        return formats.score(value, self.decimals)

    def beside(self, value: float | None) -> "Score":
        """The same with the decimals that this value is written with, for differences from it.

        >>> KNOWN["rmse"].beside(45231.4).change_text(250.5), KNOWN["rmse"].beside(3.11).change_text(1.36)
        ('+250', '+1.360')
        """
        if self.decimals is not None or value is None or not formats.is_plain(value):
            return self
        return replace(self, decimals=formats.decimals_of(value))

    def change_text(self, difference: float | None) -> str:
        """Of two values, signed."""
        return formats.change(difference, self.decimals)

    def gain(self, candidate: float | None, production: float | None) -> float | None:
        """By how much the candidate is better: negative where it is worse, None where either is not known."""
        difference = change(candidate, production)
        return difference if difference is None or self.higher_is_better else 0.0 - difference


def change(candidate: float | None, production: float | None) -> float | None:
    """Candidate minus production, to twelve digits of the larger one: what is beyond them is arithmetic. None where
    either is not known.

    >>> change(0.80, 0.82), change(4e-10, 9e-10)
    (-0.02, -5e-10)
    """
    if candidate is None or production is None:
        return None
    difference, size = candidate - production, max(abs(candidate), abs(production))
    if not size or not math.isfinite(difference):
        return difference
    return round(difference, DIGITS - math.ceil(math.log10(size)))


AUC = Score("auc", "AUC")
F1 = Score("f1", "F1")
PRECISION = Score("precision", "Precision", alone=False)
RECALL = Score("recall", "Recall", alone=False)


def _error(
    name: str, label: str, high: float | None = None, decimals: int | None = None, spoken: str | None = None
) -> Score:
    return Score(name, label, False, high=high, decimals=decimals, refresh=0.0, spoken=spoken)


KNOWN = {
    score.name: score
    for score in (
        *(AUC, Score("pr_auc", "PR-AUC"), F1, PRECISION, RECALL, Score("accuracy", "Accuracy")),
        Score("balanced_accuracy", "Balanced accuracy"),
        *(_error("log_loss", "Log loss", decimals=3), _error("brier", "Brier score", 1.0, 3, spoken="Brier score")),
        *(_error("rmse", "RMSE"), _error("mae", "MAE"), _error("mape", "MAPE"), Score("r2", "R²", low=None)),
    )
}
"""By name. Of rankings, there are ``ndcg_at_K``, ``precision_at_K`` and ``recall_at_K`` as well, for any K."""


class UnknownScoreError(BatchZeroError):
    """A name that is no score's."""


def named(name: str) -> Score:
    """Raises UnknownScoreError.

    >>> named("ndcg_at_10").label
    'NDCG@10'
    """
    if name in KNOWN:
        return KNOWN[name]
    if found := AT_K.fullmatch(name):
        kind, k = found.groups()
        return Score(name, f"{'NDCG' if kind == 'ndcg' else kind.capitalize()}@{k}", alone=kind == "ndcg")
    raise UnknownScoreError(
        f"got {name!r}, expected one of {', '.join(KNOWN)}, ndcg_at_K, precision_at_K, recall_at_K (K: 10, say), or a "
        f"score of your own, declared as [scores.{name}]"
    )
