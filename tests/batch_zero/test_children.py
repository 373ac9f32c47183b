"""Processes that a command begins beside itself."""

import os
import subprocess
import sys
import time

import psutil
import pytest

from tests.conftest import ROOT

BEGINS = """
import sys, time
from batch_zero import children
with children.running([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]) as child:
    print(child.pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_a_child_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", BEGINS], cwd=ROOT, env=os.environ, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        said = {parent.stdout.readline().strip(), parent.stdout.readline().strip()}
        child = int((said - {b"up"}).pop())
        parent.kill()
        parent.wait()
        end = time.monotonic() + 60
        while psutil.pid_exists(child) and time.monotonic() < end:
            time.sleep(0.05)
        assert not psutil.pid_exists(child)
