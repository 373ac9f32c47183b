"""What every explanation consists of, whichever way it was come by."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

PROBABILITY, MARGIN, PREDICTION, LABEL = "probability", "margin", "prediction", "label"
"""What was explained: of a class its probability, or its margin (log-odds) as boosters add it up; a number; whether the
predicted label stays."""

NO_CLASS = -1


@dataclass(frozen=True)
class Parts:
    """values: shape (rows, features). base: what they add to. output: what they add up to. classes: place of the class
    that was explained, NO_CLASS of a number. Each of shape (rows,). kind: as above. background: rows that stood for
    what is not known, 0 where the trees themselves know."""

    values: np.ndarray
    base: np.ndarray
    output: np.ndarray
    classes: np.ndarray
    kind: str
    background: int = 0

    @property
    def gap(self) -> float:
        """By how much the parts miss the output at most, as a share of the greatest one where that is more than 1."""
        missed = np.abs(self.base + self.values.sum(axis=1) - self.output)
        return float(missed.max() / max(1.0, np.abs(self.output).max()))

    @classmethod
    def joined(cls, parts: Sequence["Parts"]) -> "Parts":
        """One below the other; all of one kind."""
        return cls(
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.base for part in parts]),
            np.concatenate([part.output for part in parts]),
            np.concatenate([part.classes for part in parts]),
            parts[0].kind,
            parts[0].background,
        )

    def summed(self, origins: list[int], count: int) -> "Parts":
        """With those of one source put together. origins: of each feature, the place of its source among ``count``."""
        values = np.zeros((len(self.values), count))
        np.add.at(values.T, origins, self.values.T)
        return Parts(values, self.base, self.output, self.classes, self.kind, self.background)


def chosen_class(outputs: np.ndarray) -> np.ndarray:
    """Which class of each row is explained: of two the second, of several the predicted one."""
    if outputs.shape[1] == 2:
        return np.ones(len(outputs), dtype=int)
    predicted: np.ndarray = outputs.argmax(axis=1)
    return predicted
