"""Settings that a person chose, kept as data and read again from anywhere."""

import json
from typing import Any

import pytest

from sandbox.limits import Limits
from testbench.checks.latency import LatencySettings
from testbench.chosen import SettingsRefused, from_data, to_data
from testbench.output.data import finite
from testbench.run import Settings


def test_what_was_chosen_is_read_again_and_limits_are_those_of_today() -> None:
    settings = Settings(
        rows=50, synthetic=True, seed=3, checks=("quality",), latency=LatencySettings(sizes=(1, 5), budget_s=0.1)
    )
    limits = Limits(wall_s=7)
    again = from_data(json.loads(json.dumps(finite(to_data(settings)))), limits, unconfined=True)
    assert to_data(again) == to_data(settings)
    assert (again.limits, again.unconfined) == (limits, True)
    assert from_data({}) == Settings()
    assert from_data({"seed": None, "rows": 9}) == Settings(rows=9)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"rows": 10**9}, "settings: rows: "),
        ({"seed": -1}, "settings: seed: "),
        ({"checks": ["all"]}, "settings: checks.0: "),
        ({"latency": {"sizes": [10**8]}}, "settings: latency.sizes.0: "),
        ({"explain": {"budget_s": 1e9}}, "settings: explain.budget_s: "),
        ({"unconfined": True}, "settings: got 'unconfined', expected one of rows, "),
        ({"limits": {"memory_mb": 1}}, "settings: got 'limits', expected one of rows, "),
    ],
)
def test_what_nobody_may_choose_is_refused(data: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsRefused, match=said):
        from_data(data)
