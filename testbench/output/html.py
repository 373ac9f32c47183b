"""A kept test as one HTML file."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from markupsafe import Markup

from batch_zero import formats
from batch_zero.installation import called, shipped
from batch_zero.text import capitalized, shortened
from report.export import offline
from testbench.charts import figures
from testbench.findings import Finding, State, Table
from testbench.output import shown, words
from testbench.result import TestResult
from ui.tables import cards, table

TEMPLATES = shipped("testbench", "output", "templates")
MOST_ROWS = 100
"""Of a table, in the file."""

LONGEST = 400
"""Characters of a cell."""

PAPER_PX = 900
"""The highest figure that a sheet has room for, with its heading."""

LOW = {"simulation": 560}
"""Figures that lose nothing by being lower on paper."""

BY_ROW = {"beeswarm"}
"""Tables of single rows, hundreds of them, which the figure shows: not for paper."""

STATES = {State.DONE: ("", ""), State.FAILED: ("red", "✕ failed"), State.SKIPPED: ("gray", "– skipped")}
"""What a check that was done found, its sentence says."""

ONE_BASED = {"row"}
"""Settings that count from 0, where a person counts from 1."""


@dataclass(frozen=True)
class _Drawn:
    """A table: as a figure where it is drawn, and as itself. more: what was left out, empty for nothing. paper: the
    height of the figure there. by_row: too long for it."""

    id: str
    name: str
    table: Markup
    more: str
    height: int | None = None
    paper: int | None = None
    by_row: bool = False

    @property
    def said(self) -> str:
        return f"{self.name}: the table below has its numbers"


@dataclass(frozen=True)
class _Section:
    finding: Finding
    tone: str
    state: str
    drawn: list[_Drawn] = field(default_factory=list)

    @property
    def heading(self) -> str:
        return capitalized(self.finding.check)

    @property
    def reasons(self) -> list[str]:
        """Of a check that failed."""
        return list(words.reasons(self.finding))


def to_html(result: TestResult, run_id: str = "", written: datetime | None = None) -> str:
    """run_id: of the run that keeps it. written: the time to name in the footer, now where none is given."""
    found: offline.Figures = {}
    sections = [_section(number, finding, found) for number, finding in enumerate(result.findings)]
    return offline.render(
        "test.html.j2",
        found,
        TEMPLATES,
        result=result,
        tiles=tuple(shown.tiles(result)),
        limits=_limits(result),
        limits_heading=shown.POLICY,
        sections=sections,
        numbers=_numbers(result),
        facts=tuple(_facts(result)),
        faults=words.faults(result.findings),
        cautions=words.cautions(result.findings, result.assumed),
        run_id=run_id,
        command=called("testbench"),
        written=formats.moment(written or datetime.now(UTC)),
    )


def _section(number: int, finding: Finding, found: offline.Figures) -> _Section:
    section = _Section(finding, *STATES[finding.state])
    for place, each in enumerate(finding.tables):
        figure, name = figures.of(each), f"chart-{number}-{place}"
        if figure is not None:
            found[name] = figure
        height = None if figure is None else int(figure.layout.height or 360)
        paper = None if height is None else min(height, LOW.get(each.chart, PAPER_PX))
        drawn = _Drawn(name, each.name, _table(each), _more(each), height, paper, each.chart in BY_ROW)
        section.drawn.append(drawn)
    return section


def _table(found: Table) -> Markup:
    first = replace(found, rows=tuple(row for row in found.rows[:MOST_ROWS] if row))
    rows = [[shortened(cell, LONGEST) for cell in row] for row in shown.rows(first)]
    return Markup(table("columns words", found.name, found.columns, rows))


def _more(found: Table) -> str:
    rows = len(found.rows)
    return f"The first {MOST_ROWS} of {rows:,} rows; the run and the JSON have all." if rows > MOST_ROWS else ""


def _limits(result: TestResult) -> Markup | None:
    if result.verdict is None or not result.verdict.limits:
        return None
    rows = [[shortened(cell, LONGEST) for cell in row] for row in shown.limits(result.verdict)]
    return Markup(cards("limits", shown.POLICY, shown.LIMITS, rows))


def _numbers(result: TestResult) -> Markup | None:
    rows = shown.numbers(result)
    return Markup(cards("measures", "Every number", shown.NUMBERS, rows)) if rows else None


def _facts(result: TestResult) -> Iterator[tuple[str, str]]:
    model, given = result.description, result.given
    yield "File", f"{result.file.name}, {formats.counted(result.file.size, 'byte')}"
    yield "SHA-256", result.file.sha256
    yield "Class", model.model_class
    yield from ((f"{library}, here", version) for library, version in model.versions.items())
    yield from ((f"{library}, that saved it", version) for library, version in model.saved_with.items())
    if given.sample is not None:
        yield "Sample", f"{given.sample.name}, SHA-256 {given.sample.sha256}"
    if given.labels is not None:
        yield "Labels", given.labels
    if given.policy is not None:
        yield "Policy", shortened(given.policy, 2_000)
    for name, value in result.settings.items():
        if name != "rows" or result.synthetic:  # of a sample, they are its own
            yield name, shortened(_plain(value), LONGEST)


def _plain(value: object) -> str:
    match value:
        case dict():
            return ", ".join(f"{name} {_plain(_told(name, inner))}" for name, inner in value.items())
        case list() | tuple():
            return ", ".join(map(_plain, value))
        case _:
            return words.cell(value)


def _told(name: object, value: object) -> object:
    return value + 1 if name in ONE_BASED and isinstance(value, int) else value
