"""Which columns of a text are names and no numbers, though all of their values can be read as numbers."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from batch_zero.codes import lost
from batch_zero.text import quoted
from datasets.numbers import AsText

EXACT = 2**53
"""From here on, floats leave out whole numbers."""

WHOLE = re.compile(r"\d{16,}")


@dataclass(frozen=True)
class Codes:
    """made: columns as they are written. notes: why, in words."""

    made: dict[str, pd.Series]
    notes: tuple[str, ...]


def kept(frame: pd.DataFrame, text: str, separator: str, as_text: AsText, names: Collection[str] = ()) -> Codes:
    """Postal codes, telephone numbers and the like, and what pandas could not keep all digits of.

    names: columns that are known to hold no numbers that are counted with."""
    numbers = [str(name) for name in frame if _is_read_as_numbers(frame[name])]
    doubtful = numbers if _may_hold_codes(text, separator) else []
    known = [name for name in numbers if name in names and _may_hold_names(text)]
    looked_at = list(dict.fromkeys([*doubtful, *known, *(name for name in numbers if _has_lost_digits(frame[name]))]))
    if not looked_at:
        return Codes({}, ())
    written = as_text(looked_at, None).apply(lambda column: column.str.strip())
    found = {name: why for name in looked_at if (why := _why(written[name].dropna(), is_name=name in names))}
    return Codes({name: written[name] for name in found}, tuple(_kinds_of(found)))


def _is_read_as_numbers(column: pd.Series) -> bool:
    """By pandas, or, where they have more than 19 digits, by Python."""
    if pd.api.types.is_object_dtype(column):
        return isinstance(next(iter(column.dropna()), None), int)
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _may_hold_codes(text: str, separator: str) -> bool:
    """Searches that begin with one character are ten times as fast as one for all of them."""
    between, around = re.escape(separator), '[ "]*'
    code = rf"{around}0\d+(?:\.\d+)?{around}(?:{between}|\r|\n|$)"
    return any(re.search(begun + code, text) for begun in (between, "\n", "\r")) or bool(re.search(r"\+\d{7}", text))


def _may_hold_names(text: str) -> bool:
    return any(re.search(pattern, text) for pattern in (r"\+\d", r"e\d", r"E\d"))


def _has_lost_digits(column: pd.Series) -> bool:
    if not pd.api.types.is_float_dtype(column):
        return False
    numbers = column.to_numpy()
    return bool((np.isfinite(numbers) & (np.abs(numbers) >= EXACT)).any())


def _why(values: pd.Series, *, is_name: bool) -> tuple[str, str] | None:
    """What a value would lose as a number, and the value."""
    if values.str.startswith("-").any():
        return None
    for value in values.unique():
        if what := lost(value, is_name=is_name):
            return what, value
    long = values[values.str.fullmatch(WHOLE)]
    exact = long.map(lambda value: int(float(value)) == int(value))
    return ("its last digits", long[~exact.astype(bool)].iloc[0]) if not exact.all() else None


def _kinds_of(found: dict[str, tuple[str, str]]) -> Sequence[str]:
    reasons = dict.fromkeys(what for what, _ in found.values())
    columns = {reason: [name for name, (what, _) in found.items() if what == reason] for reason in reasons}
    return [
        f"{quoted(names)} as text, because {quoted([found[names[0]][1]])} would lose {reason} as a number"
        for reason, names in columns.items()
    ]
