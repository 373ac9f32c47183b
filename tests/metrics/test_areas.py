"""How sure an AUC is: held against the definition, a brute-force bootstrap, and how often the truth is inside."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from metrics.areas import Areas, areas, known_by_counts
from metrics.classifier import ScoreError


def drawn(
    generator: np.random.Generator, groups: int, rows_each: int, shared: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, the chances of two models, and groups. shared: how much the rows of a group have in common."""
    members = np.repeat(np.arange(groups), rows_each)
    common = generator.normal(0, shared, groups)[members]
    truth = (common + generator.normal(size=len(members)) > 0.8).astype(int)
    latent = common + 0.9 * truth + generator.normal(size=len(members))
    chances = 1 / (1 + np.exp(-np.stack([latent, latent + generator.normal(0, 0.7, len(members))])))
    return truth, chances, members


def by_definition(truth: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """DeLong's covariance from every pair of a positive and a negative."""
    of_yes, of_no = [], []
    for chance in chances:
        above = chance[truth == 1][:, None] - chance[truth == 0][None, :]
        pairs = (above > 0) + (above == 0) / 2
        of_yes.append(pairs.mean(axis=1))
        of_no.append(pairs.mean(axis=0))
    return np.cov(of_yes) / len(of_yes[0]) + np.cov(of_no) / len(of_no[0])


@pytest.mark.parametrize("decimals", [1, 9], ids=["ties", "none"])
def test_areas_are_scikit_learns_and_their_covariance_is_that_of_the_definition(decimals: int) -> None:
    truth, chances, _ = drawn(np.random.default_rng(3), 150, 1, 0)
    chances = chances.round(decimals)
    found = areas(truth, chances)
    assert found.values == pytest.approx([roc_auc_score(truth, chance) for chance in chances])
    assert found.covariance == pytest.approx(by_definition(truth, chances))


def test_rows_that_are_groups_of_one_are_rows() -> None:
    truth, chances, _ = drawn(np.random.default_rng(4), 200, 1, 0)
    names = [f"patient {place}" for place in range(200)]
    assert areas(truth, chances, names).covariance == pytest.approx(areas(truth, chances).covariance)


@pytest.mark.parametrize("rows_each", [1, 5])
def test_it_is_about_what_drawing_again_finds(rows_each: int) -> None:
    generator = np.random.default_rng(5)
    truth, chances, members = drawn(generator, 150, rows_each, 1)
    places = [np.flatnonzero(members == group) for group in range(150)]
    again = []
    for _ in range(400):
        chosen = np.concatenate([places[group] for group in generator.integers(0, 150, 150)])
        again.append([roc_auc_score(truth[chosen], chance[chosen]) for chance in chances])
    spread = np.cov(np.array(again).T)
    found = areas(truth, chances, members).covariance
    sides = np.array([1, -1])
    assert np.sqrt(np.diag(found)) == pytest.approx(np.sqrt(np.diag(spread)), rel=0.15)
    assert np.sqrt(sides @ found @ sides) == pytest.approx(np.sqrt(sides @ spread @ sides), rel=0.15)


@pytest.mark.slow
@pytest.mark.parametrize(("groups", "rows_each", "shared"), [(300, 1, 0.0), (120, 5, 1.0)], ids=["rows", "groups"])
def test_intervals_hold_the_truth_as_often_as_they_say(groups: int, rows_each: int, shared: float) -> None:
    generator, found = np.random.default_rng(0), []
    for _ in range(2_000):
        truth, chances, members = drawn(generator, groups, rows_each, shared)
        each = areas(truth, chances, members)
        found.append((each.interval(), each.difference(0, 1)))
    for place in range(2):
        true = np.mean([each[place].value for each in found])
        held = np.mean([each[place].low <= true <= each[place].high for each in found])
        assert 0.93 <= held <= 0.97


def test_a_group_counts_once_however_often_its_rows_are_written_down() -> None:
    truth, chances, members = drawn(np.random.default_rng(6), 100, 1, 0)
    once = areas(truth, chances, members)
    often = areas(np.tile(truth, 7), np.tile(chances, 7), np.tile(members, 7))
    assert often.covariance == pytest.approx(once.covariance)
    assert (areas(np.tile(truth, 7), np.tile(chances, 7)).covariance < once.covariance / 5)[0, 0]


def test_what_cannot_be_known_is_not() -> None:
    truth, chances, _ = drawn(np.random.default_rng(7), 60, 1, 0)
    alike = areas(truth, [chances[0], chances[0]])
    assert alike.difference(0, 1).value == 0
    assert not alike.difference(0, 1).known
    of_one = areas(truth, chances, np.zeros(60))
    assert not of_one.interval().known
    assert not of_one.difference(0, 1).known


def test_the_best_and_the_worst_have_an_end_all_the_same() -> None:
    truth = np.repeat([0, 1], 30)
    best, worst = areas(truth, [truth / 1.0]).interval(), areas(truth, [1 - truth]).interval()
    assert (best.value, best.high, worst.value, worst.low) == (1, 1, 0, 0)
    assert best.low == pytest.approx(0.025 ** (1 / 30))
    assert worst.high == pytest.approx(1 - best.low)


def test_ends_stay_between_0_and_1_and_do_not_meet() -> None:
    for area in (0.501, 0.75, 0.999):
        found = known_by_counts(area, 12, 400)
        assert 0 < found.low < area < found.high < 1


def test_counts_alone_tell_about_as_much() -> None:
    truth, chances, _ = drawn(np.random.default_rng(8), 1_500, 1, 0)
    found = areas(truth, chances).interval()
    about = known_by_counts(found.value, int(truth.sum()), int((1 - truth).sum()))
    assert about.high - about.low == pytest.approx(found.high - found.low, rel=0.15)


@pytest.mark.parametrize("truth", [[0, 0, 0, 0], [0, 1, 2, 1], [0, 1]])
def test_what_is_no_pair_of_labels_and_chances_is_refused(truth: list[int]) -> None:
    with pytest.raises(ScoreError):
        areas(truth, [[0.1, 0.2, 0.3, 0.4]])


def test_every_model_of_several_is_checked() -> None:
    with pytest.raises(ScoreError):
        areas([0, 1], [[0.1, 0.9], [0.1, np.nan]])


def test_an_order_of_models_is_an_order_of_signs() -> None:
    truth, chances, _ = drawn(np.random.default_rng(9), 80, 1, 0)
    found: Areas = areas(truth, chances)
    one, other = found.difference(0, 1), found.difference(1, 0)
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))
