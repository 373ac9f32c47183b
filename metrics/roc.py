"""The receiver operating characteristic: true against false positive rate over all cutoffs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from metrics.classifier import checked


@dataclass(frozen=True)
class RocCurve:
    """fpr, tpr: 0..1, ascending, of one length; thresholds: descending probabilities, empty where not stored."""

    fpr: tuple[float, ...]
    tpr: tuple[float, ...]
    thresholds: tuple[float, ...]
    auc: float | None

    def to_dict(self) -> dict[str, Any]:
        return {"fpr": list(self.fpr), "tpr": list(self.tpr), "thresholds": list(self.thresholds), "auc": self.auc}


def roc_curve(target: ArrayLike, probability: ArrayLike) -> RocCurve:
    """The curve without its collinear points. The first threshold, where nothing is positive, is the greatest
    probability plus one (infinity is no JSON number). Raises ScoreError as ``metrics.classifier.score`` does."""
    from sklearn.metrics import auc, roc_curve

    truth, chance = checked(target, probability)
    fpr, tpr, thresholds = roc_curve(truth, chance, drop_intermediate=True)
    thresholds[0] = chance.max() + 1.0
    return RocCurve(tuple(fpr.tolist()), tuple(tpr.tolist()), tuple(thresholds.tolist()), float(auc(fpr, tpr)))


def roc_from_dict(data: Mapping[str, Any]) -> RocCurve:
    """A stored curve. Raises ValueError where it is none: rates outside 0..1, or columns of different length."""
    fpr, tpr = (_numbers(data, name) for name in ("fpr", "tpr"))
    if len(fpr) != len(tpr) or len(fpr) < 2:
        raise ValueError(
            f"a ROC curve: got {len(fpr)} values of fpr and {len(tpr)} of tpr, expected as many of each, two or more"
        )
    if not all(0.0 <= rate <= 1.0 for rate in (*fpr, *tpr)):
        raise ValueError("a ROC curve: got a rate outside 0 to 1")
    area = data.get("auc")
    area = float(area) if isinstance(area, (int, float)) and 0.0 <= area <= 1.0 else None
    return RocCurve(fpr, tpr, _numbers(data, "thresholds", optional=True), area)


def _numbers(data: Mapping[str, Any], name: str, *, optional: bool = False) -> tuple[float, ...]:
    values = data.get(name)
    if values is None and optional:
        return ()
    if not isinstance(values, list) or not all(isinstance(value, (int, float)) for value in values):
        raise ValueError(f"a ROC curve: got no list of numbers as {name!r}")
    try:
        return tuple(float(value) for value in values)
    except OverflowError:
        raise ValueError(f"a ROC curve: {name!r} holds a number too large to be one") from None
