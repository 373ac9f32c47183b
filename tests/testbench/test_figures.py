"""The figures of a test: each table that is to be drawn is, and what is none does no harm."""

import json
from dataclasses import replace

import plotly.graph_objects as go
import pytest

from drift.policy import DriftPolicy
from sandbox.warm import WarmParent
from testbench.charts import figures
from testbench.charts.preview import histograms
from testbench.findings import Table
from testbench.output.data import to_data
from testbench.result import from_data
from testbench.run import TestReport, run_tests
from tests.testbench.conftest import Trained
from tests.testbench.test_run import asked, heard


@pytest.fixture(scope="module")
def report(boosted: Trained, warm: WarmParent) -> TestReport:
    return run_tests(asked(boosted), heard, warm)


def drawn(report: TestReport) -> dict[str, Table]:
    kept = from_data(json.loads(json.dumps(to_data(report, None))))
    return {table.chart: table for finding in kept.findings for table in finding.tables if table.chart}


def test_every_table_that_is_to_be_drawn_is(report: TestReport) -> None:
    tables = drawn(report)
    assert set(tables) == set(figures.FIGURES)
    for table in tables.values():
        figure = figures.of(table)
        assert figure is not None
        assert figure.data


def test_the_drift_alarm_stands_beside_what_drift_does_to_the_answers(report: TestReport) -> None:
    table = drawn(report)["simulation"]
    figure = figures.of(table)
    assert figure is not None
    for move in dict.fromkeys(row[0] for row in table.rows):
        rows = [row for row in table.rows if row[0] == move]
        told = [f"{row[2]:.3g}" for row in rows]
        assert told in [list(trace.customdata) for trace in figure.data if trace.name == "PSI of the answers"]
        assert [row[6] for row in rows] in [list(trace.y) for trace in figure.data]


@pytest.mark.parametrize("rows", [(), ((),), ((None,),), (("a", "b", "c"),), (({}, [], 3, 4, 5, 6, 7, 8, 9),)])
def test_a_kept_table_that_is_none_is_not_drawn(report: TestReport, rows: tuple[tuple[object, ...], ...]) -> None:
    for table in drawn(report).values():
        figure = figures.of(replace(table, rows=rows, columns=("a",)))
        assert figure is None or figure.to_json()


def test_names_in_a_figure_mean_nothing(report: TestReport) -> None:
    for table in drawn(report).values():
        rows = tuple(tuple("<b>bold</b>" if isinstance(cell, str) else cell for cell in row) for row in table.rows)
        columns = (table.columns[0], *("<b>bold</b>" for _ in table.columns[1:]))
        figure = figures.of(replace(table, rows=rows, columns=columns))
        assert figure is None or "<b>" not in str(json.loads(figure.to_json()))


def test_panels_of_one_figure_are_on_one_scale(report: TestReport) -> None:
    """With the lines that they are held against: the same height is the same number in each."""
    table = drawn(report)["simulation"]
    assert table.limit == DriftPolicy().threshold
    figure = with_psi(table, 1.9)
    axes = [figure.layout[name] for name in figure.layout if name.startswith("yaxis")]
    panels = len({row[0] for row in table.rows})
    assert len(axes) == 2 * panels > 2
    assert len({axis.range for axis in axes}) == 2
    assert max(axis.range[1] for axis in axes) > 1.9
    for at, name in ((0.25, "PSI 0.25: much"), (table.limit, "alarm from 0.30 on")):
        lines = [trace for trace in figure.data if trace.name == name]
        assert [set(trace.y) for trace in lines] == [{at}] * panels
        assert sum(bool(trace.showlegend) for trace in lines) == 1


def with_psi(table: Table, psi: float, strength: float | None = None) -> go.Figure:
    """Of its first drift."""
    first = table.rows[0]
    begins = [first[0], first[1]] if strength is None else ["missing values", strength]
    figure = figures.of(replace(table, rows=((*begins, psi, *first[3:]), *table.rows[1:])))
    assert figure is not None
    return figure


def test_what_is_very_much_or_leaves_nothing_of_a_column_flattens_no_figure(report: TestReport) -> None:
    table = drawn(report)["simulation"]
    very = with_psi(table, 300.0)
    assert very.layout.yaxis.range[1] < 2.5
    (line,) = [trace for trace in very.data if trace.customdata is not None and "300" in trace.customdata]
    assert max(y for y in line.y) == 2.0
    assert "300" in line.text
    assert with_psi(table, 8.3, strength=1.0).layout.yaxis.range == with_psi(table, 0.0).layout.yaxis.range


def test_a_test_of_an_earlier_version_has_no_line_that_nobody_knows(report: TestReport) -> None:
    figure = figures.of(replace(drawn(report)["simulation"], limit=None))
    assert figure is not None
    assert not [trace for trace in figure.data if trace.name.startswith("alarm from")]


def test_histograms_of_one_sort_are_on_one_scale() -> None:
    numbers = [{"name": n, "edges": [0, 1, 2], "shares": [[share, 1 - share]]} for n, share in (("a", 0.5), ("b", 0.9))]
    word = {"name": "c", "labels": ["x", "y"], "shares": [[0.3, 0.2], [0.1, 0.4]]}
    a, b, c = (figure.layout.yaxis.range for figure in histograms([*numbers, word]))
    assert a == b
    assert a[1] > 0.9
    assert 0.4 < c[1] < 0.5
