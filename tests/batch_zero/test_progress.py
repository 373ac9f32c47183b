"""What is told of how far something has come, and how a command prints it."""

import os
import pty
import re
import subprocess
import sys

import pytest

from batch_zero.progress import Step, Steps, printed
from tests.conftest import ROOT


def test_steps_are_counted_and_remarks_are_not() -> None:
    told: list[Step] = []
    steps = Steps(2, told.append)
    steps.remark("opening the store")
    steps.done("first")
    steps.remark("by the way")
    steps.done("second")
    assert told == [
        Step(0, 2, "opening the store"),
        Step(1, 2, "first"),
        Step(1, 2, "by the way"),
        Step(2, 2, "second"),
    ]


def test_where_nobody_watches_each_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with printed("pipeline") as progress:
        Steps(3, progress).done("[bold]a[/bold] is through")
    assert capsys.readouterr().out == "pipeline: [bold]a[/bold] is through\n"


SCRIPT = """
from batch_zero.progress import Steps, printed
with printed("pipeline") as progress:
    steps = Steps(2, progress)
    steps.done("[bold]a[/bold], " + "x" * 200)
    steps.done("b")
"""


def test_on_a_terminal_there_is_a_bar_below_the_lines_which_are_whole() -> None:
    ours, its = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen([sys.executable, "-c", SCRIPT], cwd=ROOT, env=env, stdout=its, close_fds=True) as process:
        os.close(its)
        shown = read(ours)
        assert process.wait(120) == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert f"pipeline: [bold]a[/bold], {'x' * 200}\r\n" in plain
    assert "pipeline: b\r\n" in plain
    assert "2/2" in plain


def read(terminal: int) -> str:
    """All that is written until nobody holds it any more."""
    said = b""
    while True:
        try:
            more = os.read(terminal, 65536)
        except OSError:  # so Linux says that it is closed
            more = b""
        if not more:
            os.close(terminal)
            return said.decode()
        said += more
