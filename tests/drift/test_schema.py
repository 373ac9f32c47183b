import datetime
from decimal import Decimal

import pandas as pd
import pytest

from drift.errors import DriftError
from drift.schema import Schema, infer_schema

ROWS = 60
IDENTIFIER = "an identifier: 60 different whole numbers in 60 rows"
DATES = (
    *("2024-01-01", "2024/1/5", "31.1.2024", "1/31/2024", "05-01-2024", "1/31/24", "31.01.24", "2024-01-05T12:30:00Z"),
    *("Jan 5, 2024", "January 5th, 2024", "Wed, 31 Jan 2024 12:30:00 GMT", "Wed Jan 31 12:30:00 2024", "Sept. 2024"),
    *(
        "5 jan 2024",
        "05-JAN-24",
        "5. Januar 2024",
        "5. März 2024",
        "5 août 2024",
        "5 de mayo de 2024",
        "12:30",
        "1:30:05 PM",
    ),
)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([i / 7 for i in range(ROWS)], "numerical"),
        ([i * i % 97 for i in range(ROWS)], "numerical"),
        (pd.array([i * i % 97 for i in range(ROWS)], dtype="Int64"), "numerical"),
        ([i * 7_654_321 % 10_000_019 for i in range(ROWS)], "numerical"),
        (["May", "Mark 5", "Mar"] * (ROWS // 3), "categorical"),
        (["1.2.10", "1.2.9"] * (ROWS // 2), "categorical"),
        ([f"{number % 20:02}" for number in range(ROWS)], "categorical"),
        ([f"+4915112345{number % 20:03}" for number in range(ROWS)], "categorical"),
        ([*["-007", "012"], *[f"{number:03}" for number in range(ROWS - 2)]], "numerical"),
        ([Decimal(i) / 7 for i in range(ROWS)], "numerical"),
        ([str(i / 7) for i in range(ROWS)], "numerical"),
        ([0.5, 1.5] * (ROWS // 2), "numerical"),
        ([1, 2, 3] * (ROWS // 3), "categorical"),
        ([1.0, 2.0, None] * (ROWS // 3), "categorical"),
        (["a", "b", None] * (ROWS // 3), "categorical"),
        ([True, False] * (ROWS // 2), "categorical"),
        ([True, None] * (ROWS // 2), "categorical"),
        ([None] * ROWS, "categorical"),
        (pd.Categorical(range(ROWS)), "categorical"),
    ],
)
def test_a_column_is_numerical_or_categorical(values, kind):
    schema = infer_schema(pd.DataFrame({"x": values}))
    assert getattr(schema, kind) == ("x",)
    assert schema.untested == ()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([f"id{i}" for i in range(ROWS)], "free text or an identifier: 60 different values in 60 rows"),
        (pd.date_range("2024-01-01", periods=ROWS), "it holds dates and times"),
        ([datetime.date(2024, 1, 1)] * ROWS, "it holds dates and times"),
        *(([text] * ROWS, "it holds dates and times") for text in DATES),
        (list(range(1000, 1000 + ROWS)), IDENTIFIER),
        ([str(1000 + number) for number in range(ROWS)], IDENTIFIER),
        ([f"{number:04}" for number in range(ROWS)], "free text or an identifier: 60 different values in 60 rows"),
        ([1.0 * i * i for i in range(ROWS)], IDENTIFIER),
        ([i * 37 % 101 for i in range(ROWS)], IDENTIFIER),
        ([f"{i} kg" for i in range(ROWS)], "it holds numbers with a unit, such as '0 kg'"),
        ([f"{i / 7}%" for i in range(ROWS)], "it holds numbers with a unit, such as '0.0%'"),
        (
            [*(i / 7 for i in range(ROWS - 1)), "k.A."],
            "it holds numbers and text: 1 of 60 values is no number, such as 'k.A.'",
        ),
        (
            [f"{i} {'kg' if i % 2 else 'g'}" for i in range(ROWS)],
            "free text or an identifier: 60 different values in 60 rows",
        ),
        ([["a"]] * ROWS, "it holds lists or other nested values"),
    ],
)
def test_what_is_left_out_comes_with_its_reason(values, reason):
    schema = infer_schema(pd.DataFrame({"x": values, "y": [i / 7 for i in range(ROWS)]}))
    assert schema == Schema(numerical=("y",), untested=(("x", reason),))


@pytest.mark.parametrize("name", ["id", "case_id", "PassengerId", "customerid", "Unnamed: 0"])
def test_different_whole_numbers_are_an_identifier_where_their_name_says_so(name):
    values = [i * 7_654_321 % 10_000_019 for i in range(ROWS)]
    assert infer_schema(pd.DataFrame({name: values})).untested == ((name, IDENTIFIER),)
    assert infer_schema(pd.DataFrame({name: [*values, values[0]]})).numerical == (name,)


def test_a_schema_names_each_column_once():
    with pytest.raises(DriftError, match="got 'x' twice"):
        Schema(numerical=("x",), categorical=("x",))


def test_a_part_of_a_schema():
    schema = Schema(("a", "b"), ("c",), (("d", "it holds dates and times"),))
    assert schema.only(["c", "a"]) == Schema(("a",), ("c",))
    with pytest.raises(DriftError, match="column 'd' cannot be compared: it holds dates and times"):
        schema.only(["d"])
    with pytest.raises(DriftError, match="no column 'e'; it has 'a', 'b', 'c'"):
        schema.only(["e"])
