"""Numbers as words: the only place where they are formatted. An unknown is always "—", never 0, and so is what is not
finite."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeGuard

UNKNOWN = "—"
MINUS = "−"
MOST = 12
"""Decimals: what is smaller is noise."""


def score(value: float | None, decimals: int | None = 3) -> str:
    """A score, with so many decimals; None: with four significant digits.

    >>> score(0.79449), score(3.6124, None), score(45231.4, None), score(-0.5), score(None), score(math.inf, None)
    ('0.794', '3.612', '45,231', '−0.500', '—', '—')
    """
    if not is_known(value):
        return UNKNOWN
    if decimals is None and not is_plain(value):
        return f"{value:.3e}".replace("-", MINUS)
    return f"{value:,.{decimals_of(value) if decimals is None else decimals}f}".replace("-", MINUS)


def datum(value: float) -> str:
    """A number as it stands in a table of data, where 1982 may be a year: a whole one without decimals, and without
    separators below 10,000.

    >>> datum(1982.0), datum(51), datum(64.214), datum(-12345), datum(math.nan)
    ('1982', '51', '64.21', '−12,345', '—')
    """
    if not is_known(value) or value != int(value) or not is_plain(value):
        return score(value, None)
    return f"{value:{',' if abs(value) >= 10_000 else ''}.0f}".replace("-", MINUS)


def is_plain(value: float) -> bool:
    """Whether a number with a unit is written with all its digits, and not by a power of ten.

    >>> is_plain(45231.4), is_plain(0), is_plain(1e-30), is_plain(1e30)
    (True, True, False, False)
    """
    return value == 0 or 1e-6 <= abs(value) < 1e12


def is_known(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def decimals_of(value: float, digits: int = 4) -> int:
    """As many as it takes to write so many significant digits."""
    if not value or not math.isfinite(value):
        return digits - 1
    return min(MOST, max(0, digits - 1 - math.floor(math.log10(abs(value)))))


def exact(value: float, decimals: int) -> str:
    """All decimals, but at least so many.

    >>> exact(0.3, 2), exact(0.305, 2)
    ('0.30', '0.305')
    """
    text = f"{value:.{decimals}f}"
    return text if float(text) == value else f"{Decimal(repr(float(value))):f}"


def threshold(value: float | None) -> str:
    return exact(value, 2) if is_known(value) else UNKNOWN


def share(value: float | None, threshold: float | None = None) -> str:
    """A share 0..1: two decimals, more where it takes more to stand on its side of ``threshold``, which counts as
    reached.

    >>> share(0.6875), share(0.298, threshold=0.3)
    ('0.69', '0.298')
    """
    if not is_known(value):
        return UNKNOWN
    for decimals in range(2, 7):
        text = f"{value:.{decimals}f}"
        if threshold is None or (float(text) >= threshold) == (value >= threshold):
            return text
    return exact(value, 2)


def change(value: float | None, decimals: int | None = 3) -> str:
    """A signed difference of scores, with as many decimals as it takes to differ from zero. decimals: as for ``score``.

    >>> change(0.013), change(-0.0002), change(0.00001), change(1.36, None)
    ('+0.013', '−0.0002', '0', '+1.36')
    """
    if not is_known(value):
        return UNKNOWN
    if value == 0 or (decimals is not None and abs(value) < 0.5 * 10 ** -(decimals + 1)):
        return "0"
    sign = "+" if value > 0 else MINUS
    return sign + distance(value, decimals=decimals)


def distance(value: float, limits: Iterable[float] = (), decimals: int | None = 3) -> str:
    """The size of a difference of scores, without its sign: so many decimals, more where it takes more to differ from
    zero and to stand on its side of ``limits``, which count as reached. decimals None: three significant digits."""
    if not is_known(value):
        return UNKNOWN
    if decimals is None and not is_plain(value):
        return f"{abs(value):.2e}".replace("-", MINUS)
    text, fewest = "", decimals_of(value, 3) if decimals is None else decimals
    for places in range(fewest, fewest + 7):
        text = f"{value:.{places}f}"
        shown = float(text)
        if shown and all((shown >= limit) == (round(value, 9) >= limit) for limit in limits):
            break
    return f"{abs(float(text)):,.{len(text.partition('.')[2])}f}"


def limit(value: float) -> str:
    """A limit on a difference, signed and with all its decimals: +0.010, −0.0125, 0."""
    if not is_known(value):
        return UNKNOWN
    if value == 0:
        return "0"
    return ("+" if value > 0 else MINUS) + exact(abs(value), 3)


def whole(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def at_least(number: int, *, all_known: bool) -> str:
    """A count, or what it is at least where not everything that may count is known: 3, at least 3, —."""
    if all_known:
        return whole(number)
    return f"at least {number:,}" if number else UNKNOWN


def counted(number: int, one: str, many: str | None = None) -> str:
    """1 batch, 2 batches."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")


def moment(value: datetime | None) -> str:
    return UNKNOWN if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


def ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers as a reader would list them: 1, 3–5 and 8."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    texts = [str(first) if first == last else f"{first}–{last}" for first, last in spans]
    return listed(texts)


def listed(texts: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def sample(texts: Sequence[str], limit: int = 5) -> str:
    """a, b and 3 more."""
    shown = listed(texts[:limit]) if len(texts) <= limit else ", ".join(texts[:limit])
    return shown if len(texts) <= limit else f"{shown} and {len(texts) - limit:,} more"
