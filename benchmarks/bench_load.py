"""Twenty tests of a model at once, and what dies meanwhile: ``python benchmarks/bench_load.py``.

Server and worker as the README starts them, on loopback, with stores of their own. First twenty ``POST /run_tests`` at
the same moment, several times, once with a queue too short for them; then twenty CI jobs that post one test after the
other, while server and worker are killed (SIGKILL) at random. It ends by itself, and touches no store of yours.
"""

import argparse
import os
import platform
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)

from sklearn.linear_model import LogisticRegression  # noqa: E402  the path has to be set first

from benchmarks.stores import say  # noqa: E402
from tests.api import load  # noqa: E402
from tests.testbench.conftest import trained  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "bench_load.md"
AT_ONCE, ROUNDS, SHORT = 20, 2, 6
PATIENCE_S = 900.0
FORM = {"checks": "works", "rows": "200"}


@dataclass(frozen=True)
class Round:
    """seconds: of each answer. server_mb: after it. peaks_mb: of server and worker, with all that is below them."""

    name: str
    seen: load.Seen
    seconds: list[float]
    server_mb: float
    peaks_mb: tuple[float, float]


@dataclass(frozen=True)
class Killed:
    seen: load.Seen
    kills: tuple[int, int]
    tests: list[dict[str, object]]
    uploads: int
    scratch: int
    peaks_mb: tuple[float, float]


class Watch:
    """The most memory that server and worker had."""

    def __init__(self, *parts: load.Part) -> None:
        self._parts, self._over = parts, threading.Event()
        self.peaks = [0.0] * len(parts)

    @contextmanager
    def on(self) -> Iterator["Watch"]:
        thread = threading.Thread(target=self._look)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.25):
            self.peaks = [max(known, part.megabytes()) for known, part in zip(self.peaks, self._parts, strict=True)]


@contextmanager
def stack(home: Path, **env: str) -> Iterator[tuple[load.Part, load.Part, str]]:
    """Server, worker and the address."""
    (home / "scratch").mkdir(parents=True)
    worker = load.worker(home, TMPDIR=str(home / "scratch"), **env)
    try:
        server, url = load.server(home, **env)
        try:
            yield server, worker, url
        finally:
            server.end()
    finally:
        worker.end()


def at_once(name: str, server: load.Part, worker: load.Part, url: str, files: dict[str, object]) -> Round:
    """Each is waited for where it was posted."""
    seen, begin = load.Seen(), threading.Barrier(AT_ONCE)

    def one(_: int) -> float:
        begin.wait()
        began = time.perf_counter()
        job = load.CiJob(url, FORM, files, seen, PATIENCE_S)
        answer = job.posted({})
        if answer.get("state") not in load.ENDED:
            job.followed(answer["id"])
        return time.perf_counter() - began

    with Watch(server, worker).on() as watch, ThreadPoolExecutor(AT_ONCE) as crowd:
        seconds = [*crowd.map(one, range(AT_ONCE))]
    peaks = (watch.peaks[0], watch.peaks[1])
    return Round(name, seen, seconds, server.megabytes(), peaks)


def killed(home: Path, files: dict[str, object], kills: int, seed: int) -> Killed:
    rng, seen, over = random.Random(seed), load.Seen(), threading.Event()
    with stack(home) as (server, worker, url):

        def one(_: int) -> None:
            job = load.CiJob(url, FORM, files, seen, PATIENCE_S)
            while not over.is_set():
                job.followed(job.posted()["id"])

        with Watch(server, worker).on() as watch, ThreadPoolExecutor(AT_ONCE + 2) as crowd:
            running = [crowd.submit(one, place) for place in range(AT_ONCE)]
            killers = [crowd.submit(_killer, part, seen, kills, rng) for part in (server, worker)]
            try:
                for each in killers:
                    each.result()
            finally:
                over.set()
            for each in running:
                each.result()
        tests = _all_ended(url)
        uploads = len([*(home / "uploads").iterdir()])
        scratch = len([*(home / "scratch").iterdir()])
        return Killed(seen, (server.kills, worker.kills), tests, uploads, scratch, (watch.peaks[0], watch.peaks[1]))


def _killer(part: load.Part, seen: load.Seen, kills: int, rng: random.Random) -> None:
    """Each of the two goes its own way."""
    for number in range(kills):
        _one_more(seen)
        time.sleep(rng.uniform(0, 5))
        part.kill()
        say(f"kill {number + 1} of {kills} of the {part.name}: {len(seen.ended())} tests have ended")
        time.sleep(rng.uniform(0, 1))
        part.start()


def _one_more(seen: load.Seen) -> None:
    """However slow the machine: something comes to its end between two kills."""
    before, ends = len(seen.ended()), time.monotonic() + PATIENCE_S
    while len(seen.ended()) == before:
        if time.monotonic() > ends:
            raise SystemExit("nothing came to its end between two kills")
        time.sleep(0.1)


def _all_ended(url: str) -> list[dict[str, object]]:
    """Of those too whose acceptance nobody heard of, for the server died before it said so."""
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        tests = load.listed(url)
        if all(test["state"] in load.ENDED for test in tests):
            return tests
        time.sleep(0.5)
    raise SystemExit("some tests never ended")


def main() -> None:
    asked = _asked()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        model = trained(place, LogisticRegression(max_iter=2_000), {0: 0, 1: 1})
        files: dict[str, object] = {
            "model": ("m.joblib", model.path.read_bytes()),
            "sample": ("rows.csv", model.sample.to_csv(index=False).encode()),
        }
        found = killed(place / "killed", files, asked.kills, asked.seed)
        rounds: list[Round] = []
        for each in chain([None], _rounds(place, files)):  # what is known is kept, should a later one fail
            rounds += [each] if each else []
            text = "\n".join(_written(rounds, found, asked)) + "\n"
            asked.out.write_text(text)
    print(text)


def _rounds(place: Path, files: dict[str, object]) -> Iterator[Round]:
    with stack(place / "at-once") as running:
        for number in range(ROUNDS):
            say(f"{AT_ONCE} at once, {number + 1} of {ROUNDS}")
            yield at_once(f"{number + 1}", *running, files)
    with stack(place / "short", BATCH_ZERO_JOBS_MOST_QUEUED=str(SHORT)) as running:
        say(f"{AT_ONCE} at once, where {SHORT} may wait")
        yield at_once(f"{SHORT} may wait", *running, files)


def _asked() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--kills", type=int, default=20, metavar="N", help="of the server, and of the worker")
    arguments.add_argument("--seed", type=int, default=7, metavar="N", help="of the moments")
    arguments.add_argument("--out", type=Path, default=RESULT, metavar="FILE", help="default: below benchmarks/results")
    return arguments.parse_args()


def _written(rounds: Iterable[Round], found: Killed, asked: argparse.Namespace) -> Iterable[str]:
    yield "# Tests of models at once, and under kills\n"
    yield (
        f"`{' '.join(['python benchmarks/bench_load.py', *sys.argv[1:]])}`, {datetime.now(UTC):%Y-%m-%d}, "
        f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.0f} at the end. Server, worker and "
        "clients on this machine; a logistic regression, 200 rows, `checks=works`; two tests at a time.\n"
    )
    yield f"## {AT_ONCE} `POST /run_tests` at once\n"
    yield (
        "| round | results | failures | told to come again | other answers | median, s | longest, s | server after, MB "
        "| server at most, MB | worker and all below it at most, MB |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for each in rounds:
        states = Counter(each.seen.accepted.values())
        yield (
            f"| {each.name} | {states['succeeded']} | {states['failed']} | {each.seen.told_to_come_again} | "
            f"{len(each.seen.untold) + each.seen.no_answer} | {statistics.median(each.seconds):.1f} | "
            f"{max(each.seconds):.1f} | {each.server_mb:.0f} | {each.peaks_mb[0]:.0f} | {each.peaks_mb[1]:.0f} |"
        )
    yield from _under_kills(found, asked)


def _under_kills(found: Killed, asked: argparse.Namespace) -> Iterable[str]:
    states, known = Counter(str(test["state"]) for test in found.tests), {test["id"] for test in found.tests}
    unstated = sum(test["state"] != "succeeded" and not test["reason"] for test in found.tests)
    reasons = Counter(str(test["reason"]) for test in found.tests if test["state"] != "succeeded")
    yield f"\n## Server and worker killed {asked.kills} times each, under {AT_ONCE} CI jobs\n"
    yield "| | |"
    yield "|---|---:|"
    rows = {
        "kills of the server, of the worker": f"{found.kills[0]}, {found.kills[1]}",
        "tests that an answer accepted": len(found.seen.accepted),
        "tests that the queue knows of": len(found.tests),
        "accepted, and lost": len({*found.seen.accepted} - known),
        "ended in a result": states["succeeded"],
        "ended in a stated failure": len(found.tests) - states["succeeded"] - unstated,
        "ended otherwise": unstated,
        "requests without an answer (the server was down)": found.seen.no_answer,
        "requests that were told to come again": found.seen.told_to_come_again,
        "answers that nobody expects": len(found.seen.untold),
        "most memory of the server, of the worker and all below it": " MB, ".join(f"{mb:.0f}" for mb in found.peaks_mb)
        + " MB",
        "folders of uploads that stay, for a day": found.uploads,
        "left in the worker's temporary folder": found.scratch,
    }
    yield from (f"| {name} | {value} |" for name, value in rows.items())
    for reason, number in reasons.most_common():
        yield f"\nA stated failure, {number} times: {reason}"
    for text in Counter(found.seen.untold):
        yield f"\nNot expected: {text}"


if __name__ == "__main__":
    main()
