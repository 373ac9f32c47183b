"""The class that recall, precision and F1 are of, where a model tells two apart."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from batch_zero.errors import BatchZeroError
from batch_zero.text import quoted, shortened
from sandbox.labels import CONVENTIONS, Label

YES = "1"


class BadPositive(BatchZeroError):
    """A class to score by that the model does not have; the message says which it has."""

    status = 422


def plain(label: object) -> str:
    """1, 1.0, "1" and True are one label, as two tables may have it."""
    if isinstance(label, bool | np.bool_):
        return str(int(label))
    if isinstance(label, float | np.floating) and float(label).is_integer():
        return str(int(label))
    return str(label).strip()


def not_classes(labels: pd.Series, classes: Sequence[Label]) -> str:
    """What is none of them, and what is valid; empty where all are."""
    known = {plain(label) for label in classes}
    values = dict.fromkeys(map(plain, labels.dropna().astype(object)))
    odd = [value for value in values if value not in known]
    return f"got {quoted(odd)}, expected the model's classes, {quoted(classes)}" if odd else ""


def place_of(classes: Sequence[Label], named: str | None) -> int:
    """Of the one that is ``named``; else of the 1, where 1 means yes, and of the second in the model's order. Raises
    BadPositive.

    >>> place_of(("no", "yes"), None), place_of((1, 0), None), place_of(("a_yes", "no"), "a_yes")
    (1, 0, 0)
    >>> place_of((False, True), "False"), place_of((0.0, 1.0), "1.0"), place_of((0.0, 1.0), "1")
    (0, 1, 1)
    """
    known = [plain(label) for label in classes]
    if named is None:
        is_usual = len(classes) == 2 and any({*known} == {*map(plain, usual)} for usual in CONVENTIONS)
        return known.index(YES) if is_usual else 1
    if len(classes) != 2:
        raise BadPositive(
            f"positive: got {shortened(named)!r}, expected nothing: it chooses one of two classes, and the model tells "
            f"{len(classes):,} apart"
        )
    names = [str(label) for label in classes]
    if named in names:
        return names.index(named)
    if plain(named) not in known:
        raise BadPositive(f"positive: got {shortened(named)!r}, expected one of the model's classes: {quoted(classes)}")
    return known.index(plain(named))
