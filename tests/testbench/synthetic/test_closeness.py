"""A forest cannot tell synthetic rows from real ones better than is said, and can where it should."""

import numpy as np
import pandas as pd
import pytest

from batch_zero.errors import BatchZeroError
from testbench.schema.detect import from_sample
from testbench.synthetic.closeness import _auc, closeness
from testbench.synthetic.generate import generate
from tests.testbench.synthetic.shipped import two_parts

ROWS = 2_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("experiment", "of_the_sample", "of_others"), [("crash_triage", 0.55, 0.62), ("rand_hie", 0.65, 0.74)]
)
def test_a_forest_cannot_tell_synthetic_rows_better_than_this(
    experiment: str, of_the_sample: float, of_others: float
) -> None:
    """others: rows of the same table that the synthetic ones were not drawn from, which is the harder question."""
    sample, others = two_parts(experiment, ROWS)
    synthetic = generate(from_sample(sample), ROWS, seed=0, sample=sample)
    to_sample, to_others = closeness(sample, synthetic, seed=0), closeness(others, synthetic, seed=0)
    assert to_sample.auc is not None
    assert to_others.auc is not None
    assert to_sample.auc <= of_the_sample
    assert to_others.auc <= of_others
    assert max(column.distance for column in to_sample.columns) < 0.05


@pytest.mark.slow
def test_two_parts_of_one_table_are_not_told_apart_and_columns_that_know_nothing_of_each_other_are() -> None:
    sample, others = two_parts("rand_hie", ROWS)
    same = closeness(sample, others, seed=0)
    assert same.low is not None
    assert same.high is not None
    assert same.low < 0.5 < same.high
    rng = np.random.default_rng(0)
    alone = closeness(sample, sample.apply(lambda column: rng.permutation(column)), seed=0)
    assert alone.low is not None
    assert alone.low > 0.9
    assert max(column.distance for column in alone.columns) == 0


def test_how_far_a_column_is_off_is_a_share() -> None:
    sample = pd.DataFrame({"a": [1, 2, 3, 4], "b": ["x", "x", "y", None], "c": [1.0, 2.0, 3.0, None]})
    other = pd.DataFrame({"a": [1, 2, 3, 9], "b": ["y", "y", "z", None], "c": [7.0, 8.0, 9.0, 10.0]})
    found = closeness(sample, other, seed=0)
    assert {column.column: column.distance for column in found.columns} == {"a": 0.25, "b": 0.5, "c": 1.0}
    assert (found.auc, found.low, found.high) == (None, None, None), "four rows are too few to tell"


def test_the_auc_is_scikit_learns_and_its_interval_that_of_many_samples() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    drawn = [(rng.normal(1, 1, 200).round(1), rng.normal(0, 1, 300).round(1)) for _ in range(300)]
    found = [_auc(*sides) for sides in drawn]
    truth = [True] * 200 + [False] * 300
    assert found[0][0] == pytest.approx(roc_auc_score(truth, np.concatenate(drawn[0])))
    true = np.mean([auc for auc, _, _ in found])
    assert np.mean([low <= true <= high for _, low, high in found]) == pytest.approx(0.95, abs=0.03)


def test_the_same_seed_tells_the_same() -> None:
    sample, others = two_parts("crash_triage", 200)
    assert closeness(sample, others, seed=3) == closeness(sample, others, seed=3)


def test_tables_that_cannot_be_compared_are_refused() -> None:
    one, other = pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})
    with pytest.raises(BatchZeroError, match="have different columns: one of them lacks 'a', 'b'"):
        closeness(one, other, seed=0)
    with pytest.raises(BatchZeroError, match="the sample is empty"):
        closeness(one.iloc[:0], one, seed=0)
    with pytest.raises(BatchZeroError, match=r"column 'a': got \[1\]"):
        closeness(one, pd.DataFrame({"a": [[1]]}), seed=0)
