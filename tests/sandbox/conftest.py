"""The two ways in which a child begins. Most tests take the warm one, which is ten times faster;
attacks are tried on both."""

import pytest

from sandbox.warm import WarmParent


@pytest.fixture(params=["cold", "warm"])
def begun(request: pytest.FixtureRequest) -> WarmParent | None:
    """Where a child begins: None for a process of its own."""
    return None if request.param == "cold" else request.getfixturevalue("warm")
