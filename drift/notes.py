"""What a reader should know about one column's comparison, in words."""

import pandas as pd

from batch_zero.text import shortened

WASSERSTEIN_FLOOR = 0.001
"""Evidently's, in wasserstein_distance_norm.py."""

NAMES_SHOWN = 3


def describe(reference: pd.Series, current: pd.Series, infinite: tuple[int, int]) -> list[str]:
    """Notes on a prepared column; empty where nothing is unusual."""
    notes = [_all_missing(reference, current)]
    if not notes[0]:
        notes += [_new_categories(reference, current), _constant(reference, current)]
    notes += [_infinite(count, side) for count, side in zip(infinite, ("reference", "batch"), strict=True)]
    return [note for note in notes if note]


def narrow_spread(reference: pd.Series, method: str) -> list[str]:
    """Evidently divides the Wasserstein distance by the spread, or by 0.001 where that is larger."""
    spread = reference.std(ddof=0) if method.startswith("Wasserstein") else 0.0
    if not 0 < spread < WASSERSTEIN_FLOOR:
        return []
    return [f"standard deviation {spread:.2g} is below Evidently's floor of {WASSERSTEIN_FLOOR}: drift is understated"]


def _all_missing(reference: pd.Series, current: pd.Series) -> str:
    sides = reference.isna().all(), current.isna().all()
    if all(sides):
        return "all values are missing in both"
    return f"all values are missing in the {'reference' if sides[0] else 'batch'}" if any(sides) else ""


def _new_categories(reference: pd.Series, current: pd.Series) -> str:
    if not isinstance(current.dtype, pd.CategoricalDtype):
        return ""
    new = sorted(set(current.dropna().unique()) - set(reference.dropna().unique()))
    if not new:
        return ""
    names = ", ".join(repr(shortened(name, 30)) for name in new[:NAMES_SHOWN])
    more = ", …" if len(new) > NAMES_SHOWN else ""
    return f"{len(new):,} new {'category' if len(new) == 1 else 'categories'}: {names}{more}"


def _constant(reference: pd.Series, current: pd.Series) -> str:
    left, right = reference.dropna(), current.dropna()
    if left.nunique() == 1 and right.nunique() == 1:
        return "constant in both" if left.iloc[0] == right.iloc[0] else "constant in both, with different values"
    for side, values in (("reference", left), ("batch", right)):
        if values.nunique() == 1:
            return f"constant in the {side}" if len(values) > 1 else f"only one value in the {side}"
    return ""


def _infinite(count: int, side: str) -> str:
    values = "value counts" if count == 1 else "values count"
    return f"{count:,} infinite {values} as missing in the {side}" if count else ""
