"""The page's script, run on a store without a browser."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import settings
from jobs import service
from jobs.queue import Queue
from report.service import shared
from tests.jobs.conftest import until
from tests.world import EXPERIMENT_TOML, World

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    shared.clear()


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Runs the page for a store and returns it."""
    toml = tmp_path / "experiment.toml"
    toml.write_text(EXPERIMENT_TOML)

    def run(uri: str, **env: str) -> AppTest:
        for name, value in {"MLFLOW_TRACKING_URI": uri, "BATCH_ZERO_EXPERIMENT": str(toml), **env}.items():
            monkeypatch.setenv(name, value)
        return AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()

    return run


@pytest.fixture
def queue(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> Queue:
    """That of the page's settings."""
    monkeypatch.setenv("BATCH_ZERO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", world.uri)
    config = settings.read().jobs
    return service.shared(config.url, config.bounds)


@pytest.fixture
def worker(queue: Queue) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "jobs"], cwd=ROOT, env=os.environ)
    try:
        until(queue.workers)
        yield
    finally:
        process.kill()
        process.wait(120)
