"""What comes to a door and what it answers, and what of that is not as it should be."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.testbench.corpus import benign, hostile, malformed, world

WORKS, BROKEN, REFUSED = "works", "does not work", "refused"
GROUPS: dict[str, Any] = {"benign": benign.cases, "malformed": malformed.cases, "hostile": hostile.cases}
EXPECTED = {"benign": {WORKS}, "malformed": {REFUSED}, "hostile": {WORKS, BROKEN, REFUSED}}
LIMITS = {
    "hostile": {
        "BATCH_ZERO_BENCH_SECONDS": "10",
        "BATCH_ZERO_BENCH_ANSWER_SECONDS": "3",
        "BATCH_ZERO_BENCH_MEMORY_MB": "2000",
    },
}
"""By group, in the environment: what hangs is to hang briefly."""

CHECKS = ("works", "robustness")
"""Of the command and the API; the jobs of the page do them all."""

QUICK = {
    "latency": {"sizes": [1], "calls": 5, "warm_up": 1, "budget_s": 0.2},
    "simulation": {"strengths": [1.0], "rows": 60},
    "explain": {"rows": 10, "budget_s": 1.0, "background": 10},
}
"""Settings with which every check is soon done."""


@dataclass(frozen=True)
class File:
    """Of the corpus, as it comes to a door. sample: rows for it, as a CSV file."""

    group: str
    name: str
    path: Path
    sample: Path
    place: world.World


@dataclass(frozen=True)
class Answer:
    """outcome: ``WORKS``, ``BROKEN`` or ``REFUSED``; anything else is none that there should be. texts: all that
    anybody was told. faults: what is not as it should be, by the door's own manners."""

    outcome: str
    sentence: str
    texts: str
    faults: tuple[str, ...] = ()


class Door(Protocol):
    def tried(self, file: File) -> Answer: ...

    def afterwards(self) -> list[str]:
        """What is not as it should be when all have been tried."""
        ...


def chosen(group: str, word: str = "", part: str = "1/1", most: int | None = None) -> list[Any]:
    """word: stands in their names. part: one of several, evenly spread. most: of them, evenly spread as well."""
    one, of = map(int, part.split("/"))
    cases = [case for case in GROUPS[group]() if word in case.name][one - 1 :: of]
    return cases if most is None or len(cases) <= most else [cases[at * len(cases) // most] for at in range(most)]


@contextmanager
def made(group: str, case: Any) -> Iterator[File]:
    with tempfile.TemporaryDirectory() as name, world.made_in(Path(name)) as place:
        folder = Path(name) / "file"
        folder.mkdir()
        path = case.make(folder) if group == "benign" else case.make(folder, place)
        rows = case.rows if group == "benign" else benign.ROWS
        rows.to_csv(Path(name) / "rows.csv", index=False)
        yield File(group, case.name, path, Path(name) / "rows.csv", place)


def faults(file: File, answer: Answer) -> list[str]:
    """Empty where all is as it should be."""
    found = [*answer.faults, *file.place.harm(), *said(answer.texts)]
    if answer.outcome not in EXPECTED[file.group]:
        found.append(answer.outcome)
    if not answer.sentence.strip() or "\n" in answer.sentence.strip():
        found.append("no sentence")
    return found


def said(text: str) -> list[str]:
    """What must stand in no answer, and in no log."""
    return [*world.told(text), *(["a traceback"] if "Traceback (most recent call last)" in text else [])]
