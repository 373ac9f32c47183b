"""The dashboard as a process of its own."""

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.server import free_port

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def serving(
    env: Mapping[str, str],
    log: Path,
    script: Path = ROOT / "server.py",
    *more: str,
    port: int | None = None,
    health: str = "/_stcore/health",
    within: Sequence[str] = (),
) -> Iterator[str]:
    """The dashboard as the README starts it, or another script; its address. more: arguments for Streamlit. health: a
    path that answers as soon as it is up. within: what it is started by, such as ``tests.modes.OBEYING``."""
    port = port or free_port()
    command = [*within, sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.headless", "true", *more]
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=script.parent, env=env, stdout=out, stderr=subprocess.STDOUT)
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}{health}", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(120)


def wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(720):
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:  # refused, not yet an answer, or too busy for one
            time.sleep(0.25)
    raise AssertionError(log.read_text())
