"""A test's tiles, limits, numbers and tables as a reader sees them: one for the page and for the HTML."""

import re
from collections.abc import Iterator
from typing import Any

from batch_zero.formats import MINUS, datum
from metrics.kinds import KNOWN
from testbench.findings import Measure, Table
from testbench.output import words
from testbench.output.meanings import basis, meaning
from testbench.policy.verdict import Outcome
from testbench.result import KeptVerdict, TestResult
from ui.tiles import Tile

Rows = list[tuple[str, ...]]

OUTCOMES = {Outcome.PASSED: "✓", Outcome.FAILED: "✕", Outcome.OPEN: "≈", Outcome.UNKNOWN: "?"}
LIMITS = ("Measure", "Limit", "Outcome", "Why")
POLICY = "The policy, limit by limit"
NUMBERS = ("Measure", "What it is", "Value (95 % interval)", "From")

DATA = {"beeswarm": "Value", "waterfall": "Value"}
"""By the chart of a table: the column that holds values of features, which are written as they stand in the data."""

SIGN = re.compile(r"(?<![\w.-])-(?=\d)")

TILES = 4
FOREMOST = (
    ("Latency of one row, p95", "latency_p95_ms", ""),
    ("Odd values not answered", "error_rate", "of odd cells and tables; a refusal may be right"),
    ("Largest effect of drift, PSI", "simulation_max_psi", "0.25 is much"),
    ("Peak memory", "peak_memory_mb", ""),
)
"""Label, measure, and what to know of it."""


def tiles(result: TestResult) -> list[Tile]:
    """The score that counts most, and what else a person asks first."""
    data = "made-up rows" if result.synthetic else "rows of the sample"
    found = result.measures
    first = Tile("Tested on", f"{result.rows:,}", f"{data}, seed {result.seed}, in {result.seconds:.1f} s")
    quality = next((found[name] for name in KNOWN if name in found), None)
    scores = [] if quality is None else [_tile(KNOWN[quality.name].label, quality, "")]
    others = [_tile(label, found[name], note) for label, name, note in FOREMOST if name in found]
    return [first, *scores, *others][:TILES]


def _tile(label: str, measure: Measure, note: str) -> Tile:
    """A score as the report writes it; anything else with four digits. Its note begins with the name that a policy has
    for it."""
    write = KNOWN[measure.name].text if measure.name in KNOWN else words.number
    unit = f" {measure.unit}" if measure.unit else ""
    value = f"{measure.value:.0%}" if measure.name == "error_rate" else f"{write(measure.value)}{unit}"
    calls = f", of {measure.calls:,} calls" if measure.calls else ""
    if measure.low is not None and measure.high is not None:
        note = f"95 % interval {write(measure.low)} to {write(measure.high)}{unit}{calls}"
    elif measure.low is not None:
        note = f"at least {write(measure.low)}{unit}; too few calls for more"
    notes = "; ".join(filter(None, (measure.about, note)))
    return Tile(label, value, f"{measure.name}: {notes}" if notes else measure.name)


def limits(verdict: KeptVerdict) -> Rows:
    return [
        (one.measure, one.limit, f"{OUTCOMES[one.outcome]} {one.outcome}", SIGN.sub(MINUS, one.sentence))
        for one in verdict.limits
    ]


def numbers(result: TestResult) -> Rows:
    return [(one.name, meaning(one), words.value(one), basis(one)) for one in result.measures.values()]


def rows(table: Table) -> Iterator[tuple[str, ...]]:
    place = table.columns.index(DATA[table.chart]) if DATA.get(table.chart) in table.columns else None
    for row in table.rows:
        yield tuple(_datum(cell) if number == place else words.cell(cell) for number, cell in enumerate(row))


def _datum(cell: Any) -> str:
    return datum(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else words.cell(cell)
