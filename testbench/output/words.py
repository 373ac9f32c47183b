"""Numbers, cells and failures of a test, as a person reads them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from batch_zero.formats import MINUS, UNKNOWN, decimals_of, is_known, is_plain
from batch_zero.text import capitalized, quoted, shortened
from testbench.findings import Finding, Measure, State
from testbench.synthetic.marginals import ASSUMED

LOOKED_AT = ("Check", "Passed", "What came")
"""Headings of a table that says of several things whether they are as they should be."""

LONGEST = 300
"""Of what came, in a sentence."""


def faults(findings: Iterable[Finding]) -> list[str]:
    """What does not work and why: a text for each check that failed, which begins with its name."""
    return [f"{capitalized(one.check)}: {came(one)}" for one in findings if one.state is State.FAILED]


def cautions(findings: Iterable[Finding], assumed: Sequence[str]) -> list[str]:
    """What a reader has to know before any number: rows that nobody knows to be like the real ones, and checks that
    were not done. assumed: columns."""
    made_up = (
        f"Nobody has said which values {quoted(assumed)} take, so that they were made up of {ASSUMED}: what follows is "
        "of such rows. Write their ranges and classes, or bring a sample."
    )
    undone = [
        f"{capitalized(one.check)} was not done: {one.sentence}" for one in findings if one.state is State.SKIPPED
    ]
    return [*([made_up] if assumed else []), *undone]


def came(finding: Finding) -> str:
    """Its sentence and, where it failed, why.

    >>> from testbench.findings import Table
    >>> table = Table("Checks", LOOKED_AT, (("no NaN", False, "2 rows of 9 with NaN"), ("the same again", True, "")))
    >>> came(Finding("works", State.FAILED, "The model fails 1 of 2 checks: no NaN.", tables=(table,)))
    'The model fails 1 of 2 checks: no NaN. What came: no NaN: 2 rows of 9 with NaN.'
    """
    why = list(reasons(finding))
    return f"{finding.sentence} What came: {'; '.join(why)}." if why else finding.sentence


def reasons(finding: Finding) -> Iterator[str]:
    """Why a check failed that looked at several things."""
    if finding.state is not State.FAILED:
        return
    for row in (row for table in finding.tables if table.columns == LOOKED_AT for row in table.rows):
        if len(row) == len(LOOKED_AT) and row[1] is False:
            yield f"{shortened(str(row[0]), LONGEST)}: {shortened(str(row[2]), LONGEST)}"


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

    >>> value(Measure("auc", 0.8, 0.785, 0.83)), value(Measure("start_ms", 12.0, unit="ms")), value(None)
    ('0.800 (0.785 to 0.830)', '12 ms', '—')
    """
    return UNKNOWN if measure is None else _within(measure, f" {measure.unit}" if measure.unit else "")


def _within(measure: Measure, unit: str = "", sign: str = "") -> str:
    """A value with its interval behind it, if there is one."""
    written, *_ = _alike(measure, sign)
    span = interval(measure, sign)
    return f"{written}{unit}{f' ({span})' if span != UNKNOWN else ''}"


def interval(measure: Measure, sign: str = "") -> str:
    """Half of one too, where the other end is not known.

    >>> interval(Measure("auc", 0.8, 0.79, 0.83)), interval(Measure("latency_p95_ms", 60.0, 53.9))
    ('0.79 to 0.83', 'at least 53.9')
    """
    _, low, high = _alike(measure, sign)
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"at least {low}" if low is not None else f"at most {high}" if high is not None else UNKNOWN


def _alike(measure: Measure, sign: str) -> tuple[str, str | None, str | None]:
    """Value and ends with one number of decimals: no more than the largest of them takes for four digits, unless one
    of the others would then be 0."""
    value, low, high = measure.value, measure.low, measure.high
    known = [each for each in (value, low, high) if each is not None]
    texts = {each: number(each, sign=sign) for each in known}
    if not any("e" in text or text == UNKNOWN for text in texts.values()):
        longest = max(len(text.partition(".")[2]) for text in texts.values())
        places = min(longest, decimals_of(max(map(abs, known))))
        if not any(each and round(each, places) == 0 for each in known):
            texts = {each: f"{each:{sign},.{places}f}".replace("-", MINUS) for each in known}
    return texts[value], None if low is None else texts[low], None if high is None else texts[high]


def difference(measure: Measure | None) -> str:
    """Signed, with its interval where it has one.

    >>> difference(Measure("f1", -0.013, -0.02, -0.01)), difference(Measure("f1", 0.0)), difference(None)
    ('−0.013 (−0.020 to −0.010)', '0', '—')
    """
    if measure is None or not is_known(measure.value):
        return UNKNOWN
    alone = measure.low is None and measure.high is None
    return "0" if alone and not measure.value else signed(measure)


def signed(difference: Measure) -> str:
    return _within(difference, sign="+")


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
