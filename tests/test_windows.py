"""What of the program there is where POSIX is not."""

import subprocess
import sys

import pytest

from tests.house import ROOT


@pytest.mark.slow
def test_without_posix_every_module_is_there_and_a_model_is_refused_in_a_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.as_on_windows"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    imported, model, drift = done.stdout.splitlines()
    assert int(imported.split()[0]) > 150
    assert model.startswith("a model file cannot be opened on this system (win32)")
    assert drift == "2"  # a command ends as anywhere
    assert "drift: none.csv: there is no such file" in done.stderr
