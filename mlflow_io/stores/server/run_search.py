"""The latest run of every batch from a server that gives whole runs or nothing, by asking for as few as possible.

A search costs the server some tens of milliseconds, every run that it returns another one, and there may be a hundred
thousand. So the newest page is asked for, and where that is not all, the newest runs of ten batch numbers at a time,
then of each number that is still open, then of everything else that may be a whole number. All kinds of runs are asked
for at once. MLflow's pages are offsets, which skip a run when another is deleted meanwhile; here a page is bounded by
the start time of the one before.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from lifecycle.records import Survey
from mlflow_io import names
from mlflow_io.errors import TrackingError, TrackingRefused
from mlflow_io.latest_runs import FINISHED, Kind, RunInfo, whole_number
from mlflow_io.run_kinds import is_of
from mlflow_io.stores.base import RunData, RunQuery
from mlflow_io.stores.server.rest_api import LARGEST_PAGE, Page, Run
from mlflow_io.stores.survey import LOOKED_AT, of_runs

PAGE = 50
"""Of the first look, and of ten batch numbers: a history of ordinary length is complete with it."""

FEW = 10
"""Newest runs of a batch: enough to have a finished one of each kind among them, mostly."""

LONG_PAGE = 1_000
"""Where everything is wanted."""

ENUMERABLE = 100
"""Batch numbers below this are asked for by their digits."""

EXCLUDABLE = 15
"""How many numbers one search may rule out, each of which costs the database a join; else all that fit are read."""

NUMBERS = tuple(f"{where}.{names.BATCH_NUMBER}" for where in ("params", "tags"))
"""Where a batch number may stand."""

ANY = "LIKE '%'"
NO_SCORE = "-123456789.5"
"""``!=`` this is what MLflow has for "has the metric"; NaN and infinity are other values as well."""

Search = Callable[[Sequence[str], str, int], Page]
"""(experiment ids, filter, limit) -> the newest active runs, newest first."""

_QUOTABLE = re.compile(r"[\w .+-]{0,40}", re.ASCII)


class Scan:
    """One look at several kinds of runs.

    candidates: those that were found, by what was wanted and by run id. complete: whether there are no others; if not,
    they are the latest of every batch, all newer ones, and some more. facts: of most of the latest.
    """

    def __init__(self, search: Search, wanted: Collection[RunQuery]) -> None:
        self.candidates: dict[RunQuery, dict[str, RunInfo]] = {key: {} for key in wanted}
        self.facts: dict[str, RunData] = {}
        self.complete = True
        self._search = search

    def newest(self) -> "Scan":
        """The least that is right."""
        for number in self._places():
            _Newest(self, number).look()
        return self

    def everything(self) -> "Scan":
        for number in self._places():
            for key in self.candidates:
                for mark in self.marks(key):
                    self.read_all(key, f"{number} {ANY}", mark)
        return self

    def _places(self) -> Iterator[str]:
        in_param, in_tag = NUMBERS
        yield in_param
        if self.ask(self.candidates, (f"{in_tag} {ANY}",), 1).runs:
            yield in_tag

    def ask(self, keys: Iterable[RunQuery], conditions: Iterable[str], limit: int) -> Page:
        """What fits, of which the candidates are kept."""
        page = self._search(_experiments(keys), _all_of(conditions), limit)
        self._keep(page.runs)
        self.facts |= {run.candidate.run_id: run.facts for run in page.runs}
        return page

    def read_all(self, key: RunQuery, *conditions: str) -> None:
        self._keep(everything(self._search, [key[0]], conditions))

    def _keep(self, runs: Iterable[Run]) -> None:
        for run in runs:
            for key, found in self.candidates.items():
                if belongs(run, key):
                    found[run.candidate.run_id] = run.candidate

    def marks(self, key: RunQuery) -> Iterator[str]:
        """Filters of which every run of the kind passes one; others may pass as well."""
        experiment, kind = key
        if kind is Kind.DRIFT:
            yield ""
        elif kind is Kind.DRIFT_AMONG_OTHERS:
            yield has_metric(names.DRIFT_SHARE)
        else:
            tag = f"tags.{names.QUALITY_GATE}"
            yield f"{tag} ILIKE '%{names.QUALITY_GATE_TRUE}%'"
            for scores in (names.PRODUCTION_SCORES, names.CANDIDATE_SCORES):
                scored = has_metric(scores["auc"])
                try:
                    if self._search([experiment], f"{scored} AND {tag} IS NULL", 1).runs:
                        yield f"{scored} AND {tag} IS NULL"
                except TrackingRefused:  # MLflow before 3.11 cannot say that a tag is not there
                    yield scored


def survey(search: Search, name: str, experiment_id: str) -> Survey:
    """By the newest runs and, where there are more, by the newest of those with a batch number."""
    newest = search([experiment_id], "", LOOKED_AT)
    pages = [search([experiment_id], f"{number} {ANY}", LOOKED_AT) for number in NUMBERS] if newest.more else []
    numbered = {run.candidate.run_id: run for page in pages for run in page.runs}
    return of_runs(name, _told(newest.runs), complete=not newest.more, numbered=_told(numbered.values()))


def _told(runs: Iterable[Run]) -> list[tuple[str, RunData]]:
    return [(run.candidate.status, run.facts) for run in runs]


def belongs(run: Run, key: RunQuery) -> bool:
    return bool(run.candidate.batch) and run.experiment_id == key[0] and is_of(key[1], run.facts)


def has_metric(key: str) -> str:
    return f"metrics.{key} != {NO_SCORE}"


def everything(search: Search, experiment_ids: Sequence[str], conditions: Iterable[str]) -> Iterator[Run]:
    """All runs that fit, each once, whatever is logged or deleted meanwhile."""
    seen: set[str] = set()
    conditions, limit, bound = list(conditions), LONG_PAGE, ""
    while True:
        page = search(experiment_ids, _all_of((*conditions, bound)), limit)
        yield from (run for run in page.runs if run.candidate.run_id not in seen)
        seen.update(run.candidate.run_id for run in page.runs)
        if not page.more:
            return
        before, bound = bound, f"attributes.start_time <= {page.runs[-1].candidate.start}"
        if bound == before:  # one millisecond's runs fill the page
            if limit == LARGEST_PAGE:
                raise TrackingError(f"More than {LARGEST_PAGE:,} runs started in the same millisecond")
            limit = min(limit * 5, LARGEST_PAGE)


def _experiments(keys: Iterable[RunQuery]) -> list[str]:
    return list(dict.fromkeys(experiment for experiment, _ in keys))


def _all_of(conditions: Iterable[str]) -> str:
    return " AND ".join(filter(None, conditions))


class _Newest:
    """The newest part of a scan, of runs whose batch number stands in one place."""

    def __init__(self, scan: Scan, number: str) -> None:
        self._scan, self._number = scan, number
        self._keys = list(scan.candidates)
        self._settled: set[tuple[RunQuery, str]] = set()
        self._marks: dict[RunQuery, list[str]] = {}

    def look(self) -> None:
        page = self._ask(self._keys, (ANY,), PAGE)
        if not page.more:
            return
        self._scan.complete = False
        seen = dict.fromkeys(map(self._text, page.runs))
        numbers = [number for number in map(whole_number, seen) if number is not None]
        groups, single, rest = partition(max(numbers, default=ENUMERABLE))
        for pattern, texts in groups.items():
            if not self._ask(self._keys, (pattern,), PAGE).more:  # these are all there are
                self._settled |= {(key, text) for key in self._keys for text in texts}
        exact = list(dict.fromkeys(chain(seen, *groups.values(), single)))
        self._latest_of_all(exact)
        for pattern in rest:
            self._explore(pattern, exact if pattern == ANY else ())

    def _explore(self, pattern: str, known: Iterable[str]) -> None:
        """The latest runs of every number that fits ``pattern`` and is not ``known``.

        Mostly there is none. For a single run PostgreSQL would walk through all there are, newest first, in the hope to
        come across one; asked for many, it looks the numbers up.
        """
        ruled_out = list(known)
        while len(ruled_out) <= EXCLUDABLE and all(map(_QUOTABLE.fullmatch, ruled_out)):
            others = [f"!= '{text}'" for text in ruled_out]
            page = self._ask(self._keys, others if pattern == ANY and others else (pattern, *others), LONG_PAGE)
            if not page.more:
                return
            found = list(dict.fromkeys(map(self._text, page.runs)))
            self._latest_of_all(found)
            ruled_out += found
        for key in self._keys:
            for mark in self._marks_of(key):
                self._scan.read_all(key, f"{self._number} {pattern}", mark)

    def _latest_of_all(self, texts: Iterable[str]) -> None:
        for text in texts:
            keys = [key for key in self._keys if (key, text) not in self._settled]
            if keys and whole_number(text) is not None:
                self._latest(text, keys)

    def _latest(self, text: str, keys: Collection[RunQuery]) -> None:
        """Of each of ``keys``, the latest finished run with that number and what is newer."""
        page = self._ask(keys, (f"= '{text}'",), FEW)
        for key in keys:
            if page.more and (key, text) not in self._settled:
                for mark in self._marks_of(key):
                    self._latest_marked(key, text, mark)

    def _latest_marked(self, key: RunQuery, text: str, mark: str) -> None:
        exactly = (f"{self._number} = '{text}'", mark)
        finished = self._scan.ask([key], (*exactly, f"attributes.status = '{FINISHED}'"), 1).runs
        if finished and self._is_finished(finished[0], key):
            since = finished[0].candidate.start
            pending = (f"attributes.status != '{FINISHED}'", f"attributes.start_time > {since}")
            self._scan.read_all(key, *exactly, *pending)
        else:
            self._scan.read_all(key, *exactly)

    def _ask(self, keys: Collection[RunQuery], conditions: Iterable[str], limit: int) -> Page:
        """The newest runs whose number fits. They settle the numbers of which a finished run is among them: with it
        come all that are newer."""
        page = self._scan.ask(keys, (f"{self._number} {condition}" for condition in conditions), limit)
        self._settled |= {(key, self._text(run)) for key in keys for run in page.runs if self._is_finished(run, key)}
        return page

    def _is_finished(self, run: Run, key: RunQuery) -> bool:
        """And a candidate of the batch that this place names: a param may say something else than a tag."""
        return run.candidate.status == FINISHED and run.candidate.batch == self._text(run) and belongs(run, key)

    def _marks_of(self, key: RunQuery) -> list[str]:
        if key not in self._marks:
            self._marks[key] = list(self._scan.marks(key))
        return self._marks[key]

    def _text(self, run: Run) -> str:
        where = run.facts.params if self._number == NUMBERS[0] else run.facts.tags
        return where.get(names.BATCH_NUMBER, "")


class Numbers(NamedTuple):
    """groups: texts by a pattern that they fit. single: further texts. rest: further patterns."""

    groups: dict[str, list[str]]
    single: list[str]
    rest: list[str]


def partition(greatest: int) -> Numbers:
    """Every text that is a whole number is one of the texts or fits a pattern of the rest.

    Numbers that are written alike are cheaper together: where there were but a few attempts at each, they are all on
    one page. Up to 9 they would be the whole history once more, and the rest is whatever is none of the texts; from 100
    on, there is nothing but the rest.
    """
    if greatest >= ENUMERABLE:
        return Numbers({}, [], [ANY])
    if greatest < 10:
        return Numbers({}, [str(number) for number in range(greatest + 1)], [ANY])
    groups = {"LIKE '_'": [str(number) for number in range(10)]}
    groups |= {f"LIKE '{tens}_'": [f"{tens}{ones}" for ones in range(10)] for tens in range(1, 10)}
    return Numbers(groups, [], [f"LIKE '{pattern}'" for pattern in ("___%", "% %", "%.%", "0_%")])
