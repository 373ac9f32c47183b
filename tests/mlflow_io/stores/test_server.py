"""The same over HTTP: a real ``mlflow server`` on a free port, and what happens when it goes away."""

import io
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from lifecycle.records import ProductionModel
from mlflow_io.artifacts.model_files import downloaded
from mlflow_io.artifacts.results import load_roc
from mlflow_io.client import connect
from mlflow_io.errors import ArtifactMissing, TrackingRefused, TrackingUnreachable
from mlflow_io.history import read_history
from mlflow_io.registry import find_production
from pipeline.__main__ import main as pipeline
from tests import small
from tests.server import Server, running
from tests.small import NAMES
from tests.world import read_production

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that holds batch 0 of a small experiment, run through the pipeline over HTTP."""
    folder = small.make(tmp_path_factory.mktemp("small") / "experiment")
    with running(tmp_path_factory.mktemp("server"), migrated) as server:
        assert pipeline(["run", "--experiment", str(folder), "--mlflow-tracking-uri", server.uri, "--batch", "0"]) == 0
        yield server


def test_a_batch_that_was_run_over_http_is_read_over_http(server: Server) -> None:
    (baseline,) = read_history(server.uri, NAMES).batches
    assert (baseline.batch, baseline.gate.decision, baseline.drift.share) == (0, "BASELINE", 0.0)
    assert load_roc(server.uri, baseline.gate.run.run_id, candidate=False).auc == pytest.approx(
        baseline.gate.production.get("auc")
    )
    with pytest.raises(ArtifactMissing):
        load_roc(server.uri, baseline.gate.run.run_id, candidate=True)


def test_the_model_in_production_is_found_and_downloaded_over_http(server: Server) -> None:
    client = connect(server.uri)
    model = read_production(server.uri, NAMES.model)
    assert model == find_production(client, NAMES.model)
    assert model == ProductionModel(NAMES.model, "1", "production", None, model.run_id)
    with downloaded(client, model) as (folder, _):
        assert (folder / "MLmodel").is_file()


def test_what_a_server_does_not_have_is_not_made_up(server: Server) -> None:
    other = type(NAMES)("No drift", "No 'gate'", 'No "model" it\'s')
    history = read_history(server.uri, other)
    assert (history.batches, history.missing_experiments) == ((), ("No drift", "No 'gate'"))
    assert set(history.present_experiments) >= {NAMES.drift_experiment, NAMES.gate_experiment}
    assert read_production(server.uri, other.model) is None


def test_a_server_that_refuses_is_not_one_that_is_down(server: Server) -> None:
    with pytest.raises((TrackingRefused, ArtifactMissing), match=r"(?i)no run|not found"):
        load_roc(server.uri, "0" * 32, candidate=False)


class Watching(io.StringIO):
    """Standard output that does something as soon as it reads a certain line."""

    def __init__(self, line: str, act: Callable[[], None]) -> None:
        super().__init__()
        self.line, self.act = line, act

    def write(self, text: str) -> int:
        if self.line in text:
            self.act()
        return super().write(text)


def test_a_server_that_is_killed_half_way_is_one_sentence(start: Callable[..., Server], tmp_path: Path) -> None:
    server = start()
    asked = ["--experiment", str(small.make(tmp_path / "experiment")), "--mlflow-tracking-uri", server.uri]
    with redirect_stdout(Watching("initial model trained", server.kill)), redirect_stderr(io.StringIO()) as errors:
        assert pipeline(["run", *asked, "--batch", "0"]) == 2
    err = errors.getvalue()
    assert err.count("\n") == 1, err
    assert err.startswith(f"pipeline: The MLflow store at {server.uri} cannot be reached: ")
    with pytest.raises(TrackingUnreachable, match="refused"):
        read_history(server.uri, NAMES)
    # The attempt is there, half-written, and counts for nothing.
    history = read_history(f"sqlite:///{tmp_path / 'mlflow.db'}", NAMES)
    assert history.batches == ()
    assert [(batch, [run.status for run in runs]) for batch, runs in history.unfinished] == [(0, ["RUNNING"])]


def test_an_answer_that_is_no_mlflows_is_one_sentence(tmp_path: Path) -> None:
    """Any other web server under that address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(tmp_path), str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as other:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        with pytest.raises((TrackingUnreachable, TrackingRefused)) as caught:
            read_history(f"http://127.0.0.1:{port}", NAMES)
        other.kill()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
