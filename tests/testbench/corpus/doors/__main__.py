"""Puts the files of the corpus through the doors of the bench as others meet them, and prints what came of each:
``python -m tests.testbench.corpus.doors [--door DOOR] [--group GROUP] [--part K/N] [WORD]``.

``command`` and ``api`` take every file, ``page`` an even selection in a browser, and ``job`` all of them, by the same
jobs as the page. WORD: only files in whose names it stands. Exits 1 where anything is not as it should be.
"""

import argparse
import contextlib
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batch_zero.interrupts import interruptible
from sandbox.confinement import confine
from tests.testbench.corpus.doors import api, command, job, page
from tests.testbench.corpus.doors.answers import GROUPS, LIMITS, Answer, Door, chosen, faults, made


@dataclass(frozen=True)
class Way:
    """at_once: files. most: of each group, evenly over it; None for all."""

    opened: Callable[[Path, dict[str, str]], AbstractContextManager[Door]]
    at_once: int = 2
    most: int | None = None


WAYS = {
    "command": Way(command.opened),
    "api": Way(api.opened),
    "page": Way(page.opened, at_once=1, most=14),
    "job": Way(job.opened),
}
MAKING = threading.Lock()
"""Some are made by libraries that do one thing at a time."""


def main(arguments: Sequence[str] | None = None) -> int:
    given = _arguments(arguments)
    if missing := confine.missing():
        print(f"nothing is opened here: this system lacks protection from {' and '.join(missing)}")
        return 2
    counts = Counter[tuple[str, str, str]]()
    try:
        for door in given.door or WAYS:
            for group in given.group or GROUPS:
                for outcome, well in _through(door, group, given):
                    counts[door, group, outcome if well else f"{outcome}, NOT as it should be"] += 1
    finally:  # of those before Ctrl+C, too
        for (door, group, outcome), count in sorted(counts.items()):
            print(f"{door}: {group}: {count} {outcome}")
    return int(any("NOT" in outcome for _, _, outcome in counts))


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.testbench.corpus.doors")
    parser.add_argument("word", nargs="?", default="", metavar="WORD")
    parser.add_argument("--door", action="append", choices=WAYS)
    parser.add_argument("--group", action="append", choices=GROUPS)
    parser.add_argument("--part", default="1/1", metavar="K/N", help="one of N parts, which are evenly spread")
    return parser.parse_args(arguments)


def _through(door: str, group: str, given: argparse.Namespace) -> Iterator[tuple[str, bool]]:
    way = WAYS[door]
    cases = chosen(group, given.word, given.part, way.most)
    if not cases:
        return
    with tempfile.TemporaryDirectory() as home, way.opened(Path(home), LIMITS.get(group, {})) as opened:

        def tried(case: Any) -> tuple[str, Answer, list[str]]:
            with contextlib.ExitStack() as stack:
                with MAKING:
                    file = stack.enter_context(made(group, case))
                answer = opened.tried(file)
                return case.name, answer, faults(file, answer)

        with ThreadPoolExecutor(way.at_once) as pool:
            for name, answer, found in pool.map(tried, cases) if way.at_once > 1 else map(tried, cases):
                mark = f"FAILED ({', '.join(found)})" if found else "ok"
                print(
                    f"{door:7} {group:9} {mark} | {answer.outcome} | {name[:45]} | {answer.sentence[:160]!r}",
                    flush=True,
                )
                yield answer.outcome, not found
        for fault in opened.afterwards():
            print(f"{door:7} {group:9} FAILED: {fault}", flush=True)
            yield f"afterwards: {fault[:60]}", False


if __name__ == "__main__":
    sys.exit(interruptible("doors")(main)())
