"""Opens every file of the corpus and prints what came of it: ``python -m tests.testbench.corpus [WORD]``.

WORD: only files in whose names it stands. Exits 1 where a hostile file was not contained, a benign one did not
answer as it does outside, or a malformed one was not refused.
"""

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sandbox.confinement import confine
from sandbox.warm import WarmParent
from tests.testbench.corpus import benign, hostile, malformed, run, world
from tests.testbench.corpus.run import Outcome


def main(word: str = "") -> int:
    if missing := confine.missing():
        print(f"nothing is opened here: this system lacks protection from {' and '.join(missing)}")
        return 2
    os.environ["CORPUS_SECRET"] = world.SECRET
    counts = Counter[tuple[str, bool]]()
    with WarmParent() as warm:
        for group, name, well, found in _all(warm, word):
            counts[group, well] += 1
            opened = "opened" if found.said is None else "refused"
            sentence = found.said or ", ".join(found.report.sentences()[:1] if found.report else [str(found.seen)])
            print(f"{group:9} {'ok' if well else 'FAILED':6} {opened:8} {name[:45]:45} {sentence[:110]}", flush=True)
    for (group, well), count in sorted(counts.items()):
        print(f"{group}: {count} {'as it should be' if well else 'NOT as it should be'}")
    return int(any(not well for _, well in counts))


def _all(warm: WarmParent, word: str) -> Iterator[tuple[str, str, bool, Outcome]]:
    for case in hostile.cases():
        if word in case.name:
            with tempfile.TemporaryDirectory() as folder, world.made_in(Path(folder)) as place:
                (Path(folder) / "file").mkdir()
                path = case.make(Path(folder) / "file", place)
                began = time.monotonic()
                found = run.outcome(path, benign.ROWS, run.HOSTILE, warm)
                well = not place.harm() and not found.leaks() and time.monotonic() - began < 40
            yield "hostile", case.name, well, found
    for case in malformed.cases():
        if word in case.name:
            with tempfile.TemporaryDirectory() as folder, world.made_in(Path(folder)) as place:
                (Path(folder) / "file").mkdir()
                found = run.outcome(case.make(Path(folder) / "file", place), benign.ROWS, run.LIMITS, warm)
            yield "malformed", case.name, found.said is not None, found
    for good in benign.cases():
        if word in good.name:
            with tempfile.TemporaryDirectory() as folder:
                found = run.outcome(good.make(Path(folder)), good.rows, run.LIMITS, warm)
            yield "benign", good.name, found.said is None and same(found, good), found


def same(found: Outcome, good: benign.Benign) -> bool:
    expected = np.asarray(good.expected())
    if expected.dtype.kind in "fiub":
        return bool(np.allclose(np.asarray(found.answers, dtype=float), expected, rtol=1e-5, atol=1e-6))
    return list(found.answers) == [str(value) for value in expected]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
