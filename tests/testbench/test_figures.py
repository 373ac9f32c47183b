"""The figures of a test: each table that is to be drawn is, and what is none does no harm."""

import json
from dataclasses import replace

import pytest

from testbench.charts import figures
from testbench.findings import Table
from testbench.output.data import to_data
from testbench.result import from_data
from testbench.run import TestReport, run_tests
from tests.testbench.conftest import Trained
from tests.testbench.test_run import asked, heard


@pytest.fixture(scope="module")
def report(boosted: Trained) -> TestReport:
    return run_tests(asked(boosted), heard)


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
        assert [row[2] for row in rows] in [list(trace.y) for trace in figure.data]
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
