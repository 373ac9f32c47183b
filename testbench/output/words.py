"""Numbers and cells of a test, as a person reads them."""

from typing import Any

from batch_zero.formats import MINUS, UNKNOWN, is_known, is_plain
from testbench.findings import Measure


def cell(value: Any) -> str:
    """Of a table.

    >>> cell(1234), cell(0.12344), cell(True), cell(None), cell("text")
    ('1,234', '0.1234', 'yes', '—', 'text')
    """
    match value:
        case None:
            return UNKNOWN
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}".replace("-", MINUS) if abs(value) < 10**15 else f"{value:.4g}"
        case float():
            return number(value)
        case _:
            return str(value)


def value(measure: Measure | None) -> str:
    """With its unit and its interval, where it has them.

    >>> value(Measure("auc", 0.8125, 0.79, 0.83)), value(Measure("start_ms", 12.0, unit="ms")), value(None)
    ('0.8125 (0.79 to 0.83)', '12 ms', '—')
    """
    if measure is None:
        return UNKNOWN
    return within(number(measure.value), measure, f" {measure.unit}" if measure.unit else "")


def within(written: str, measure: Measure, unit: str = "", sign: str = "") -> str:
    """A value that is written already, with its interval behind it, if there is one."""
    span = interval(measure, sign)
    return f"{written}{unit}{f' ({span})' if span != UNKNOWN else ''}"


def interval(measure: Measure, sign: str = "") -> str:
    """Half of one too, where the other end is not known.

    >>> interval(Measure("auc", 0.8, 0.79, 0.83)), interval(Measure("latency_p95_ms", 60.0, 53.9))
    ('0.79 to 0.83', 'at least 53.9')
    """
    low, high = (None if end is None else number(end, sign=sign) for end in (measure.low, measure.high))
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"at least {low}" if low is not None else f"at most {high}" if high is not None else UNKNOWN


def difference(value: float | None) -> str:
    """Signed.

    >>> difference(-0.013), difference(0.5), difference(0), difference(None)
    ('−0.013', '+0.5', '0', '—')
    """
    if not is_known(value):
        return UNKNOWN
    return number(value, sign="+") if value else "0"


def number(value: float, digits: int = 4, sign: str = "") -> str:
    """So many significant digits, more where those are of the whole part: no power of ten that has to be worked out.
    sign: "+" for one in any case.

    >>> number(24093.4), number(0.12344), number(-1267.9, 3), number(5, sign="+"), number(3.3e-16), number(2e15)
    ('24,093', '0.1234', '−1,268', '+5', '3.3e−16', '2e+15')
    """
    if not is_known(value):
        return UNKNOWN
    form = ",.0f" if is_plain(value) and abs(value) >= 10**digits else f",.{digits}g"
    return f"{value:{sign}{form}}".replace("-", MINUS)
