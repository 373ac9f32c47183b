"""Numbers that are not finite are no numbers in any form."""

import math
from collections.abc import Callable

import pytest

from batch_zero import formats
from metrics.kinds import KNOWN

FORMS: dict[str, Callable[[float], str]] = {
    "a score": formats.score,
    "a score with a unit": lambda value: formats.score(value, None),
    "a threshold": formats.threshold,
    "a share": lambda value: formats.share(value, threshold=0.3),
    "a change": formats.change,
    "a change with a unit": lambda value: formats.change(value, None),
    "a distance": lambda value: formats.distance(value, decimals=None),
    "a limit": formats.limit,
    "a change beside a score": lambda value: KNOWN["rmse"].beside(value).change_text(value),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_is_not_finite_is_written_as_not_known(form: str, value: float) -> None:
    assert FORMS[form](value) == formats.UNKNOWN
