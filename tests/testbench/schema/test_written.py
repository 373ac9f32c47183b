"""A schema as a file: what it looks like, what its own schema says, and what is refused."""

import json

import jsonschema
import pandas as pd
import pytest

from batch_zero.errors import BatchZeroError
from testbench.schema.conform import violations
from testbench.schema.detect import from_sample
from testbench.schema.distributions import (
    Dates,
    Exponential,
    LogNormal,
    Normal,
    Poisson,
    Quantiles,
    Uniform,
    Weights,
)
from testbench.schema.edited import HEADINGS
from testbench.schema.schema import Column, Kind, Schema
from testbench.schema.written import from_json, json_schema, to_json
from tests.conftest import ROOT

A = {"name": "a", "type": "float"}
BOTH = '{"name": "a", "type": "int", "kind": "int"}'
FILE = ROOT / "docs" / "table.schema.json"

ALL_SHAPES = Schema(
    (
        Column("a", Kind.FLOAT, distribution=Normal(mean=0, sd=1)),
        Column("b", Kind.FLOAT, low=0.0, missing=0.25, distribution=LogNormal(mean=0, sd=0.5)),
        Column("c", Kind.INT, low=-3, high=3, distribution=Uniform(low=-3, high=3)),
        Column("d", Kind.FLOAT, distribution=Exponential(mean=2)),
        Column("e", Kind.INT, distribution=Poisson(mean=4)),
        Column("f", Kind.FLOAT, distribution=Quantiles(values=(0, 1.5, 9))),
        Column("g", Kind.CATEGORICAL, classes=("x", 2, True, 0.5), distribution=Weights(weights=(1, 1, 2, 0))),
        Column("h", Kind.DATETIME, low=0.5, high=1e9, distribution=Dates(first="1970-01-02", last="2000-01-01T12:00")),
        Column("i", Kind.BOOLEAN, distribution=Weights(weights=(1, 3))),
        Column("j \u202e <b>", Kind.TEXT, missing=1.0),
    )
)


def test_the_json_schema_in_the_docs_is_the_one_of_today() -> None:
    assert FILE.read_text("utf-8") == json_schema(), "run `make schema`"


def test_what_is_written_is_read_again_and_fits_its_schema() -> None:
    text = to_json(ALL_SHAPES)
    assert from_json(text) == from_json(text.encode()) == ALL_SHAPES
    jsonschema.validate(json.loads(text), json.loads(json_schema()))


def test_of_a_column_only_what_is_known_is_written_and_dates_as_dates() -> None:
    schema = from_sample(pd.DataFrame({"day": [pd.Timestamp("2024-01-31"), pd.Timestamp("2024-02-01 12:00")]}))
    assert json.loads(to_json(schema)) == {
        "columns": [{"name": "day", "type": "datetime", "low": "2024-01-31T00:00:00", "high": "2024-02-01T12:00:00"}]
    }


def refusal(text: str | bytes) -> str:
    with pytest.raises(BatchZeroError) as caught:
        from_json(text)
    assert caught.value.status == 422
    return str(caught.value)


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        (3, "column 1: got 3, expected an object with name and type"),
        ({"name": "a"}, "column 1 ('a'): type: got nothing, expected one of float, int, boolean, "),
        ({"name": "a", "type": "flot"}, "column 1 ('a'): type: got 'flot', expected one of float, int, boolean, "),
        ({"name": "\ud800", "type": "int"}, "column 1 ('\\ud800'): got '\\ud800', which is half a character"),
        (
            A | {"type": "categorical", "classes": ["\ud800"]},
            "column 1 ('a'): got '\\ud800', which is half a character",
        ),
        (A | {"\udc00": 1}, "column 1 ('a'): got '\\udc00', which is half a character"),
        (A | {"type": "int", "high": 1e300}, "column 'a': high: got 1e+300, expected a whole number that 64 bits hold"),
        (A | {"type": "categorical", "classes": [10**400, 1]}, "column 'a': got a class of 1,329 bits, expected whole"),
        (A | {"low": 10**400}, "column 1 ('a'): low: got 10000000000000000000…, expected a number, or"),
        ({"type": "int"}, "column 1 (None): name: got nothing, expected a text"),
        (A | {"low": "x"}, "column 1 ('a'): low: got 'x', expected a number, or of a datetime column a datetime such"),
        (A | {"low": "2024-01-01"}, "column 'a': low or high: got '2024-01-01', expected a number"),
        (A | {"low": 3, "high": 2}, "column 'a': low: got 3.0, expected no more than high, which is 2"),
        (A | {"low": float("nan")}, "column 1 ('a'): low: got nan, expected a number"),
        (A | {"low": True}, "column 1 ('a'): low: got True, expected a number"),
        (A | {"missing": 2}, "column 1 ('a'): missing: got 2, expected a share from 0 to 1"),
        (A | {"lo": 2}, "column 1 ('a'): got 'lo', expected one of name, type, low, high, classes, "),
        (A | {"distribution": 3}, "column 1 ('a'): distribution: got 3, expected an object with a shape"),
        (
            A | {"distribution": {"shape": "norm"}},
            "column 1 ('a'): distribution: shape: got 'norm', expected one of normal",
        ),
        (
            A | {"distribution": {"shape": "normal", "mean": 1, "sd": -1}},
            "column 1 ('a'): distribution: sd: got -1, expected a number above 0",
        ),
        (
            A | {"distribution": {"shape": "quantiles", "values": [2, 1]}},
            "column 1 ('a'): distribution: values: got 'numbers that fall', expected numbers in ascending order",
        ),
        (
            A | {"type": "text", "distribution": {"shape": "poisson", "mean": 1}},
            "column 'a': got a distribution 'poisson', which no text column has",
        ),
        (A | {"type": "boolean", "classes": [True]}, "column 'a': got classes, which no boolean column has"),
        (
            A | {"type": "categorical", "classes": ["x", "x"]},
            "column 'a': got classes that are equal, expected each once",
        ),
        (A | {"type": "categorical", "classes": [[]]}, "column 1 ('a'): classes: got [[]], expected a list of texts, "),
        (
            A | {"type": "categorical", "classes": ["x"], "distribution": {"shape": "weights", "weights": [1, 2]}},
            "column 'a': weights: got 2, expected one for each of its classes, which are 1",
        ),
    ],
)
def test_a_refusal_says_where_what_came_and_what_is_valid(column: object, sentence: str) -> None:
    assert refusal(json.dumps({"columns": [column]})).startswith(sentence)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "the schema: no JSON that can be read: "),
        (b"\xff\xfe", "the schema: no JSON that can be read: "),
        ("[" * 100_000, "the schema: no JSON that can be read: "),
        ("[1]", """the schema: got '[1]', expected an object {"columns": [...]}"""),
        ("{}", "the schema: columns: got nothing, expected a list of 1 to 10,000 columns"),
        ('{"columns": []}', "the schema: columns: got [], expected a list of 1 to 10,000 columns"),
        ('{"cols": []}', "the schema: "),
        (" " * 20_000_001, "the schema: got 20,000,001 characters, expected up to 20,000,000"),
    ],
)
def test_what_is_no_schema_at_all_is_refused_as_well(text: str | bytes, sentence: str) -> None:
    assert refusal(text).startswith(sentence)


def test_a_refusal_is_a_sentence_however_much_came() -> None:
    column = {"name": "a", "type": "float", "low": "x" * 1_000_000}
    assert len(refusal(json.dumps({"columns": [column]}))) < 1_000


def test_a_name_stands_once() -> None:
    twice = {"columns": [{"name": "a", "type": "int"}] * 2}
    assert refusal(json.dumps(twice)) == "got more than one column named 'a', expected each name once"


def test_the_words_of_a_kept_schema_are_read_as_todays() -> None:
    earlier = to_json(ALL_SHAPES).replace('"type":', '"kind":')
    assert '"kind":' in earlier
    assert from_json(earlier) == ALL_SHAPES
    assert "column 1 ('a'): got 'kind', expected one of name, type, " in refusal('{"columns": [' + BOTH + "]}")


def test_table_file_and_sentences_have_the_same_words() -> None:
    """Of a column, and of its types."""
    column = json.loads(json_schema())["$defs"]["ColumnTable"]["properties"]
    assert [heading.lower() for heading in HEADINGS] == [*column]
    assert column["type"]["enum"] == [kind.value for kind in Kind]
    for kind in Kind:
        (found,) = violations(pd.DataFrame({"a": [None]}), Schema((Column("a", kind),)))
        assert kind.value in found.reason
