"""Numbers as words."""

from datetime import UTC, datetime

import pytest

from batch_zero import formats


def test_what_is_not_known_is_a_dash_and_never_zero() -> None:
    assert {formats.score(None), formats.share(None), formats.change(None), formats.whole(None)} == {"—"}
    assert formats.moment(None) == "—"


@pytest.mark.parametrize(("value", "text"), [(0.0, "0.000"), (0.7414, "0.741"), (0.99951, "1.000"), (1.0, "1.000")])
def test_scores_have_three_decimals(value: float, text: str) -> None:
    assert formats.score(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.00"), (0.6875, "0.69"), (0.3, "0.30"), (0.29, "0.29"), (4 / 11, "0.36"), (0.998, "1.00"), (1.0, "1.00")],
)
def test_a_share_is_rounded_to_the_nearest(value: float, text: str) -> None:
    assert formats.share(value) == text


@pytest.mark.parametrize(
    ("value", "threshold", "text"),
    [
        (17 / 57, 0.3, "0.298"),
        (0.298, 0.3, "0.298"),
        (0.2996, 0.3, "0.2996"),
        (0.304, 0.3, "0.30"),
        (11 / 36, 0.305, "0.31"),
        (11 / 36, 0.3056, "0.30556"),
        (0.3051, 0.305, "0.31"),
        (0.352, 0.3515, "0.352"),
        (4 / 11, 0.3, "0.36"),
        (0.3, 0.3, "0.30"),
        (0.1 + 0.2, 0.3, "0.30"),
        (0.7 - 0.4, 0.3, "0.29999999999999993"),
        (1 / 3, 1 / 3, "0.3333333333333333"),
        (0.2, None, "0.20"),
        (None, 0.3, "—"),
        (30.0, 0.3, "30.00"),
    ],
)
def test_a_share_stands_on_its_side_of_the_threshold(value: float | None, threshold: float | None, text: str) -> None:
    assert formats.share(value, threshold) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.3, "0.30"), (0.305, "0.305"), (1 / 3, "0.3333333333333333"), (1e-7, "0.0000001"), (None, "—")],
)
def test_a_threshold_has_all_its_decimals(value: float | None, text: str) -> None:
    assert formats.threshold(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (-0.0, "0"), (0.01, "+0.010"), (0.0125, "+0.0125"), (-0.02, "−0.020")]
)
def test_a_limit_on_a_change_is_exact(value: float, text: str) -> None:
    assert formats.limit(value) == text


@pytest.mark.parametrize(
    ("value", "limits", "text"),
    [
        (-0.0204, (-0.02, 0.0), "0.0204"),
        (-0.0196, (-0.02, 0.0), "0.020"),
        (0.80 - 0.82, (-0.02, 0.0), "0.020"),
        (0.0098, (0.01,), "0.0098"),
        (0.0132, (), "0.013"),
        (0.00003, (), "0.00003"),
    ],
)
def test_a_difference_stands_on_its_side_of_the_limits(value: float, limits: tuple[float, ...], text: str) -> None:
    assert formats.distance(value, limits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.013, "+0.013"), (-0.02, "−0.020"), (0.0002, "+0.0002"), (-0.0001, "−0.0001"), (0.0, "0"), (0.00001, "0")],
)
def test_a_change_carries_its_sign_and_never_a_false_zero(value: float, text: str) -> None:
    assert formats.change(value) == text


@pytest.mark.parametrize(
    ("numbers", "text"), [([], ""), ([3], "3"), ([1, 2], "1–2"), ([1, 3, 4, 5, 8], "1, 3–5 and 8"), ([1, 3], "1 and 3")]
)
def test_numbers_are_listed_as_a_reader_would(numbers: list[int], text: str) -> None:
    assert formats.ranges(numbers) == text


def test_counting() -> None:
    assert [formats.counted(number, "batch", "batches") for number in (0, 1, 1_200)] == [
        "0 batches",
        "1 batch",
        "1,200 batches",
    ]
    assert [formats.times(number) for number in range(4)] == ["never", "once", "twice", "3 times"]


def test_a_moment_names_its_zone() -> None:
    assert formats.moment(datetime(2026, 3, 2, 9, 5, tzinfo=UTC)) == "2026-03-02 09:05 UTC"
