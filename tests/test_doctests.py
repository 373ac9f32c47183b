"""An example in a docstring is a specification: what it shows is what comes."""

import doctest
import importlib
from pathlib import Path

import pytest

from tests.house import ROOT, rooms

WITH_EXAMPLES = [source for source in rooms() if ">>> " in (ROOT / source).read_text("utf-8")]


def test_the_rules_that_everything_rests_on_show_what_they_do() -> None:
    wanted = {"lifecycle/gate.py", "mlflow_io/latest_runs.py", "batch_zero/formats.py", "metrics/kinds.py"}
    assert wanted <= {str(source) for source in WITH_EXAMPLES}


@pytest.mark.parametrize("source", WITH_EXAMPLES, ids=str)
def test_the_examples_of_a_file_are_true(source: Path) -> None:
    module = importlib.import_module(".".join(source.with_suffix("").parts))
    failed, tried = doctest.testmod(module)
    assert tried > 0
    assert failed == 0
