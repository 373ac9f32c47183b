"""Two kept tests side by side: the word for each measure, and what keeps two tests from being compared."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from testbench.comparison import Comparison, Word, compare
from testbench.findings import Finding, Measure, State
from testbench.output.data import finite, to_data
from testbench.result import KeptSample, TestResult, from_data
from tests.testbench.kept import ROWS, a_report


def of(*measures: Measure, data: pd.DataFrame = ROWS, **more: object) -> TestResult:
    report = a_report(findings=(Finding("quality", State.DONE, "Done.", measures),), data=data)
    return replace(from_data(to_data(report, None)), **more)  # type: ignore[arg-type]


def only(comparison: Comparison) -> tuple[Word, str]:
    (found,) = comparison.measures
    return found.word, found.reason


@pytest.mark.parametrize(
    ("first", "second", "word"),
    [
        (Measure("auc", 0.8, 0.78, 0.82), Measure("auc", 0.9, 0.88, 0.92), Word.BETTER),
        (Measure("auc", 0.9, 0.88, 0.92), Measure("auc", 0.8, 0.78, 0.82), Word.WORSE),
        (Measure("auc", 0.8, 0.7, 0.9), Measure("auc", 0.9, 0.88, 0.92), Word.SAME),
        (Measure("auc", 0.8, 0.7, 0.88), Measure("auc", 0.9, 0.88, 0.92), Word.SAME),
        (Measure("rmse", 3.0, 2.9, 3.1), Measure("rmse", 2.0, 1.9, 2.1), Word.BETTER),
        (Measure("breaks", 3.0), Measure("breaks", 3.0), Word.SAME),
    ],
)
def test_what_is_told_apart_has_a_word_by_its_direction(first: Measure, second: Measure, word: Word) -> None:
    found = compare(of(first), of(second))
    assert only(found) == (word, "")
    assert found.measures[0].difference == second.value - first.value
    assert "not in pairs" in found.as_dict()["how"]


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (Measure("breaks", 3.0), Measure("breaks", 4.0), "no interval"),
        (Measure("auc", 0.8, 0.7, 0.9), Measure("auc", 0.9), "no interval"),
        (Measure("x", 1.0, 0.9, 1.1, "ms"), Measure("x", 2.0, 1.9, 2.1, "s"), "in ms and in s"),
        (Measure("latency_p95_ms", 3.0, 2.9, 3.1, "ms"), Measure("latency_p95_ms", 4.0, 3.9, 4.1, "ms"), "what else"),
        (Measure("throughput", 3.0, unit="rows/s"), Measure("throughput", 4.0, unit="rows/s"), "what else the machine"),
        (Measure("explained_rows", 100.0), Measure("explained_rows", 200.0), "neither better nor worse"),
    ],
)
def test_what_cannot_be_told_says_why(first: Measure, second: Measure, reason: str) -> None:
    word, said = only(compare(of(first), of(second)))
    assert word is Word.NONE
    assert reason in said


def test_what_one_of_them_did_not_measure_has_no_difference() -> None:
    found = compare(of(Measure("auc", 0.8)), of(Measure("f1", 0.7)))
    assert [(one.name, one.difference, one.word, one.reason) for one in found.measures] == [
        ("auc", None, Word.NONE, "the second test did not measure it"),
        ("f1", None, Word.NONE, "the first test did not measure it"),
    ]


A_SAMPLE = KeptSample("a.csv", "aa" * 32, 4)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ({"synthetic": False}, {}, "One rests on a sample"),
        ({"rows": 4}, {"rows": 5}, "on 4 and on 5 rows"),
        ({"seed": 1}, {"seed": 2}, "other seeds, 1 and 2"),
        ({}, {}, "other schemas or samples"),
        ({"data_sha256": ""}, {}, "is not known"),
        ({"synthetic": False}, {"synthetic": False}, "one whose file is not known"),
    ],
)
def test_on_other_data_no_word_is_said(first: dict[str, object], second: dict[str, object], said: str) -> None:
    better = Measure("auc", 0.9, 0.88, 0.92)
    one, other = of(Measure("auc", 0.8, 0.78, 0.82), **first), of(better, data=ROWS.iloc[::-1], **second)
    found = compare(one, other)
    assert said in found.other_data
    assert only(found) == (Word.NONE, "it rests on other data")


def test_the_same_rows_from_another_file_are_the_same_data() -> None:
    one = of(Measure("auc", 0.8), given=replace(of().given, sample=A_SAMPLE))
    other = of(Measure("auc", 0.8), given=replace(of().given, sample=replace(A_SAMPLE, sha256="bb" * 32)))
    assert compare(one, other).other_data == ""


def test_the_same_file_other_settings_and_the_machine_are_said() -> None:
    found = compare(of(Measure("start_ms", 1.0)), of(Measure("start_ms", 2.0), settings={"rows": 5}))
    assert "Both tests are of the same file." in found.notes
    assert any("settings differ in " in note and "rows" in note for note in found.notes)
    assert any("of the machine" in note for note in found.notes)


def test_numbers_beyond_all_measure_are_json_all_the_same() -> None:
    found = compare(of(Measure("x", -1.7e308)), of(Measure("x", 1.7e308)))
    assert json.loads(json.dumps(finite(found.as_dict()), allow_nan=False))["measures"][0]["difference"] is None
