"""Rows that are not what the schema says are named, each with its reason."""

import numpy as np
import pandas as pd
import pytest

from batch_zero.errors import BatchZeroError
from testbench.schema.conform import violations
from testbench.schema.detect import from_sample
from testbench.schema.schema import Column, Kind, Schema


def said(values: list[object], column: Column) -> list[str]:
    frame = pd.DataFrame({column.name: pd.Series(values, dtype=object)})
    return [found.sentence for found in violations(frame, Schema((column,)))]


def test_each_kind_says_what_it_takes() -> None:
    assert said([1.5, "2.5", None, "x", np.inf], Column("a", Kind.FLOAT, missing=0.1)) == [
        "row 4, column 'a': got 'x', expected a float",
        "row 5, column 'a': got inf, expected a float",
    ]
    assert said([1, 2.0, 2.5, -1], Column("a", Kind.INT, low=0)) == [
        "row 3, column 'a': got 2.5, expected an int from 0 on",
        "row 4, column 'a': got -1, expected an int from 0 on",
    ]
    assert said([True, 0, "false", "no"], Column("a", Kind.BOOLEAN)) == [
        "row 4, column 'a': got 'no', expected a boolean"
    ]
    assert said(["f", "x", None, [1]], Column("a", Kind.CATEGORICAL, classes=("f", "m"))) == [
        "row 2, column 'a': got 'x', expected one of 'f', 'm'",
        "row 3, column 'a': got no value, expected one of 'f', 'm'",
        "row 4, column 'a': got [1], expected one of 'f', 'm'",
    ]
    assert said(["f", 3], Column("a", Kind.TEXT)) == ["row 2, column 'a': got 3, expected a text"]
    dates = said(["2024-01-31", "soon", "1999-01-01"], Column("a", Kind.DATETIME, low=1_577_836_800))
    assert dates == [
        "row 2, column 'a': got 'soon', expected a datetime from 2020-01-01T00:00:00 on",
        "row 3, column 'a': got '1999-01-01', expected a datetime from 2020-01-01T00:00:00 on",
    ]


def test_a_category_is_the_same_in_other_clothes() -> None:
    assert said([1, 1.0, "1", True], Column("a", Kind.CATEGORICAL, classes=(1, 2))) == []


def test_columns_that_lack_or_are_too_many_come_first() -> None:
    schema = Schema((Column("a", Kind.INT), Column("b", Kind.INT)))
    found = violations(pd.DataFrame({"a": [0.5], "c": [1]}), schema)
    assert [each.sentence for each in found] == [
        "column 'b': it is missing",
        "column 'c': the schema has no such column",
        "row 1, column 'a': got 0.5, expected an int",
    ]


def test_the_first_rows_are_told_whatever_their_column() -> None:
    schema = Schema((Column("a", Kind.INT), Column("b", Kind.INT)))
    found = violations(pd.DataFrame({"a": [0.5] * 50, "b": [0.5] * 50}), schema, most=4)
    assert [(each.row, each.column) for each in found] == [(1, "a"), (1, "b"), (2, "a"), (2, "b")]


def test_a_sample_is_what_its_own_schema_says() -> None:
    sample = pd.DataFrame(
        {
            "int": [10**30, 2, 3],
            "gaps": [1.5, None, 2.5],
            "truth": [True, None, False],
            "class": pd.Categorical([1.5, 2.5, None]),
            "day": pd.date_range("2024-01-31", periods=3, tz="Europe/Berlin"),
            "bin": pd.cut([1, 2, 3], 3),
        }
    )
    assert violations(sample, from_sample(sample)) == ()


def test_a_table_that_cannot_be_held_against_anything_is_refused() -> None:
    with pytest.raises(BatchZeroError, match="more than one column named 'a'"):
        violations(pd.DataFrame([[1, 2]], columns=["a", "a"]), Schema((Column("a", Kind.INT),)))
