"""The hostile files do what they say where nothing holds them back: that they do not in the sandbox means something.

Only those whose harm stays within the world of this test are tried, in a process of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.testbench.corpus import hostile
from tests.testbench.corpus.world import SHARED, made_in

HARM = {
    **dict.fromkeys(
        ("os.system", "subprocess", "posix_spawn", "exec", "a file outside", "a link outside", "a hard link",
         "a folder outside", "a way out by ..", "a link to the outside, written through", "protocol 0", "INST", "OBJ",
         "names of Python 2", "a name in escapes", "a name from the memo", "before it breaks off", "runstring",
         "timeit", "cProfile", "joblib by zlib", "joblib by gzip", "joblib by bz2", "joblib by xz", "joblib by lzma",
         "code after an array of joblib", "eval", "compile", "through an attribute", "a program of its own",
         "a program in memory", "SQLite", "when it is collected", "atexit", "a pickle in a pickle", "marshalled code",
         "named like an option"),
        "wrote outside",
    ),
    **dict.fromkeys(("rename", "delete", "truncate", "chmod", "a mapped file"), "changed a file"),
    **dict.fromkeys(
        ("a connection", "urllib", "the secret, out over the network", "a datagram", "a local socket"), "connected"
    ),
    "/dev/shm": "shared memory",
}  # fmt: skip
LOADS = "import joblib, sys; joblib.load(sys.argv[1])"
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", HARM)
def test_a_hostile_file_does_its_harm_outside_the_sandbox(tmp_path: Path, name: str) -> None:
    case = next(case for case in hostile.cases() if case.name == name)
    (tmp_path / "file").mkdir()
    with made_in(tmp_path) as world:
        path = case.make(tmp_path / "file", world)
        with subprocess.Popen(
            [sys.executable, "-c", LOADS, path], cwd=tmp_path / "file", stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            try:
                process.wait(120)
            except subprocess.TimeoutExpired:
                process.kill()
        assert HARM[name] in world.harm()
        (SHARED / world.name).unlink(missing_ok=True)
