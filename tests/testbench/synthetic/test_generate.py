"""Rows that are drawn: of the schema's distributions, like the sample's, and the same for the same seed."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from batch_zero.errors import BatchZeroError
from testbench.schema import distributions as shapes
from testbench.schema.conform import violations
from testbench.schema.detect import from_sample
from testbench.schema.schema import Column, Kind, Schema
from testbench.synthetic.generate import generate
from tests.testbench.synthetic.shipped import two_parts

LAWS = [
    (shapes.Normal(mean=5, sd=2), stats.norm(5, 2)),
    (shapes.LogNormal(mean=1, sd=0.5), stats.lognorm(0.5, scale=np.e)),
    (shapes.Uniform(low=-1, high=3), stats.uniform(-1, 4)),
    (shapes.Exponential(mean=4), stats.expon(scale=4)),
]


def one(kind: Kind, rows: int = 2_000, sample: pd.Series | None = None, **known: Any) -> pd.Series:
    schema = Schema((Column("x", kind, **known),))
    drawn = generate(schema, rows, 0, None if sample is None else pd.DataFrame({"x": sample}))
    if sample is None:
        assert violations(drawn, schema) == ()
    return drawn["x"]


@pytest.mark.parametrize(("shape", "law"), LAWS, ids=lambda each: getattr(each, "shape", ""))
def test_numbers_are_spread_as_they_are_said_to_be(shape: shapes.Distribution, law: Any) -> None:
    assert stats.kstest(one(Kind.FLOAT, distribution=shape), law.cdf).pvalue > 0.01
    low, high = law.ppf([0.2, 0.7])
    part = one(Kind.FLOAT, distribution=shape, low=low, high=high)
    assert stats.kstest((law.cdf(part) - 0.2) / 0.5, stats.uniform.cdf).pvalue > 0.01


def test_whole_numbers_classes_and_dates_too() -> None:
    counts = one(Kind.INT, distribution=shapes.Poisson(mean=3)).value_counts()
    assert counts[3] / 2_000 == pytest.approx(stats.poisson(3).pmf(3), abs=0.04)
    even = one(Kind.INT, low=1, high=4).value_counts()
    assert sorted(even.index) == [1, 2, 3, 4]
    assert even.min() > 430
    weighed = one(Kind.CATEGORICAL, classes=("a", 2, "never"), distribution=shapes.Weights(weights=(1, 3, 0)))
    assert set(weighed) == {"a", 2}
    assert (weighed == 2).mean() == pytest.approx(0.75, abs=0.04)
    assert one(Kind.BOOLEAN, distribution=shapes.Weights(weights=(1, 3))).mean() == pytest.approx(0.75, abs=0.04)
    days = one(Kind.DATETIME, distribution=shapes.Dates(first="2024-01-01", last="2024-01-31"))
    assert str(days.dtype) == "datetime64[us]"
    assert (
        days.min() < pd.Timestamp("2024-01-02") < pd.Timestamp("2024-01-30") < days.max() < pd.Timestamp("2024-02-01")
    )


@pytest.mark.parametrize("kind", Kind)
def test_a_column_of_which_only_the_type_is_known_has_rows(kind: Kind) -> None:
    assert one(kind).notna().all()
    assert one(kind, missing=0.25).isna().mean() == pytest.approx(0.25, abs=0.04)
    assert one(kind, missing=1.0).isna().all()


@pytest.mark.parametrize("experiment", ["crash_triage", "rand_hie"])
def test_a_samples_rank_correlations_and_dtypes_are_kept(experiment: str) -> None:
    sample, _ = two_parts(experiment, 2_000)
    schema = from_sample(sample)
    drawn = generate(schema, 5_000, seed=1, sample=sample)
    assert dict(drawn.dtypes) == dict(sample.dtypes)
    assert violations(drawn, schema) == ()

    def correlations(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.apply(
            lambda column: column if column.dtype.kind == "f" else pd.factorize(column, sort=True)[0]
        ).corr("spearman")

    assert (correlations(sample) - correlations(drawn)).abs().max(axis=None) < 0.1


def test_what_is_never_together_in_the_sample_is_hardly_ever_in_the_rows() -> None:
    sample, _ = two_parts("crash_triage", 2_000)
    drawn = generate(from_sample(sample), 2_000, seed=0, sample=sample)
    assert not ((sample["abcat"] == "unavail") & (sample["airbag"] == "airbag")).any()
    assert ((drawn["abcat"] == "unavail") & (drawn["airbag"] == "airbag")).mean() < 0.02


def test_missing_values_fall_on_rows_like_those_that_lack_them() -> None:
    rng = np.random.default_rng(0)
    age = rng.normal(50, 10, 1_000)
    sample = pd.DataFrame({"age": age, "income": np.where(age > 55, np.nan, age * 2)})
    drawn = generate(from_sample(sample), 2_000, seed=0, sample=sample)
    gone = drawn["income"].isna()
    assert gone.mean() == pytest.approx(sample["income"].isna().mean(), abs=0.03)
    assert drawn["age"][gone].mean() > drawn["age"][~gone].mean() + 10
    assert drawn.corr("spearman").loc["age", "income"] > 0.9


def test_the_same_seed_draws_the_same_rows_and_another_others() -> None:
    sample, _ = two_parts("crash_triage", 300)
    schema = from_sample(sample)
    first, again, other = (generate(schema, 100, seed, sample) for seed in (7, 7, 8))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_what_a_person_writes_wins_over_the_sample() -> None:
    sample = pd.Series(range(100), dtype="int8")
    assert one(Kind.INT, sample=sample, low=10, high=20).between(10, 20).all()
    drawn = one(Kind.INT, sample=sample, distribution=shapes.Poisson(mean=5))
    assert (str(drawn.dtype), drawn.mean()) == ("int8", pytest.approx(5, abs=0.3))
    assert one(Kind.INT, sample=sample, missing=0.5).isna().mean() == pytest.approx(0.5, abs=0.04)


ODD = {
    "one row": {"a": [1.5], "b": ["x"], "c": [True], "d": [pd.Timestamp("2024-01-01")]},
    "all missing": {"a": [np.nan] * 3, "b": [None] * 3, "c": pd.Categorical([None] * 3), "d": [pd.NaT] * 3},
    "constant": {"a": [1.0] * 60, "b": ["x"] * 60, "c": [True] * 60, "d": [7] * 60},
    "huge": {"a": [10**30 + n for n in range(60)], "b": [2**63 - 1 - n for n in range(60)], "c": [1e308, -1e308] * 30},
    "too huge": {"a": pd.Series([10**400, 1], dtype=object)},
    "mixed": {"a": [1, "1", True, None, 2.5, "x"] * 10, "b": [pd.Timestamp("2024-01-01"), "x"] * 30},
    "infinite": {"a": [np.inf, -np.inf, np.nan, 1.0, 2.0, 3.0] * 10, "b": [np.inf] * 60},
    "truth": {"a": [True, False, None] * 20, "b": pd.Series([True, None, False] * 20, dtype="boolean")},
    "zones": {"a": pd.date_range("2024-01-01", periods=60, tz="Europe/Berlin"), "b": [pd.Timestamp(0, tz="UTC")] * 60},
    "ordered": {"a": pd.Categorical(["lo", "hi"] * 30, ["lo", "hi", "no"], ordered=True), "b": pd.cut(range(60), 3)},
    "classes of numbers": {"a": pd.Categorical([3, 1, None] * 20), "b": pd.Categorical([1.5, 2.5] * 30)},
    "small": {
        "a": np.arange(60, dtype="int8"),
        "b": np.arange(60, dtype="float16"),
        "c": np.arange(60, dtype="uint64"),
    },
    "arrow": {"a": pd.Series([1, None, 3] * 20, dtype="int64[pyarrow]"), "b": pd.Series(["x"] * 60, dtype="string")},
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.filterwarnings("error")
def test_a_sample_of_any_kind_has_rows_like_its_own(name: str) -> None:
    sample = pd.DataFrame(ODD[name])
    schema = from_sample(sample)
    drawn = generate(schema, 200, seed=0, sample=sample)
    assert dict(drawn.dtypes) == dict(sample.dtypes)
    assert violations(drawn, schema) == ()
    assert violations(generate(schema, 200, seed=0), schema) == (), "without the sample, which is not at hand any more"


@pytest.mark.slow
def test_thousands_of_columns_keep_what_belongs_together() -> None:
    sample = pd.DataFrame(np.random.default_rng(0).normal(size=(100, 5_000)))
    sample[1] = 3 * sample[0]
    drawn = generate(from_sample(sample), 100, seed=0, sample=sample)
    assert drawn.shape == (100, 5_000)
    assert drawn[["0", "1"]].corr("spearman").loc["0", "1"] > 0.99


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (
            {"distribution": shapes.Normal(mean=0, sd=1), "low": 100.0},
            "column 'x': nothing of its distribution, normal (mean 0.0, sd 1.0), lies from 100 to inf",
        ),
        (
            {"distribution": shapes.LogNormal(mean=1e6, sd=1)},
            "column 'x': its distribution, log-normal (mean 1000000.0, sd 1.0), has values too large to be numbers",
        ),
        ({"kind": Kind.INT, "low": 3.2, "high": 3.8}, "column 'x': there is no whole number from 3.2 to 3.8"),
        ({"kind": Kind.DATETIME, "low": 0.0, "high": 1e15}, "column 'x': it has dates beyond the calendar"),
        (
            {"kind": Kind.INT, "low": 1000, "high": 2000, "sample": pd.Series([1], dtype="int8")},
            "column 'x': got 1000 to 2000, which the sample's type int8 does not hold",
        ),
        (
            {
                "kind": Kind.CATEGORICAL,
                "classes": ("q",),
                "distribution": shapes.Weights(weights=(1,)),
                "sample": pd.Series(["a"], dtype="category"),
            },
            "column 'x': its classes are not those of the sample",
        ),
        ({"rows": 0}, "rows: got 0, expected 1 to 50,000,000 rows of 1 column"),
        ({"rows": 10**9}, "rows: got 1000000000, expected 1 to 50,000,000 rows of 1 column"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(known: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BatchZeroError) as caught:
        one(**{"kind": Kind.FLOAT, **known})
    assert (str(caught.value), caught.value.status) == (sentence, 422)


def test_a_seed_is_no_negative_number() -> None:
    with pytest.raises(BatchZeroError, match="seed: got -1, expected a whole number from 0 on"):
        generate(Schema((Column("x", Kind.FLOAT),)), 1, seed=-1)
