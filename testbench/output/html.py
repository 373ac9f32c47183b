"""A kept test as one HTML file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from markupsafe import Markup

from batch_zero import formats
from batch_zero.installation import called, shipped
from batch_zero.text import capitalized, shortened
from report.export import offline
from testbench.charts import figures
from testbench.findings import Finding, State, Table
from testbench.output import words
from testbench.output.meanings import basis, meaning
from testbench.policy.verdict import Outcome
from testbench.result import TestResult
from ui.tables import table
from ui.tiles import Tile

TEMPLATES = shipped("testbench", "output", "templates")
MOST_ROWS = 100
"""Of a table, in the file."""

LONGEST = 400
"""Characters of a cell."""

MARKS = {Outcome.PASSED: "✓", Outcome.FAILED: "✕", Outcome.OPEN: "≈", Outcome.UNKNOWN: "?"}
STATES = {
    State.DONE: ("green", "✓ done"),
    State.FAILED: ("red", "✕ failed"),
    State.SKIPPED: ("gray", "– skipped"),
}
NUMBERS = ("Measure", "What it is", "Value", "95 % interval", "Unit", "From")


@dataclass(frozen=True)
class _Drawn:
    """A table: as a figure where it is drawn, and as itself. more: what was left out, empty for nothing."""

    id: str
    name: str
    table: Markup
    more: str
    height: int | None = None

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
        tiles=tuple(_tiles(result)),
        limits=_limits(result),
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
        section.drawn.append(_Drawn(name, each.name, _table(each), _more(each), height))
    return section


def _table(found: Table) -> Markup:
    rows = [[shortened(words.cell(value), LONGEST) for value in row] for row in found.rows[:MOST_ROWS] if row]
    return Markup(table("columns", found.name, found.columns, rows))


def _more(found: Table) -> str:
    rows = len(found.rows)
    return f"The first {MOST_ROWS} of {rows:,} rows; the run and the JSON have all." if rows > MOST_ROWS else ""


def _tiles(result: TestResult) -> Iterator[Tile]:
    verdict = result.verdict
    if verdict is None:
        yield Tile("Verdict", "not judged", "no policy came with it")
    else:
        yield Tile("Verdict", verdict.word, formats.counted(len(verdict.limits), "limit"))
    undone = formats.listed([one.check for one in result.findings if one.state is State.SKIPPED])
    answered = f"valid answers; not done: {undone}" if undone else "every check was done, and its answers are valid"
    failed = formats.listed([one.check for one in result.findings if one.state is State.FAILED])
    yield Tile("Works", words.cell(result.works), answered if result.works else f"{failed}: why is said below")
    yield Tile("Rows", f"{result.rows:,}", "made up" if result.synthetic else "of a sample")
    yield Tile("Seed", str(result.seed), f"{result.seconds:.1f} s in all")


def _limits(result: TestResult) -> Markup | None:
    if result.verdict is None or not result.verdict.limits:
        return None
    rows = [
        (f"{MARKS[one.outcome]} {one.outcome}", one.measure, one.limit, shortened(one.sentence, LONGEST))
        for one in result.verdict.limits
    ]
    return Markup(table("columns", "Each limit of the policy", ("Outcome", "Measure", "Limit", "What came"), rows))


def _numbers(result: TestResult) -> Markup | None:
    rows = [
        (one.name, meaning(one), words.cell(one.value), words.interval(one), one.unit, basis(one))
        for one in result.measures.values()
    ]
    return Markup(table("measures", "Every number", NUMBERS, rows)) if rows else None


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
    yield from ((name, shortened(_plain(value), LONGEST)) for name, value in result.settings.items())


def _plain(value: object) -> str:
    match value:
        case dict():
            return ", ".join(f"{name} {_plain(inner)}" for name, inner in value.items())
        case list() | tuple():
            return ", ".join(map(_plain, value))
        case _:
            return words.cell(value)
