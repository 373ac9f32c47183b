"""The latest run of every batch from a server that gives whole runs or nothing, by asking for as few as possible.

A search costs the server little, every run that it returns a millisecond, and there may be a hundred thousand. So the
newest page is asked for, and where that is not all, the newest run of every batch number that can be: exactly
``0``, ``1`` ... up to the greatest one seen, then of everything else that may be a whole number. Whatever resists is
read completely. MLflow's pages are offsets, which skip a run when another is deleted meanwhile; here a page is bounded
by the start time of the one before.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from mlflow_io import names
from mlflow_io.errors import TrackingError, TrackingRefused
from mlflow_io.kinds import is_of
from mlflow_io.latest import FINISHED, Candidate, Kind, whole_number
from mlflow_io.rest import LARGEST_PAGE, Page, Run
from mlflow_io.source import Facts

PAGE = 50
"""Of the first look: a history of ordinary length is complete with it."""

LONG_PAGE = 1_000
"""Where everything is wanted."""

ENUMERABLE = 100
"""Batch numbers below this are asked for one by one."""

EXCLUDABLE = 15
"""How many numbers one search may rule out, each of which costs the database a join; else all that fit are read."""

ANY = "LIKE '%'"
NO_SCORE = "-123456789.5"
"""``!=`` this is what MLflow has for "has the metric"; NaN and infinity are other values as well."""

Search = Callable[[str, int], Page]
"""(filter, limit) -> active runs of one experiment, newest first."""

_QUOTABLE = re.compile(r"[\w .+-]{0,40}", re.ASCII)


class Scan:
    """One look at one kind of run in one experiment.

    candidates: those that were found, by run id. complete: whether there are no others; if not, they are the latest of
    every batch, all newer ones, and some more. facts: of most of the latest.
    """

    def __init__(self, search: Search, kind: Kind) -> None:
        self.candidates: dict[str, Candidate] = {}
        self.facts: dict[str, Facts] = {}
        self.complete = True
        self._search, self._kind = search, kind

    def newest(self) -> "Scan":
        """The least that is right."""
        for number, mark in self._places():
            _Numbered(self, number, mark).look()
        return self

    def everything(self) -> "Scan":
        for number, mark in self._places():
            self.read_all(f"{number} {ANY}", mark)
        return self

    def _places(self) -> Iterator[tuple[str, str]]:
        """Where the number may stand, and what marks such a run."""
        for number in (f"params.{names.BATCH_NUMBER}", f"tags.{names.BATCH_NUMBER}"):
            if number.startswith("params") or self._search(f"{number} {ANY}", 1).runs:
                for mark in marks(self._search, self._kind, number):
                    yield number, mark

    def ask(self, conditions: Iterable[str], limit: int) -> Page:
        """What fits, kept if it is of the kind."""
        page = self._search(_all_of(conditions), limit)
        self._keep(page.runs)
        self.facts |= {run.candidate.run_id: run.facts for run in page.runs}
        return page

    def read_all(self, *conditions: str) -> None:
        self._keep(everything(self._search, conditions))

    def _keep(self, runs: Iterable[Run]) -> None:
        self.candidates |= {run.candidate.run_id: run.candidate for run in runs if self.counts(run)}

    def counts(self, run: Run) -> bool:
        return is_of(self._kind, run.facts)


def marks(search: Search, kind: Kind, number: str) -> Iterator[str]:
    """Filters of which every run of the kind passes one; others may pass as well."""
    if kind is Kind.DRIFT:
        yield ""
    elif kind is Kind.DRIFT_AMONG_OTHERS:
        yield has_metric(names.DRIFT_SHARE)
    else:
        tag = f"tags.{names.QUALITY_GATE}"
        yield f"{tag} ILIKE '%{names.QUALITY_GATE_TRUE}%'"
        untagged = f"{tag} IS NULL"
        try:
            some = bool(search(f"{number} {ANY} AND {untagged}", 1).runs)
        except TrackingRefused:  # MLflow before 3.11 cannot say that
            some, untagged = True, ""
        if some:
            for scores in (names.PRODUCTION_SCORES, names.CANDIDATE_SCORES):
                yield _all_of((has_metric(scores["auc"]), untagged))


def has_metric(key: str) -> str:
    return f"metrics.{key} != {NO_SCORE}"


def everything(search: Search, conditions: Iterable[str]) -> Iterator[Run]:
    """All runs that fit, each once, whatever is logged or deleted meanwhile."""
    seen: set[str] = set()
    conditions, limit, bound = list(conditions), LONG_PAGE, ""
    while True:
        page = search(_all_of((*conditions, bound)), limit)
        yield from (run for run in page.runs if run.candidate.run_id not in seen)
        seen.update(run.candidate.run_id for run in page.runs)
        if not page.more:
            return
        before, bound = bound, f"attributes.start_time <= {page.runs[-1].candidate.start}"
        if bound == before:  # one millisecond's runs fill the page
            if limit == LARGEST_PAGE:
                raise TrackingError(f"More than {LARGEST_PAGE:,} runs started in the same millisecond")
            limit = min(limit * 5, LARGEST_PAGE)


def _all_of(conditions: Iterable[str]) -> str:
    return " AND ".join(filter(None, conditions))


class _Numbered:
    """The part of a scan whose batch number stands in one place (``params.batch_number``) and that bears one mark."""

    def __init__(self, scan: Scan, number: str, mark: str) -> None:
        self._scan, self._number, self._mark = scan, number, mark

    def look(self) -> None:
        page = self._ask(ANY, limit=PAGE)
        if not page.more:
            return
        self._scan.complete = False
        texts = {self._text(run): None for run in page.runs}
        settled = {self._text(run) for run in page.runs if self._is_finished(run)}
        numbers = {text: number for text in texts if (number := whole_number(text)) is not None}
        for text in numbers.keys() - settled:
            self._latest(text)
        exact, patterns = partition(max(numbers.values(), default=ENUMERABLE))
        for text in exact:
            if text not in texts:
                self._latest(text)
        for pattern in patterns:
            self._explore(f"LIKE '{pattern}'", (*texts, *exact) if pattern == "%" else ())

    def _explore(self, pattern: str, known: Iterable[str]) -> None:
        """The latest run of every number that fits ``pattern`` and is not ``known``."""
        ruled_out = list(dict.fromkeys(known))
        while len(ruled_out) <= EXCLUDABLE and all(map(_QUOTABLE.fullmatch, ruled_out)):
            others = [f"{self._number} != '{text}'" for text in ruled_out]
            found = self._ask(pattern, *others, limit=1).runs
            if not found:
                return
            text = self._text(found[0])
            if whole_number(text) is not None:
                self._latest(text)
            ruled_out.append(text)
        self._scan.read_all(f"{self._number} {pattern}", self._mark)

    def _latest(self, text: str) -> None:
        """The latest finished run with that number, and what is newer."""
        exactly = f"= '{text}'"
        newest = self._ask(exactly, limit=1).runs
        if not newest or self._is_finished(newest[0]):
            return
        finished = self._ask(exactly, f"attributes.status = '{FINISHED}'", limit=1).runs
        newer = [f"{self._number} {exactly}", self._mark]
        if finished and self._is_finished(finished[0]):
            newer += [f"attributes.status != '{FINISHED}'"]
            newer += [f"attributes.start_time > {finished[0].candidate.start}"]
        self._scan.read_all(*newer)

    def _ask(self, condition: str, *others: str, limit: int) -> Page:
        """The number first: it is what a database can look up."""
        return self._scan.ask((f"{self._number} {condition}", self._mark, *others), limit)

    def _is_finished(self, run: Run) -> bool:
        """And a candidate of the batch that this place names."""
        ours = self._scan.counts(run) and run.candidate.batch == self._text(run)
        return ours and run.candidate.status == FINISHED

    def _text(self, run: Run) -> str:
        """The number as it stands in this place; a param may say something else than a tag."""
        return (run.facts.params if self._number.startswith("params") else run.facts.tags).get(names.BATCH_NUMBER, "")


def partition(greatest: int) -> tuple[list[str], list[str]]:
    """Texts and ``LIKE`` patterns of which every text that is a whole number is or fits one.

    Between 10 and 99 the patterns tell the rest apart; else there is but one, for everything.
    """
    if greatest >= ENUMERABLE:
        return [], ["%"]
    if greatest < 10:
        return [str(number) for number in range(greatest + 1)], ["%"]
    end = greatest // 10 * 10 + 9
    decades = [f"{tens}_" for tens in range(end // 10 + 1, 10)]
    return [str(number) for number in range(end + 1)], [*decades, "___%", "% %", "%.%", "0_%"]
