"""What a model knows of the columns that it takes, for whoever has to make rows for it. Runs in the child."""

import json
from collections.abc import Sequence
from typing import Any

from sandbox.child import evidence
from sandbox.child.evidence import NUMBERS, TRUTH, WHOLE, ColumnType, Described
from sandbox.child.libraries.native import Native
from sandbox.child.words import claims

MOST_CATEGORIES = 1_000
"""Of one column."""

MOST_BYTES = 300_000
"""Of all categories together, as JSON."""

LONGEST = 200
XGBOOST = {"float": NUMBERS, "q": NUMBERS, "int": WHOLE, "i": TRUTH}
"""XGBoost's own types of columns; ``i`` is 0 or 1."""


def columns(first: Any, beside: Described, names: Sequence[str]) -> list[dict[str, Any]]:
    """Of each name, in that order: name, kind, categories; the last two None where nothing says. first: what takes the
    rows."""
    known = _known(first, beside, names)
    left, found = MOST_BYTES, []
    for name in names:
        of = known.get(name, ColumnType(None))
        categories = [_plain(value) for value in of.known[:MOST_CATEGORIES] if not _is_missing(value)] or None
        left -= len(json.dumps(categories)) if categories else 0
        found.append(
            {"name": name[: claims.LONGEST_NAME], "kind": of.kind, "categories": categories if left > 0 else None}
        )
    return found


def _known(first: Any, beside: Described, names: Sequence[str]) -> dict[str, ColumnType]:
    """What an encoder learned says more than a signature, and that more than a booster's types."""
    return _of_booster(first, names) | beside.expected | evidence.wanted_by(first, names)


def _of_booster(first: Any, names: Sequence[str]) -> dict[str, ColumnType]:
    if isinstance(first, Native) or not (evidence.is_booster(first) or hasattr(first, "get_booster")):
        return {}
    booster = first if evidence.is_booster(first) else first.get_booster()
    types = booster.feature_types or []
    if len(types) != len(names):
        return {}
    return {name: ColumnType(XGBOOST[kind]) for name, kind in zip(names, types, strict=True) if kind in XGBOOST}


def _is_missing(value: Any) -> bool:
    return value is None or value != value


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return str(value)
    return value if isinstance(value, bool | int | float) else str(value)[:LONGEST]
