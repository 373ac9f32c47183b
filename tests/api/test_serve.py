"""``batch-zero serve``, as an orchestrator starts and ends it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.api.test_server import environment
from tests.conftest import ROOT
from tests.server import free_port
from tests.serving import wait_until_healthy
from tests.world import World

pytestmark = pytest.mark.slow

SERVE = (sys.executable, "-m", "batch_zero", "serve")


def hears_sigint() -> None:
    """A shell that starts these tests in the background has it ignored, and a child inherits that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize(
    ("number", "code", "sentence"),
    [(signal.SIGTERM, 143, "serve: ended by SIGTERM"), (signal.SIGINT, 130, "serve: interrupted")],
)
def test_it_serves_until_it_is_told_to_end_and_takes_the_server_with_it(
    store: World, toml: Path, tmp_path: Path, number: int, code: int, sentence: str
) -> None:
    log, port = tmp_path / "log.txt", free_port()
    command = [*SERVE, "--port", str(port), "--server.baseUrlPath", "tools"]
    with log.open("wb") as out:
        env = environment(store.uri, toml)
        server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out, preexec_fn=hears_sigint)
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}/tools/readyz", server, log)
            server.send_signal(number)
            assert server.wait(120) == code
        finally:
            server.kill()
    assert sentence in log.read_text()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/tools/healthz", timeout=10)


def test_a_setting_that_cannot_be_used_is_one_sentence(store: World, toml: Path) -> None:
    env = environment(store.uri, toml, BATCH_ZERO_LOG="xml")
    done = subprocess.run(SERVE, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "serve: BATCH_ZERO_LOG: got 'xml', expected text or json\n"
