"""A schema as a table that a person edits: nothing is lost on the way, and what is written is told from what is not."""

import pandas as pd
import pytest

from testbench.schema.detect import from_sample
from testbench.schema.distributions import Dates, Normal, Weights
from testbench.schema.edited import AS_FOUND, from_rows, to_rows
from testbench.schema.errors import SchemaError
from testbench.schema.schema import Column, Kind, Schema
from tests.testbench.conftest import patients

SCHEMA = Schema(
    (
        Column("age", Kind.INT, 18, 90, missing=0.25, distribution=Normal(mean=50.5, sd=12.0)),
        Column("region", Kind.CATEGORICAL, classes=("north", "south"), distribution=Weights(weights=(1.0, 3.0))),
        Column("grade", Kind.CATEGORICAL, classes=(1, 2.5, "3", False, "a, b")),
        Column("word", Kind.CATEGORICAL, classes=("true", '"', "null")),
        Column("smokes", Kind.BOOLEAN),
        Column("note", Kind.TEXT),
        Column("seen", Kind.DATETIME, 0.0, 86_400.0, distribution=Dates(first="1970-01-01", last="1970-01-02")),
    )
)


def test_a_table_gives_the_schema_that_it_was_made_of() -> None:
    assert from_rows(to_rows(SCHEMA), SCHEMA) == SCHEMA


def test_of_a_sample_as_well() -> None:
    found = from_sample(patients(500, 3)[0])
    rows = to_rows(found)
    assert rows[1]["Distribution"] == AS_FOUND
    assert from_rows(rows, found) == found


def test_through_a_data_frame_as_an_editor_has_it() -> None:
    rows = pd.DataFrame(to_rows(SCHEMA)).to_dict("records")
    assert from_rows([*rows, {"Name": None, "Type": None}], SCHEMA) == SCHEMA  # type: ignore[list-item]


def test_drawn_up_by_hand() -> None:
    rows = [
        {"Name": "age", "Type": "int", "Low": "0", "High": "120", "Distribution": "normal (mean 40, sd 9)"},
        {"Name": "sex", "Type": "categorical", "Classes": "f, m", "Distribution": "weights 1, 2"},
        {"Name": "born", "Type": "datetime", "Low": "1950-01-01"},
    ]
    age, sex, born = from_rows(rows).columns
    assert (age.low, age.high, age.distribution) == (0, 120, Normal(mean=40.0, sd=9.0))
    assert (sex.classes, sex.distribution) == (("f", "m"), Weights(weights=(1.0, 2.0)))
    assert born.low == -631_152_000


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"Name": "a", "Type": "number"}, "got 'number', expected one of float"),
        (
            {"Name": "a", "Type": "float", "Distribution": "gauss (0, 1)"},
            "column 'a': distribution: got 'gauss (0, 1)'",
        ),
        ({"Name": "a", "Type": "float", "Distribution": "normal (mean 0)"}, "sd"),
        ({"Name": "a", "Type": "float", "Distribution": "normal (mean x, sd 1)"}, "mean: got 'x', expected a number"),
        ({"Name": "a", "Type": "float", "Missing": "half"}, "missing: got 'half'"),
        ({"Name": "a", "Type": "float", "Low": "2", "High": "1"}, "expected no more than high"),
        ({"Name": "", "Type": "float"}, "got no column, expected one at least"),
        ({"Name": "", "Type": "float", "Low": "2"}, "row 1: name: got '', expected a text"),
    ],
)
def test_what_is_not_valid_is_named(row: dict[str, str], said: str) -> None:
    with pytest.raises(SchemaError) as refused:
        from_rows([row])
    assert said in str(refused.value)
