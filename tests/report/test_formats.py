"""Numbers as words."""

from datetime import UTC, datetime

import pytest

from report import formats


def test_what_is_not_known_is_a_dash_and_never_zero() -> None:
    assert {formats.score(None), formats.share(None), formats.change(None), formats.whole(None)} == {"—"}
    assert formats.moment(None) == "—"


@pytest.mark.parametrize(("value", "text"), [(0.0, "0.000"), (0.7414, "0.741"), (0.99951, "1.000"), (1.0, "1.000")])
def test_scores_have_three_decimals(value: float, text: str) -> None:
    assert formats.score(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0.00"), (0.298, "0.29"), (0.3, "0.30"), (0.29, "0.29"), (4 / 11, "0.36"), (1.0, "1.00")]
)
def test_a_share_below_a_threshold_never_reads_as_the_threshold(value: float, text: str) -> None:
    assert formats.share(value) == text


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
