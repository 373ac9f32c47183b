"""A model that does not work: every face of its test says which check failed, and why."""

from collections.abc import Callable
from html import unescape

import cloudpickle
import numpy as np
import pandas as pd
import pytest

from testbench.__main__ import _said
from testbench.output.data import summary, to_data
from testbench.output.html import to_html
from testbench.output.junit import to_junit
from testbench.output.markdown import to_markdown
from testbench.policy.policy import parsed
from testbench.policy.verdict import judge
from testbench.result import from_data
from testbench.run import Asked, Settings, TestReport, run_tests
from tests.testbench.checks.odd_models import answering

WHAT = "probabilities from 0 to 1"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> TestReport:
    """Of a model whose probabilities are above 1."""
    path = tmp_path_factory.mktemp("odd") / "odd.pkl"
    path.write_bytes(cloudpickle.dumps(answering("X['x'] + 2")))
    rows = pd.DataFrame({"x": np.linspace(0, 1, 60)})
    return run_tests(Asked(path, path.name, rows, settings=Settings(checks=("works",))), lambda _: None)


FACES: dict[str, Callable[[TestReport], str]] = {
    "html": lambda report: to_html(from_data(to_data(report, None))),
    "markdown": lambda report: to_markdown(report, None),
    "junit": lambda report: to_junit(report, None).decode(),
    "the summary of the API": lambda report: str(summary(to_data(report, None))["faults"]),
    "the command": lambda report: _said(report, None),
    "the command, of a policy that is kept to": lambda report: _said(
        report, judge(parsed("answer_checks_failed <= 9"), report.measures, {})
    ),
}


@pytest.mark.parametrize("face", FACES)
def test_what_fails_and_why_is_said(report: TestReport, face: str) -> None:
    (finding,) = report.findings
    (why,) = (row[2] for row in finding.tables[0].rows if row[0] == WHAT)
    text = unescape(FACES[face](report)).replace("\\", "")
    assert not report.works
    assert f"{WHAT}: {why}" in text, text[:3_000]


def test_the_page_in_one_file_says_it_where_it_is_seen_first(report: TestReport) -> None:
    """Above every check, and not only in a table that has to be opened."""
    html = FACES["html"](report)
    assert html.index("It does not work.") < html.index(WHAT) < html.index("<main>")
