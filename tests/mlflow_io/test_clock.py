"""Runs that claim to start later than now, as a clock that went back leaves them behind."""

import time

from mlflow_io.clock import in_vain, outdated_by
from tests.world import DAWN, MINUTE, NAMES, World

TOMORROW = (time.time() * 1000 - DAWN) / MINUTE + 24 * 60
"""In minutes after the world's dawn."""


def test_what_was_just_written_counts(world: World) -> None:
    world.gate(0, decision="BASELINE")
    world.drift(0)
    assert outdated_by(world.uri, NAMES, 0) is None
    assert outdated_by(world.uri, NAMES, 7) is None


def test_a_run_from_the_future_is_named_by_whoever_writes_beside_it(world: World) -> None:
    future = world.gate(0, decision="BASELINE", start=TOMORROW)
    world.gate(0, decision="BASELINE")
    by = outdated_by(world.uri, NAMES, 0)
    assert by is not None
    assert by.run_id == future
    assert f"batch 0 was written and does not count: run {future} says that it started on" in in_vain(0, by)


def test_of_either_kind(world: World) -> None:
    world.gate(1)
    future = world.drift(1, start=TOMORROW)
    world.gate(2, start=TOMORROW)
    by = outdated_by(world.uri, NAMES, 1)
    assert by is not None
    assert by.run_id == future
