import datetime
from decimal import Decimal

import pandas as pd
import pytest

from drift.errors import DriftError
from drift.schema import Schema, infer_schema

ROWS = 60


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([i / 7 for i in range(ROWS)], "numerical"),
        (list(range(ROWS)), "numerical"),
        (pd.array(range(ROWS), dtype="Int64"), "numerical"),
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
        (pd.date_range("2024-01-01", periods=ROWS), "dates and times are not compared"),
        ([datetime.date(2024, 1, 1)] * ROWS, "dates and times are not compared"),
        (["2024-01-01"] * ROWS, "dates and times are not compared"),
        ([["a"]] * ROWS, "lists and other nested values are not compared"),
    ],
)
def test_what_is_left_out_comes_with_its_reason(values, reason):
    schema = infer_schema(pd.DataFrame({"x": values, "y": range(ROWS)}))
    assert schema == Schema(numerical=("y",), untested=(("x", reason),))


def test_a_schema_names_each_column_once():
    with pytest.raises(DriftError, match="twice came 'x'"):
        Schema(numerical=("x",), categorical=("x",))


def test_a_part_of_a_schema():
    schema = Schema(("a", "b"), ("c",), (("d", "dates and times are not compared"),))
    assert schema.only(["c", "a"]) == Schema(("a",), ("c",))
    with pytest.raises(DriftError, match="column 'd' cannot be compared: dates and times"):
        schema.only(["d"])
    with pytest.raises(DriftError, match="no column 'e'; it has 'a', 'b', 'c'"):
        schema.only(["e"])
