"""``batch-zero``: every room's command by one name."""

import os
import subprocess
import sys

import pytest

from batch_zero import __version__
from batch_zero.__main__ import COMPLETE, ROOMS, main
from tests.conftest import ROOT


def called(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("name", "module"), [(name, room.module) for name, room in ROOMS.items()])
def test_every_word_is_a_rooms_own_command_with_the_same_help(name: str, module: str) -> None:
    ours, own = called("batch_zero", name, "--help"), called(module.removesuffix(".__main__"), "--help")
    assert (ours.returncode, own.returncode, ours.stderr) == (0, 0, "")
    assert ours.stdout.partition("\n")[2] == own.stdout.partition("\n")[2]
    assert "Usage: python -m batch_zero " in ours.stdout


def test_it_tells_its_version_which_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"batch-zero {__version__}\n"
    assert f'\nversion = "{__version__}"\n' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_its_help_lists_the_commands_without_importing_them() -> None:
    script = "import sys; from batch_zero.__main__ import main\ntry: main(['--help'])\nexcept SystemExit: "
    script += "print({'report', 'pandas', 'settings'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(f"\n  {name} " in told for name in ROOMS)
    assert told.endswith("set()\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("batch-zero ", [*ROOMS]),
        ("batch-zero d", ["doctor", "demo", "drift"]),
        ("batch-zero report --form", ["--format"]),
        ("batch-zero report --format ", ["json", "html", "md"]),
    ],
)
def test_a_shell_can_ask_what_comes_next(words: str, offered: list[str]) -> None:
    at = str(len(words.split(" ")) - 1)
    done = called("batch_zero", COMP_WORDS=words, COMP_CWORD=at, **{COMPLETE: "bash_complete"})
    assert [line.partition(",")[2] for line in done.stdout.splitlines()] == offered


@pytest.mark.slow
def test_errors_are_told_in_the_name_of_the_room() -> None:
    done = called("batch_zero", "pipeline", "run", "--batch", "1", "--experiment", "nowhere")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("pipeline: --experiment: got 'nowhere'")
