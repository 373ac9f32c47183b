"""``python -m testbench FILE --sample ROWS.csv``, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import ROOT
from tests.testbench.corpus.doors.answers import BROKEN, CHECKS, REFUSED, WORKS, Answer, File
from tests.testbench.corpus.doors.stack import left, until
from tests.testbench.corpus.world import SECRET

OUTCOMES = {0: WORKS, 1: BROKEN, 2: REFUSED}
WITHIN_S = 240


class Command:
    def __init__(self, home: Path, env: dict[str, str]) -> None:
        self._scratch = home / "scratch"
        self._scratch.mkdir()
        own = {"BATCH_ZERO_HOME": str(home), "TMPDIR": str(self._scratch), "CORPUS_SECRET": SECRET}
        self._env = {**os.environ, **own, **env}
        self._env.pop("MLFLOW_TRACKING_URI", None)

    def tried(self, file: File) -> Answer:
        words = [sys.executable, "-m", "testbench", str(file.path), "--sample", str(file.sample)]
        for check in CHECKS:
            words += ["--check", check]
        try:
            done = subprocess.run(
                words,
                cwd=ROOT,
                env=self._env,
                capture_output=True,
                timeout=WITHIN_S,
                start_new_session=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Answer("no end", "it did not end", "")
        out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        lines = err.splitlines()
        works = [line for line in lines if line.startswith("testbench: works:")]
        sentence = (works or out.splitlines() or [""])[0] if done.returncode in {0, 1} else (lines or [""])[-1]
        foreign = [line for line in lines if not line.startswith("testbench: ")]
        odd = ("control characters",) if any(not (each.isprintable() or each == "\n") for each in out + err) else ()
        more = (f"said besides: {foreign[0][:80]}",) if foreign else ()
        return Answer(OUTCOMES.get(done.returncode, f"exit code {done.returncode}"), sentence, out + err, (*odd, *more))

    def afterwards(self) -> list[str]:
        """A shell beside each removes what its model left, however long that takes."""
        until(lambda: not left(self._scratch))
        return [f"left in the scratch folder: {name}" for name in left(self._scratch)]


@contextmanager
def opened(home: Path, env: dict[str, str]) -> Iterator[Command]:
    yield Command(home, env)
