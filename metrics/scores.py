"""The scores of one model on one test set, and which of them an experiment goes by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from metrics.kinds import AUC, F1, PRECISION, RECALL, Score


class Scores(Mapping[str, float]):
    """Values by the score's name; what is not known is not in it.

    >>> Scores(auc=0.8, f1=None).get("f1") is None
    True
    """

    def __init__(self, **values: float | None) -> None:
        self._values = {name: value for name, value in values.items() if value is not None}

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"Scores({', '.join(f'{name}={value!r}' for name, value in self._values.items())})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_scores, (self._values,))

    @property
    def known(self) -> bool:
        """Whether there is one."""
        return bool(self._values)


def _scores(values: Mapping[str, float]) -> Scores:
    return Scores(**values)


@dataclass(frozen=True)
class ScoreSet:
    """primary: the one that decides, and that the report tells of. shown: those in its tiles and tables, in their
    order, the primary one among them. two_classes: there is one ROC curve for a model."""

    primary: Score = AUC
    shown: tuple[Score, ...] = (AUC, F1, PRECISION, RECALL)
    two_classes: bool = True

    def __post_init__(self) -> None:
        if self.primary not in self.shown:
            object.__setattr__(self, "shown", (self.primary, *self.shown))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(score.name for score in self.shown)

    def of(self, values: Scores) -> Scores:
        """Those that are shown."""
        return Scores(**{score.name: values.get(score.name) for score in self.shown})

    @property
    def has_roc(self) -> bool:
        """Whether ROC curves belong to it: their area is the AUC."""
        return self.two_classes and AUC in self.shown

    @property
    def compared(self) -> tuple[Score, ...]:
        """Those of which a change is a gain or a loss by itself."""
        return tuple(score for score in self.shown if score.alone or score is self.primary)


USUAL_SCORES = ScoreSet()
