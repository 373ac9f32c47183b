"""Prepared rows -> features and target."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from datasets.frames import DataError, features_and_target, prepare, unreserved
from lifecycle.experiment import DataSpec

SPEC = DataSpec(None, None, "y", "batch", "group", ("age",), ("kind",))


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"age": [30, 40], "kind": ["a", "b"], "y": [0, 1], **columns})


def test_features_come_in_the_experiments_order_and_of_one_type_per_kind() -> None:
    raw = frame(age=[30, None], kind=[1.0, None], extra=[0, 0])[["y", "kind", "extra", "age"]]
    features, target = features_and_target(SPEC, raw)
    assert list(features.columns) == ["age", "kind"]
    assert features["age"].dtype == "float64"
    assert features["kind"].tolist() == ["1", "missing"]
    assert target.tolist() == [0, 1]


def test_a_category_is_written_alike_whatever_stands_beside_it() -> None:
    whole, mixed = ([1, 2], ["1", "2"]), ([1.0, 2.5], ["1", "2.5"])
    for values, written in (whole, mixed, ([1.0, np.inf], ["1", "inf"]), ([True, False], ["1", "0"])):
        assert features_and_target(SPEC, frame(kind=values))[0]["kind"].tolist() == written


def test_without_listed_features_every_other_column_is_one() -> None:
    bare = DataSpec(None, None, "y", "batch", "group", (), ())
    assert list(features_and_target(bare, frame(batch=[0, 0], group=[1, 2]))[0].columns) == ["age", "kind"]


def test_a_preprocessor_is_shown_every_column_but_what_it_must_not_know() -> None:
    rows = frame(batch=[0, 0], group=[1, 2], diagnosis=["a", "b"])
    assert list(unreserved(SPEC, rows).columns) == ["age", "kind", "diagnosis"]


@pytest.mark.parametrize("target", [[False, True], [0.0, 1.0], ["0", "1"]])
def test_a_target_may_be_truth_values_or_floats_but_not_text(target: list[Any]) -> None:
    if isinstance(target[0], str):
        with pytest.raises(DataError, match="target 'y': got '0', '1', expected the numbers 0 and 1"):
            features_and_target(SPEC, frame(y=target))
    else:
        assert features_and_target(SPEC, frame(y=target))[1].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({"y": [0, 2]}, "target 'y': got '0', '2'"),
        ({"y": [0, None]}, "target 'y': got '0.0', 'nan'"),
        ({"y": ["yes", "no"]}, "target 'y': got 'yes', 'no'"),
        ({"age": ["old", 1]}, "column 'age': got 'old', expected a number (1 such values)"),
        ({"age": [np.inf, 1]}, "column 'age': got 1 infinite values, expected finite or no values"),
    ],
)
def test_values_that_do_not_fit_are_said(columns: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DataError) as caught:
        features_and_target(SPEC, frame(**columns))
    assert str(caught.value).startswith(complaint)


@pytest.mark.parametrize(
    ("target", "positive", "ones"),
    [
        ([-1, 1], None, [0, 1]),
        ([1, 2], 1, [1, 0]),
        (["none", "doctor"], "doctor", [0, 1]),
        ([True, False], False, [0, 1]),
        ([0, 1], 0, [1, 0]),
    ],
)
def test_the_positive_label_becomes_1(target: list[Any], positive: Any, ones: list[int]) -> None:
    spec = replace(SPEC, positive=positive)
    assert features_and_target(spec, frame(y=target))[1].tolist() == ones


@pytest.mark.parametrize(
    ("target", "positive", "complaint"),
    [
        (["a", "b"], None, "target 'y': got 'a', 'b', expected the numbers 0 and 1; where two other labels are"),
        ([1, None], 1, "target 'y': got '1.0', 'nan', expected a label in each row"),
    ],
)
def test_a_label_that_cannot_be_known_is_refused(target: list[Any], positive: Any, complaint: str) -> None:
    with pytest.raises(DataError, match=f"^{complaint}"):
        features_and_target(replace(SPEC, positive=positive), frame(y=target))


@pytest.mark.parametrize(
    ("target", "positive", "got", "named", "written"),
    [
        ([1, 2], "2", "1, 2 (numbers)", "'2', a text", "positive = 2"),
        (["1", "2"], 2.0, "'1', '2' (texts)", "2.0, a number", 'positive = "2"'),
        ([True, False], "TRUE", "True, False (truth values)", "'TRUE', a text", "positive = true"),
        (["no", "Yes"], "yes", "'no', 'Yes' (texts)", "'yes', a text", 'positive = "Yes"'),
        ([1, 2], 3, "1, 2 (numbers)", "3, a number", "positive = 1 or positive = 2"),
    ],
)
def test_a_positive_label_that_is_not_there_is_answered_with_those_that_are(
    target: list[Any], positive: Any, got: str, named: str, written: str
) -> None:
    with pytest.raises(DataError) as caught:
        features_and_target(replace(SPEC, positive=positive), frame(y=target))
    told = f"target 'y': got {got}, and the positive label {named}, is none of them: write {written}"
    assert str(caught.value) == told


def test_more_than_two_labels_are_refused_whichever_is_positive() -> None:
    three = pd.DataFrame({"age": [1, 2, 3], "kind": list("abc"), "y": list("abc")})
    with pytest.raises(DataError, match=r"^target 'y': got 'a', 'b', 'c', expected two labels"):
        features_and_target(replace(SPEC, positive="a"), three)


def test_missing_columns_are_named_with_those_there_are() -> None:
    with pytest.raises(DataError, match="columns 'kind', 'y' are missing; the data has 'age', 'x"):
        features_and_target(SPEC, pd.DataFrame({"age": [1], "x\x1b[31m\n": [1]}))


def test_no_rows_left_is_said() -> None:
    with pytest.raises(DataError, match="no row of the data is left"):
        features_and_target(SPEC, frame().iloc[:0])


def features_file(folder: Path, text: str) -> DataSpec:
    (folder / "features.py").write_text(text)
    return DataSpec(None, folder / "features.py", "y", "batch", "group", ("age",), ("kind",))


def test_features_py_prepares_the_raw_rows(tmp_path: Path) -> None:
    spec = features_file(tmp_path, "def prepare(raw):\n    return raw.rename(columns={'Age': 'age'})\n")
    assert "age" in prepare(spec, frame().rename(columns={"age": "Age"}))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("def prepare(raw):\n    return raw['Age']\n", "columns are missing: 'Age'; the data has 'age', 'kind', 'y'"),
        ("def prepare(raw):\n    return raw[['Age', 'y']]\n", "columns are missing: "),
        ("def prepare(raw):\n    return raw.Age\n", "AttributeError: 'DataFrame' object has no attribute 'Age'"),
        ("def prepare():\n    pass\n", "TypeError: prepare() takes 0 positional arguments but 1 was given"),
        ("", "AttributeError: "),
        ("raise ValueError('first\\nsecond')\n", "ValueError: first"),
        ("def prepare(raw):\n    return 3\n", "prepare() returned a int, expected a DataFrame"),
    ],
)
def test_features_py_that_fails_is_one_sentence(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(DataError) as caught:
        prepare(features_file(tmp_path, text), frame())
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
