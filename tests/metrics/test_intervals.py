"""Intervals: the weighted scores are scikit-learn's, and 95 of 100 intervals hold what is true."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.metrics import roc_auc_score

from metrics import intervals
from metrics.tasks import Task, computed, score
from metrics.weighted import scores, with_differences, with_intervals


def of_task(task: Task, rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and answers that know something of them; with ties."""
    generator = np.random.default_rng(seed)
    if task is Task.REGRESSION:
        truth = generator.normal(5, 1, rows)
        return truth, truth + generator.normal(0, 0.5, rows)
    classes = 2 if task is Task.BINARY else 4
    truth = generator.integers(0, classes, rows)
    weights = generator.random((rows, classes)) + 0.7 * np.eye(classes)[truth]
    chance = np.round(weights / weights.sum(axis=1, keepdims=True), 2)
    return truth, chance[:, 1] if task is Task.BINARY else chance


@pytest.mark.parametrize("task", list(Task))
@pytest.mark.parametrize("rows", [3, 40, 1_000])
def test_the_value_is_the_scores_own(task: Task, rows: int) -> None:
    truth, answers = of_task(task, rows, seed=rows)
    known, found = score(task, truth, answers), with_intervals(task, truth, answers, seed=1)
    assert set(found) == set(known) <= set(computed(task))
    for name, interval in found.items():
        assert interval.value == known[name]
        if interval.known:
            assert interval.low <= interval.value <= interval.high


@pytest.mark.parametrize("task", list(Task))
def test_a_weighted_score_is_that_of_the_rows_drawn(task: Task) -> None:
    """Brute force: the rows are drawn, and scored by scikit-learn."""

    truth, answers = of_task(task, 200, seed=3)
    weighted = scores(task, truth, answers)
    generator = np.random.default_rng(5)
    for _ in range(20):
        drawn = generator.integers(0, 200, 200)
        counts = np.bincount(drawn, minlength=200).astype(float)[None]
        known = score(task, truth[drawn], answers[drawn])
        for name, value in weighted(counts).items():
            assert value[0] == pytest.approx(known[name], abs=1e-9), name


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """AUC of 200 rows, against that of 200,000, 300 times: with 95 % to hold it, 93 to 97 % is what chance allows, and
    the bootstrap's own bias."""
    truth, _ = make_classification(200_000, n_features=2, n_informative=2, n_redundant=0, random_state=1)[1], None
    generator = np.random.default_rng(7)
    chance = 1 / (1 + np.exp(-(truth - 0.5) * 1.5 - generator.normal(0, 1, len(truth))))
    known, held = roc_auc_score(truth, chance), 0
    for seed in range(300):
        rows = generator.choice(len(truth), 200, replace=False)
        found = with_intervals(Task.BINARY, truth[rows], chance[rows], seed=seed)["auc"]
        held += found.low <= known <= found.high
    assert 0.92 <= held / 300 <= 0.98


@pytest.mark.parametrize(("rows", "share"), [(20, 0.5), (100, 0.5), (100, 0.95), (800, 0.99)])
def test_the_interval_of_a_quantile_holds_it_as_often_as_it_says(rows: int, share: float) -> None:
    generator, known = np.random.default_rng(2), -np.log(1 - share)
    held = 0
    for _ in range(1_000):
        (found,) = intervals.of_quantiles(generator.exponential(1, rows), (share,))
        assert found.low <= found.value <= found.high
        held += found.low <= known <= found.high
    assert held / 1_000 >= 0.94


@pytest.mark.parametrize(
    ("rows", "share", "low", "high"),
    [(3, 0.5, False, False), (6, 0.5, True, True), (3, 0.95, True, False), (71, 0.95, True, False),
     (72, 0.95, True, True), (367, 0.99, True, False), (368, 0.99, True, True)],
)  # fmt: skip
def test_an_end_that_would_lie_outside_the_sample_is_not_known(rows: int, share: float, low: bool, high: bool) -> None:
    (found,) = intervals.of_quantiles(np.arange(float(rows)), (share,))
    assert (found.low is not None, found.high is not None) == (low, high)


def test_the_same_seed_gives_the_same_interval() -> None:
    truth, answers = of_task(Task.BINARY, 100, seed=4)
    one, again, other = (with_intervals(Task.BINARY, truth, answers, seed=seed) for seed in (1, 1, 2))
    assert one == again != other


@pytest.mark.slow
@pytest.mark.parametrize("task", list(Task))
def test_a_difference_is_that_of_the_same_rows_drawn_for_both(task: Task) -> None:
    """Brute force: both are scored on what was drawn, by the scores themselves."""
    truth, ours = of_task(task, 150, seed=1)
    theirs = of_task(task, 150, seed=2)[1]
    found = with_differences(task, truth, ours, theirs, seed=3)
    generator, drawn = np.random.default_rng(0), []
    for _ in range(400):
        rows = generator.integers(0, 150, 150)
        one, other = score(task, truth[rows], ours[rows]), score(task, truth[rows], theirs[rows])
        drawn.append({name: one[name] - other[name] for name in found if name in one and name in other})
    for name, interval in found.items():
        assert interval.value == score(task, truth, ours)[name] - score(task, truth, theirs)[name]
        low, high = np.quantile([each[name] for each in drawn if name in each], (0.025, 0.975))
        width = high - low
        assert interval.known, name
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.15 * width), name


@pytest.mark.parametrize("task", list(Task))
def test_the_same_answers_differ_by_nothing(task: Task) -> None:
    truth, answers = of_task(task, 60, seed=4)
    for interval in with_differences(task, truth, answers, answers, seed=1).values():
        assert (interval.value, interval.low, interval.high) == (0, 0, 0)


@pytest.mark.parametrize("offset", [0.0, 1e8, 1e9, 1e12])
def test_r2_does_not_depend_on_where_the_target_lies(offset: float) -> None:
    truth, answers = of_task(Task.REGRESSION, 300, seed=6)
    plain = with_intervals(Task.REGRESSION, truth, answers, seed=1)["r2"]
    moved = with_intervals(Task.REGRESSION, truth + offset, answers + offset, seed=1)["r2"]
    assert (moved.value, moved.low, moved.high) == pytest.approx((plain.value, plain.low, plain.high), abs=1e-3)


def test_all_right_on_few_rows_may_be_wrong_on_others() -> None:
    truth = np.arange(88) % 2
    found = with_intervals(Task.BINARY, truth, np.where(truth == 1, 0.9, 0.1), seed=1)
    for name, rows in (
        ("accuracy", 88),
        ("precision", 44),
        ("recall", 44),
        ("f1", 44),
        ("balanced_accuracy", 44),
        ("auc", 44),
    ):
        assert (found[name].value, found[name].high) == (1, 1)
        assert found[name].low == pytest.approx(0.025 ** (1 / rows))
    for name, row, worst, rows in (("pr_auc", 1, 0, 44), ("brier", 0.01, 1, 88), ("log_loss", -np.log(0.9), 36.04, 88)):
        ends = (found[name].low, found[name].high)
        assert found[name].value == pytest.approx(row)
        assert ends[int(worst > row)] == pytest.approx(row + (worst - row) * (1 - 0.025 ** (1 / rows)), rel=1e-3)
    wrong = with_intervals(Task.BINARY, truth, np.where(truth == 1, 0.1, 0.9), seed=1)["recall"]
    assert (wrong.value, wrong.low, wrong.high) == (0, 0, pytest.approx(1 - 0.025 ** (1 / 44)))
    several = with_intervals(Task.MULTICLASS, np.arange(90) % 3, np.eye(3)[np.arange(90) % 3], seed=1)
    assert several["recall"].low == pytest.approx(0.025 ** (1 / 30))
    assert several["accuracy"].low == pytest.approx(0.025 ** (1 / 90))
    exact = with_intervals(Task.REGRESSION, np.arange(50.0), np.arange(50.0), seed=1)
    assert not any(interval.known for interval in exact.values())
    nearly = with_intervals(Task.REGRESSION, np.arange(50.0), np.arange(50.0) + 1e-12 * np.sin(np.arange(50)), seed=1)
    assert (nearly["r2"].low, nearly["r2"].value, nearly["r2"].high) == (1, 1, 1)
    assert nearly["rmse"].known


def test_a_model_that_gives_every_row_the_same_is_known_to() -> None:
    found = with_intervals(Task.BINARY, np.arange(400) % 2, np.full(400, 0.3), seed=1)
    for name, value in (("auc", 0.5), ("precision", 0), ("f1", 0)):
        assert found[name].value == value
        assert value - 0.02 < found[name].low <= found[name].high < value + 0.02


def of_answers(truth: np.ndarray, chance: np.ndarray, **more: Any) -> dict[str, intervals.Interval]:
    found = scores(Task.BINARY, truth, chance)
    return intervals.of_sums(found.parts, found.values, seed=3, **more)


def test_sums_are_the_statistics_of_the_rows_drawn_again() -> None:
    generator = np.random.default_rng(2)
    truth, chance = generator.integers(0, 2, 400), generator.random(400)
    one, other = of_answers(truth, chance), with_intervals(Task.BINARY, truth, chance, seed=3)
    assert {*other} - {*one} == {"auc", "pr_auc"}
    for name, found in one.items():
        assert found.value == pytest.approx(other[name].value)
        assert (found.low, found.high) == pytest.approx((other[name].low, other[name].high), abs=0.012)


def test_rows_of_a_group_are_drawn_together() -> None:
    generator = np.random.default_rng(4)
    truth, chance = generator.integers(0, 2, 200), generator.random(200)
    once, members = of_answers(truth, chance), np.tile(np.arange(200), 9)
    again = of_answers(np.tile(truth, 9), np.tile(chance, 9), groups=members)
    alone = of_answers(np.tile(truth, 9), np.tile(chance, 9))
    for name, found in once.items():
        assert again[name].high - again[name].low == pytest.approx(found.high - found.low, rel=0.15)
        assert alone[name].high - alone[name].low < (found.high - found.low) / 2


def test_strata_keep_their_size() -> None:
    generator = np.random.default_rng(5)
    truth = generator.integers(0, 2, 300)
    parts = np.column_stack([truth, np.ones(300)])

    def of(strata: np.ndarray | None) -> intervals.Interval:
        found = intervals.of_sums(parts, lambda sums: {"positives": sums[:, 0] / sums[:, 1]}, seed=1, strata=strata)
        return found["positives"]

    assert of(truth).low == pytest.approx(of(truth).high)
    assert of(None).low < of(None).high - 0.05


def test_many_rows_are_put_together_and_scatter_as_much() -> None:
    generator = np.random.default_rng(6)
    truth, chance = generator.integers(0, 2, 25_000), generator.random(25_000)
    for name, found in of_answers(truth, chance, strata=truth).items():
        one = of_answers(truth, chance, strata=truth, groups=np.arange(25_000))[name]
        assert found.high - found.low == pytest.approx(one.high - one.low, rel=1e-9)
    accuracy = of_answers(truth, chance)["accuracy"]
    width = 2 * 1.96 * np.sqrt(accuracy.value * (1 - accuracy.value) / 25_000)
    assert accuracy.high - accuracy.low == pytest.approx(width, rel=0.1)
