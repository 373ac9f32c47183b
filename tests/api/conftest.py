"""A small history, and the experiment.toml that names it."""

from pathlib import Path

import pytest

from tests.world import EXPERIMENT_TOML, World


@pytest.fixture(scope="module")
def toml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("experiment") / "experiment.toml"
    file.write_text(EXPERIMENT_TOML)
    return file


@pytest.fixture
def store(world: World) -> World:
    world.drift(0, 0.0)
    world.gate(0, decision="BASELINE")
    return world
