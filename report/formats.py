"""Numbers as words: the only place where they are formatted. An unknown is always "—", never 0."""

from collections.abc import Sequence
from datetime import datetime, timedelta

UNKNOWN = "—"
MINUS = "−"


def score(value: float | None) -> str:
    """A score such as an AUC: three decimals."""
    return UNKNOWN if value is None else f"{value:.3f}"


def threshold(value: float | None) -> str:
    """A limit, with all its decimals but at least two: 0.30, 0.305."""
    if value is None:
        return UNKNOWN
    return f"{value:.2f}" if round(value, 2) == value else f"{value:g}"


def share(value: float | None) -> str:
    """A share 0..1: two decimals, rounded down, so that 0.298 does not read as a threshold of 0.30 that was reached."""
    return UNKNOWN if value is None else f"{int(value * 100 + 1e-9) / 100:.2f}"


def change(value: float | None) -> str:
    """A signed difference, with as many decimals as it takes to differ from zero: +0.013, −0.004, +0.0002, 0."""
    if value is None:
        return UNKNOWN
    if abs(value) < 0.00005:
        return "0"
    sign = "+" if value > 0 else MINUS
    return sign + distance(value)


def distance(value: float) -> str:
    """The size of a difference, without its sign."""
    return f"{abs(value):.3f}" if abs(value) >= 0.0005 else f"{abs(value):.4f}"


def whole(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """1 batch, 2 batches."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")


def moment(value: datetime | None) -> str:
    return UNKNOWN if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


def ago(span: timedelta) -> str:
    """12 minutes ago."""
    seconds = int(span.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return f"{counted(seconds // length, unit)} ago"
    return "just now" if seconds < 1 else f"{counted(seconds, 'second')} ago"


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
