"""What is asked for leaves no batch number out."""

import re

from hypothesis import given
from hypothesis import strategies as st

from mlflow_io.latest import whole_number
from mlflow_io.scan import partition

WRITTEN = st.from_regex(r" {0,2}0{0,2}[0-9]{1,4}(\.0{0,2})? {0,2}", fullmatch=True)


def fits(pattern: str, text: str) -> bool:
    like = pattern.removeprefix("LIKE '").removesuffix("'")
    return re.fullmatch(re.escape(like).replace("%", ".*").replace("_", "."), text) is not None


@given(st.integers(min_value=0, max_value=120), WRITTEN)
def test_every_number_is_asked_for_however_it_is_written(greatest: int, text: str) -> None:
    groups, rest = partition(greatest)
    assert whole_number(text) is not None
    assert any(text in texts for texts in groups.values()) or any(fits(pattern, text) for pattern in rest)


@given(st.integers(min_value=0, max_value=120))
def test_a_page_that_is_not_full_says_all_of_its_numbers(greatest: int) -> None:
    groups, _ = partition(greatest)
    for pattern, texts in groups.items():
        assert texts
        assert all(fits(pattern, text) for text in texts)
