"""What is read off a table, and off a model's words."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from batch_zero.errors import BatchZeroError
from sandbox.description import Column as Described
from sandbox.description import Description
from testbench.schema.detect import from_model, from_sample
from testbench.schema.distributions import Quantiles, Weights
from testbench.schema.schema import MOST_CLASSES, Column, Kind

SAYS = Description("Forest", "sklearn.Forest", "sklearn", {}, {}, None, None, None, None, "classifier", None)


def column(values: object, dtype: object = None):  # type: ignore[no-untyped-def]
    return from_sample(pd.DataFrame({"x": pd.Series(values, dtype=dtype)})).column("x")


@pytest.mark.parametrize(
    ("values", "dtype", "kind"),
    [
        ([1.5, None], None, Kind.FLOAT),
        ([1, 2], None, Kind.INT),
        ([1, None], "Int64", Kind.INT),
        ([10**30, 1], object, Kind.INT),
        ([Decimal("1.5"), None], None, Kind.FLOAT),
        ([1, 2.5], object, Kind.FLOAT),
        ([True, False], None, Kind.BOOLEAN),
        ([True, None], None, Kind.BOOLEAN),
        ([True, None], "boolean", Kind.BOOLEAN),
        (["a", "b", None], None, Kind.CATEGORICAL),
        ([3, 1], "category", Kind.CATEGORICAL),
        ([1, "a", True], object, Kind.CATEGORICAL),
        ([f"text {n}" for n in range(50)], None, Kind.TEXT),
        ([pd.Timestamp("2024-01-31")], None, Kind.DATETIME),
        ([pd.Timestamp("2024-01-31", tz="Europe/Berlin")], None, Kind.DATETIME),
        ([dt.date(2024, 1, 31), None], None, Kind.DATETIME),
        ([1, None], "int64[pyarrow]", Kind.INT),
        ([None, None], "str", Kind.TEXT),
        ([None, None], "float", Kind.FLOAT),
    ],
)
def test_the_type_is_the_one_that_the_table_has(values: list[object], dtype: object, kind: Kind) -> None:
    assert column(values, dtype).kind is kind


def test_amounts_have_a_range_a_share_of_gaps_and_quantiles() -> None:
    found = column([3.0, None, -1.0, np.inf, 4.0])
    assert (found.low, found.high, found.missing) == (-1.0, 4.0, 0.4)
    assert isinstance(found.distribution, Quantiles)
    assert found.distribution.values[0] == -1.0
    assert found.distribution.values[-1] == 4.0


def test_dates_are_counted_in_utc_whatever_their_unit() -> None:
    for unit in ("s", "us", "ns"):
        assert column(pd.Series(pd.DatetimeIndex(["1970-01-02"]).as_unit(unit))).low == 86_400
    assert column([pd.Timestamp("1970-01-01 01:00", tz="Europe/Berlin")]).low == 0
    assert column([dt.datetime(9999, 12, 31)]).high == pytest.approx(253_402_214_400)


def test_classes_stand_in_their_order_with_their_weights() -> None:
    ordered = column(pd.Categorical(["low", "high", "low"], ["low", "mid", "high"], ordered=True))
    assert (ordered.classes, ordered.distribution) == (("low", "mid", "high"), Weights(weights=(2, 0, 1)))
    assert column(pd.Categorical([3, 1, 2])).classes == (1, 2, 3)
    mixed = column(["b", 2, "a", 1, None], object)
    assert (mixed.classes, mixed.missing) == ((1, 2, "a", "b"), 0.2)
    assert column([True, False, True, None]).distribution == Weights(weights=(1, 2))


def test_a_column_of_more_classes_than_a_person_reads_is_text() -> None:
    many = [f"c{n % (MOST_CLASSES + 1)}" for n in range(3 * MOST_CLASSES)]
    assert column(many).kind is Kind.TEXT
    assert column(many, "category").kind is Kind.TEXT


TYPED = f"expected one of the types {', '.join(Kind)}"


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (pd.DataFrame(), "the sample is empty: 0 rows, 0 columns"),
        (pd.DataFrame({"a": []}), "the sample is empty: 0 rows, 1 columns"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "the sample has more than one column named 'a'"),
        (pd.DataFrame([[1, 2]], columns=["1", 1]), "the sample has more than one column named '1'"),
        (pd.DataFrame({"a": [[1]]}), f"column 'a': got [1], {TYPED}"),
        (pd.DataFrame({"a": [1j]}), f"column 'a': got 1j, {TYPED}"),
        (pd.DataFrame({"a": [b"x"]}), f"column 'a': got b'x', {TYPED}"),
        (pd.DataFrame(np.zeros((1, 10_001))), "the sample has 10,001 columns, expected up to 10,000"),
        (pd.DataFrame({"": [1]}), "the name of a column: got '', expected a text of 1 to 300 characters"),
        (
            pd.DataFrame({"a" * 5_000: [1]}),
            f"the sample: got '{'a' * 39}…', expected names of columns of up to 300 characters",
        ),
    ],
)
def test_what_is_no_sample_is_one_sentence(frame: pd.DataFrame, sentence: str) -> None:
    with pytest.raises(BatchZeroError) as caught:
        from_sample(frame)
    assert (str(caught.value), caught.value.status) == (sentence, 422)


def test_a_model_tells_what_it_knows() -> None:
    assert from_model(SAYS) is None
    known = (
        Described("age", "whole numbers", None),
        Described("sex", "text", ("f", "m")),
        Described("note", "text", None),
        Described("belted", "truth values", (False, True)),
        Described("day", "times", None),
    )
    names = (*(each.name for each in known), "else")
    schema = from_model(replace(SAYS, features=names, columns=known))
    assert schema is not None
    assert schema.names == names
    kinds = [Kind.INT, Kind.CATEGORICAL, Kind.TEXT, Kind.BOOLEAN, Kind.DATETIME, Kind.FLOAT]
    assert [each.kind for each in schema.columns] == kinds
    assert schema.column("sex").classes == ("f", "m")


def test_a_missing_value_that_a_model_has_met_is_no_class() -> None:
    schema = from_model(replace(SAYS, features=("a",), columns=(Described("a", "text", ("x", float("nan"))),)))
    assert schema is not None
    assert schema.column("a").classes == ("x",)


def test_classes_that_json_does_not_know_are_written_as_text() -> None:
    found = column(["x", np.inf, pd.Timestamp("2024-01-31")], object)
    assert found.classes == ("inf", "2024-01-31 00:00:00", "x")
    with pytest.raises(BatchZeroError, match="column 'a': got inf, expected finite numbers"):
        Column("a", Kind.FLOAT, high=np.inf)


def test_a_model_that_says_a_name_twice_is_refused() -> None:
    with pytest.raises(BatchZeroError, match="more than one column named 'a'"):
        from_model(replace(SAYS, features=("a", "a")))
