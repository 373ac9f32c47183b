"""A signal that comes before a command has begun."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from batch_zero.installation import ROOT

BLOCKED = """
import pathlib, signal, time
pathlib.Path({marker!r}).touch()
time.sleep(60)
"""


def heard() -> None:
    """As an interactive shell starts a command."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
@pytest.mark.parametrize("door", ["report", "baseline", "pipeline", "drift", "demo", "api"])
@pytest.mark.parametrize(
    ("number", "code", "sentence"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "ended by SIGTERM")],
)
def test_a_signal_while_it_imports_is_one_sentence(
    tmp_path: Path, door: str, number: int, code: int, sentence: str
) -> None:
    """NumPy, which all of them import, is a file of ours here, which does not end."""
    marker, module = tmp_path / "importing", tmp_path / "numpy.py"
    module.write_text(BLOCKED.format(marker=str(marker)))
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", door, "--help"]
    process = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, preexec_fn=heard)
    while not marker.exists():
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
    process.send_signal(number)
    _, written = process.communicate(timeout=120)
    assert (process.returncode, written.decode()) == (code, f"{door}: {sentence}\n")
