"""Numbers and cells of a test, as a person reads them."""

from typing import Any

from batch_zero.formats import MINUS, UNKNOWN, is_known
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
            return _number(value)
        case _:
            return str(value)


def value(measure: Measure | None) -> str:
    """With its unit and its interval, where it has them.

    >>> value(Measure("auc", 0.8125, 0.79, 0.83)), value(Measure("start_ms", 12.0, unit="ms")), value(None)
    ('0.8125 (0.79 to 0.83)', '12 ms', '—')
    """
    if measure is None:
        return UNKNOWN
    unit = f" {measure.unit}" if measure.unit else ""
    span = interval(measure)
    return f"{_number(measure.value)}{unit}{f' ({span})' if span != UNKNOWN else ''}"


def interval(measure: Measure) -> str:
    if measure.low is None or measure.high is None:
        return UNKNOWN
    return f"{_number(measure.low)} to {_number(measure.high)}"


def difference(value: float | None) -> str:
    """Signed.

    >>> difference(-0.013), difference(0.5), difference(0), difference(None)
    ('−0.013', '+0.5', '0', '—')
    """
    if not is_known(value):
        return UNKNOWN
    return f"{value:+.4g}".replace("-", MINUS) if value else "0"


def _number(value: float) -> str:
    return f"{value:,.4g}".replace("-", MINUS) if is_known(value) else UNKNOWN
