"""What a model says of itself in its attributes, held against what can be: its classes, its columns, how many they are.
What cannot be is not used, and told as it was said. Runs in the child.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from reprlib import Repr
from typing import Any, Generic, TypeVar

import numpy as np

T = TypeVar("T")

MOST_CLASSES = 1_000
LONGEST_CLASS = 200
LONGEST_NAME = 300
MOST_COLUMNS = 1_000_000
WHOLE = 1 << 63
"""Beyond, a whole number is no label that anybody has."""


@dataclass(frozen=True)
class Claim(Generic[T]):
    """value: None where nothing is said, or what cannot be. fault: a part of a sentence, what is said and what is
    valid; empty where it can be."""

    value: T | None = None
    fault: str = ""


def classes(said: Any) -> Claim[list[Any]]:
    """Of ``classes_``. More than one target's are for who asks to refuse."""
    if said is None:
        return Claim()
    found = _listed(said)
    if found is None or not (len(found) <= MOST_CLASSES and all(map(_is_label, found)) and _differ(found)):
        valid = f"up to {MOST_CLASSES:,} different labels: texts of up to {LONGEST_CLASS} characters, finite numbers"
        return Claim(fault=f"its classes_ are {shown(said)}, expected {valid} or truth values")
    return Claim(found)


def names(said: Any, attribute: str) -> Claim[tuple[str, ...]]:
    """Of columns: texts; whole numbers, as libraries number columns, are read as such."""
    if said is None:
        return Claim()
    found = _listed(said)
    if found is None or not (all(map(_is_name, found)) and _differ(list(map(str, found)))):
        valid = f"a different text of 1 to {LONGEST_NAME} characters for each column"
        return Claim(fault=f"its {attribute} are {shown(said)}, expected {valid}")
    return Claim(tuple(map(str, found)) or None)


def count(said: Any) -> Claim[int]:
    """Of columns, as ``n_features_in_`` says it."""
    if said is None:
        return Claim()
    if isinstance(said, int | np.integer) and not isinstance(said, bool) and 0 <= said <= MOST_COLUMNS:
        return Claim(int(said))
    return Claim(fault=f"its n_features_in_ is {shown(said)}, expected a whole number from 0 to {MOST_COLUMNS:,}")


def shown(said: Any) -> str:
    """Short, whatever it is."""
    short = Repr()
    short.maxlist = short.maxtuple = short.maxdict = short.maxset = short.maxarray = 4
    short.maxstring = short.maxother = short.maxlong = 40
    plain = said.tolist() if isinstance(said, np.ndarray) and said.size < MOST_COLUMNS else said
    try:
        return short.repr(plain)[:LONGEST_CLASS]
    except (ValueError, RecursionError):  # Python writes no whole number of thousands of digits
        return f"a value of the type {type(said).__name__[:40]}"


def _listed(said: Any) -> list[Any] | None:
    """One after the other; None where it is no list of single values."""
    if isinstance(said, list | tuple):
        return [part.item() if isinstance(part, np.generic) else part for part in said]
    try:
        found = np.asarray(said)
    except (ValueError, TypeError, OverflowError):
        return None
    return list(found.tolist()) if found.ndim == 1 else None


def _is_label(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_CLASS
    return isfinite(value) if isinstance(value, float) else isinstance(value, bool | int) and abs(value) < WHOLE


def _is_name(value: Any) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= LONGEST_NAME
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < WHOLE


def _differ(values: Sequence[Any]) -> bool:
    return len(set(values)) == len(values)


def faults(**claims: Claim[Any]) -> dict[str, str]:
    """What of it cannot be: what it is said of -> as it is told."""
    return {name: claim.fault for name, claim in claims.items() if claim.fault}
