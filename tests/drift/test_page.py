import pandas as pd
import pytest

from drift.detect import check
from drift.errors import DriftError
from drift.page import without_markup_in_data
from drift.policy import DriftPolicy
from drift.schema import Schema

ATTACK = "</script><script>alert(1)</script>"


def test_a_category_named_like_a_script_stays_a_name():
    frame = pd.DataFrame({"x": ["a", ATTACK] * 50, ATTACK: ["b", "c"] * 50})
    page = check(frame, frame, Schema((), ("x", ATTACK)), DriftPolicy()).html()
    assert "<script>alert" not in page
    assert "\\u003c/script>\\u003cscript>alert(1)" in page


def test_the_page_is_of_the_run_that_gave_the_result(monkeypatch):
    frame = pd.DataFrame({"x": ["a", "b"] * 50})
    done = check(frame, frame, Schema((), ("x",)), DriftPolicy(threshold=0.4))
    monkeypatch.setattr("evidently.Report.run", None)
    assert "Dataset drift detection threshold is 0.4" in done.html()


def test_another_evidently_is_noticed():
    with pytest.raises(RuntimeError, match="got 0 lines of data, expected 2"):
        without_markup_in_data("<html></html>")


def test_without_a_tested_column_there_is_no_page():
    done = check(pd.DataFrame({"x": [1.0]}), pd.DataFrame({"x": [None]}), Schema(("x",)), DriftPolicy())
    assert done.result.share == 1.0
    with pytest.raises(DriftError, match="no Evidently page"):
        done.html()
