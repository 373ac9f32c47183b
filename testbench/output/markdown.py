"""A test as a Markdown table, for a pull request."""

from collections.abc import Iterator, Sequence

from batch_zero.text import as_markdown
from testbench.findings import Finding, Measure, State
from testbench.output import words
from testbench.output.meanings import basis, meaning
from testbench.policy.verdict import Outcome, Verdict
from testbench.run import TestReport

MARKS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.OPEN: "≈", Outcome.UNKNOWN: "?"}
STATES = {State.DONE: "✓", State.FAILED: "✗", State.SKIPPED: "–"}


def to_markdown(report: TestReport, verdict: Verdict | None) -> str:
    return "\n\n".join(_parts(report, verdict)) + "\n"


def _parts(report: TestReport, verdict: Verdict | None) -> Iterator[str]:
    data = "made-up rows" if report.synthetic else "rows of the sample"
    yield f"### Model test: {as_markdown(report.name)}"
    if verdict is not None:
        yield f"**{as_markdown(verdict.sentence)}**"
        rows = [
            (
                f"{MARKS[one.outcome]} {one.outcome}",
                as_markdown(one.measure),
                as_markdown(one.limit),
                as_markdown(one.sentence),
            )
            for one in verdict.judged
        ]
        yield _table(("", "Measure", "Limit", "What came"), rows)
    if not report.works:
        yield "**It does not work.**"
    yield from (f"**Note:** {as_markdown(text)}" for text in words.cautions(report.findings, report.assumed))
    yield f"{as_markdown(report.model.model_class)}, {report.rows:,} {data}, {report.seconds:.1f} s."
    yield _table(("", "Check", "What came"), [_check(finding) for finding in report.findings])
    yield "\n".join(f"- {as_markdown(sentence)}" for sentence in report.file.sentences())
    if report.measures:
        yield f"<details><summary>Every number</summary>\n\n{_measures(report.measures)}\n\n</details>"


def _check(finding: Finding) -> tuple[str, ...]:
    return STATES[finding.state], as_markdown(finding.check), as_markdown(words.came(finding))


def _measures(measures: tuple[Measure, ...]) -> str:
    rows = [
        (
            as_markdown(one.name),
            as_markdown(meaning(one)),
            words.number(one.value),
            _span(one),
            as_markdown(one.unit),
            basis(one),
        )
        for one in measures
    ]
    return _table(("Measure", "What it is", "Value", "95 % interval", "Unit", "From"), rows)


def _span(measure: Measure) -> str:
    return "" if measure.low is None and measure.high is None else words.interval(measure)


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
