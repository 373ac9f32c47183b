"""Every input that Evidently answers with a foreign error or, worse, without one."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from drift.errors import DriftError
from drift.prepare import prepare
from drift.schema import Schema

NUMBERS = Schema(numerical=("x",))
LABELS = Schema(categorical=("x",))


def frame(values, name="x"):
    return pd.DataFrame({name: values})


@pytest.mark.parametrize(
    ("reference", "current", "message"),
    [
        (frame([1.0]), frame([]), "the batch is empty: 0 rows, 1 columns"),
        (frame([]), frame([1.0]), "the reference is empty: 0 rows, 1 columns"),
        (frame([1.0]), frame([1.0])[[]], "the batch is empty: 1 rows, 0 columns"),
        (frame([1.0]), frame([1.0], "y"), "the batch lacks 1 of 1 columns: 'x'; it has 'y'"),
        (frame([1.0], "y"), frame([1.0]), "the reference lacks 1 of 1 columns: 'x'; it has 'y'"),
        (frame([1.0]), pd.DataFrame([[1, 2]], columns=["x", "x"]), "the batch has more than one column named 'x'"),
        (pd.DataFrame([[1, 2]], columns=[1, "1"]), frame([1.0]), "the reference has more than one column named '1'"),
        (frame([1.0]), frame(["1", "many", "?"]), "column 'x' of the batch: got 'many', expected a number (2 such"),
        (frame([1j]), frame([1.0]), "column 'x' of the reference: got 1j, expected a number"),
        (frame([1.0]), frame([[1], [2]]), "column 'x' of the batch: got [1], expected a number"),
        (
            frame(pd.date_range("2024", periods=2)),
            frame([1.0]),
            "column 'x' of the reference: got Timestamp('2024",
        ),
    ],
)
def test_what_cannot_be_compared_says_why(reference, current, message):
    with pytest.raises(DriftError) as caught:
        prepare(reference, current, NUMBERS)
    assert message in str(caught.value)


def test_a_list_is_no_category():
    with pytest.raises(DriftError, match=r"got \['a'\], expected a category"):
        prepare(frame(["a"]), frame([["a"]]), LABELS)


@pytest.mark.parametrize(
    "values",
    [
        [1, 0, None],
        ["1", " 0.0 ", ""],
        ["1", "0", "nan"],
        [Decimal(1), Decimal("0.0"), None],
        [True, False, None],
        pd.array([1, 0, None], dtype="Int64"),
        pd.array([1.0, 0.0, None], dtype="Float64"),
        pd.array([True, False, None], dtype="boolean"),
        pd.array([1, 0, None], dtype="int64[pyarrow]"),
        pd.array([Decimal(1), Decimal(0), None], dtype=pd.ArrowDtype(pa.decimal128(5, 2))),
        pd.Categorical([1, 0, None]),
        [1, 0, np.inf],
    ],
)
def test_numbers_of_every_type_become_float64(values):
    pair = prepare(frame(values), frame(values), NUMBERS)
    for side in (pair.reference, pair.current):
        np.testing.assert_array_equal(side["x"].to_numpy(), [1.0, 0.0, np.nan])
    assert pair.kind("x") == "numerical"


@pytest.mark.parametrize(
    "values",
    [
        ["1", "2", None],
        ["1.0", "2.00", None],
        [1.0, 2.0, None],
        [1, 2, None],
        pd.array([1, 2, None], dtype="Int64"),
        pd.array(["1", "2", None], dtype="string[pyarrow]"),
        [Decimal(1), Decimal("2.00"), None],
        pd.Categorical([1.0, 2.0, None], categories=[3.0, 2.0, 1.0]),
        [1.0, 2.0, np.inf],
    ],
)
def test_a_category_is_the_same_however_it_was_typed(values):
    pair = prepare(frame([1, 2, 2]), frame(values), LABELS)
    assert pair.current["x"].tolist() == ["1", "2", np.nan]
    assert pair.reference["x"].dtype == pair.current["x"].dtype
    assert pair.kind("x") == "categorical"


@pytest.mark.parametrize("values", [[True, False], ["True", "False"], ["true", "false"], ["TRUE", "FALSE"], ["1", "0"]])
def test_a_truth_value_is_its_number(values):
    for schema, expected in ((LABELS, ["1", "0"]), (NUMBERS, [1.0, 0.0])):
        pair = prepare(frame([1.0, 0.0]), frame(values), schema)
        assert pair.current["x"].tolist() == expected


def test_fractions_are_equal_as_text_and_large_codes_stay_exact():
    numbers = [2**60 + 1, 1e16, 0.5, 1e-05]
    pair = prepare(frame(pd.Series(numbers, dtype=object)), frame([str(2**60 + 1), 10**16, "0.50", "0.00001"]), LABELS)
    assert pair.reference["x"].tolist() == pair.current["x"].tolist()


def test_other_words_stay_what_they_are():
    values = ["yes", "no", "tRUE", "007", "1.2.3", " 1"]
    assert prepare(frame(["a"]), frame(values), LABELS).current["x"].tolist() == values


def test_whole_numbers_as_column_names_become_text():
    assert prepare(pd.DataFrame({7: [1.0]}), pd.DataFrame({7: [2.0]}), Schema(("7",))).columns == ("7",)


def test_extra_columns_are_ignored_and_listed_and_the_reference_gives_the_order():
    reference = pd.DataFrame({"b": ["u"], "a": [1.0], "unused": [0]})
    current = pd.DataFrame({"new": [1], "a": [2.0], "b": ["v"], "unused": [0]})
    pair = prepare(reference, current, Schema(("a",), ("b",)))
    assert pair.columns == ("b", "a")
    assert pair.ignored == ("new",)


def test_infinite_values_are_counted():
    pair = prepare(frame([1.0, np.inf]), frame([-np.inf, np.inf, 3.0, None]), NUMBERS)
    assert pair.infinite == {"x": (1, 2)}


def test_the_frames_that_came_stay_as_they_were():
    reference, current = frame(["1", "inf"]), frame(["2", "3"])
    before = reference.copy(), current.copy()
    prepare(reference, current, NUMBERS)
    pd.testing.assert_frame_equal(reference, before[0])
    pd.testing.assert_frame_equal(current, before[1])
