"""The page's script, run on a store without a browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from report.service import shared
from tests.world import EXPERIMENT_TOML

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
