"""The latest run of every batch from a server that gives whole runs or nothing, by asking for as few as possible.

A search costs the server some tens of milliseconds, every run that it returns another one, and there may be a hundred
thousand. So the newest page is asked for, and where that is not all, the newest runs of ten batch numbers at a time,
then of each number that is still open, then of everything else that may be a whole number. All kinds of runs are asked
for at once. MLflow's pages are offsets, which skip a run when another is deleted meanwhile; here a page is bounded by
the start time of the one before. ``mlflow_io/README.md`` follows the searches for a history of three batches.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from lifecycle.records import Survey
from mlflow_io import names
from mlflow_io.errors import TrackingRefused
from mlflow_io.latest_runs import FINISHED, Kind, RunInfo, whole_number
from mlflow_io.run_kinds import is_of
from mlflow_io.stores.base import RunData, RunQuery
from mlflow_io.stores.run_list import Run
from mlflow_io.stores.server.pages import ANY, NUMBERS, Search, all_of, everything, has_metric
from mlflow_io.stores.server.rest_api import Page
from mlflow_io.stores.survey import LOOKED_AT, of_runs
from mlflow_io.stores.tuning import Paging

ENUMERABLE = 100
"""Batch numbers below this are asked for by their digits."""

_QUOTABLE = re.compile(r"[\w .+-]{0,40}", re.ASCII)


class RunSearch:
    """One look at several kinds of runs.

    runs: those that were found, by query and by run id. complete: whether there are no others; if not, they are the
    latest of every batch, all newer ones, and some more. data: of most of the latest.
    """

    def __init__(self, search: Search, queries: Collection[RunQuery], paging: Paging) -> None:
        self.runs: dict[RunQuery, dict[str, RunInfo]] = {query: {} for query in queries}
        self.data: dict[str, RunData] = {}
        self.complete = True
        self.paging = paging
        self._search = search

    def newest(self) -> "RunSearch":
        """The least that is right."""
        for number in self._places():
            _Newest(self, number).look()
        return self

    def everything(self) -> "RunSearch":
        for number in self._places():
            for query in self.runs:
                for condition in self.conditions_of(query):
                    self.read_all(query, f"{number} {ANY}", condition)
        return self

    def _places(self) -> Iterator[str]:
        in_param, in_tag = NUMBERS
        yield in_param
        if self.ask(self.runs, (f"{in_tag} {ANY}",), 1).runs:
            yield in_tag

    def ask(self, queries: Iterable[RunQuery], conditions: Iterable[str], limit: int) -> Page:
        """What fits, of which the runs that belong to a query are kept."""
        page = self._search(_experiments(queries), all_of(conditions), limit)
        self._keep(page.runs)
        self.data |= {run.info.run_id: run.data for run in page.runs}
        return page

    def read_all(self, query: RunQuery, *conditions: str) -> None:
        self._keep(everything(self._search, [query.experiment_id], conditions, self.paging))

    def _keep(self, runs: Iterable[Run]) -> None:
        for run in runs:
            for query, found in self.runs.items():
                if belongs(run, query):
                    found[run.info.run_id] = run.info

    def conditions_of(self, query: RunQuery) -> Iterator[str]:
        """Filters of which every run of the kind passes one; others may pass as well."""
        if query.kind is Kind.DRIFT:
            yield ""
        elif query.kind is Kind.DRIFT_AMONG_OTHERS:
            yield has_metric(names.DRIFT_SHARE)
        else:
            tag = f"tags.{names.QUALITY_GATE}"
            yield f"{tag} ILIKE '%{names.QUALITY_GATE_TRUE}%'"
            for key in query.scored:
                scored = has_metric(key)
                try:
                    if self._search([query.experiment_id], f"{scored} AND {tag} IS NULL", 1).runs:
                        yield f"{scored} AND {tag} IS NULL"
                except TrackingRefused:  # MLflow before 3.11 cannot say that a tag is not there
                    yield scored


def survey(search: Search, name: str, experiment_id: str) -> Survey:
    """By the newest runs and, where there are more, by the newest of those with a batch number."""
    newest = search([experiment_id], "", LOOKED_AT)
    pages = [search([experiment_id], f"{number} {ANY}", LOOKED_AT) for number in NUMBERS] if newest.more else []
    numbered = {run.info.run_id: run for page in pages for run in page.runs}
    return of_runs(name, _statuses(newest.runs), complete=not newest.more, numbered=_statuses(numbered.values()))


def _statuses(runs: Iterable[Run]) -> list[tuple[str, RunData]]:
    return [(run.info.status, run.data) for run in runs]


def belongs(run: Run, query: RunQuery) -> bool:
    return (
        bool(run.info.batch) and run.experiment_id == query.experiment_id and is_of(query.kind, run.data, query.scored)
    )


def _experiments(queries: Iterable[RunQuery]) -> list[str]:
    return list(dict.fromkeys(query.experiment_id for query in queries))


class _Newest:
    """The part of ``RunSearch.newest`` for runs whose batch number stands in one place."""

    def __init__(self, search: RunSearch, number: str) -> None:
        self._search, self._number, self._paging = search, number, search.paging
        self._queries = list(search.runs)
        self._settled: set[tuple[RunQuery, str]] = set()
        self._conditions: dict[RunQuery, list[str]] = {}

    def look(self) -> None:
        page = self._ask(self._queries, (ANY,), self._paging.page)
        if not page.more:
            return
        self._search.complete = False
        seen = dict.fromkeys(map(self._text, page.runs))
        numbers = [number for number in map(whole_number, seen) if number is not None]
        groups, single, rest = partition(max(numbers, default=ENUMERABLE))
        for pattern, texts in groups.items():
            if not self._ask(self._queries, (pattern,), self._paging.page).more:  # these are all there are
                self._settled |= {(query, text) for query in self._queries for text in texts}
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
        while len(ruled_out) <= self._paging.excludable and all(map(_QUOTABLE.fullmatch, ruled_out)):
            others = [f"!= '{text}'" for text in ruled_out]
            conditions = others if pattern == ANY and others else [pattern, *others]
            page = self._ask(self._queries, conditions, self._paging.long_page)
            if not page.more:
                return
            found = list(dict.fromkeys(map(self._text, page.runs)))
            self._latest_of_all(found)
            ruled_out += found
        for query in self._queries:
            for condition in self._conditions_of(query):
                self._search.read_all(query, f"{self._number} {pattern}", condition)

    def _latest_of_all(self, texts: Iterable[str]) -> None:
        for text in texts:
            queries = [query for query in self._queries if (query, text) not in self._settled]
            if queries and whole_number(text) is not None:
                self._latest(text, queries)

    def _latest(self, text: str, queries: Collection[RunQuery]) -> None:
        """Of each of ``queries``, the latest finished run with that number and what is newer."""
        page = self._ask(queries, (f"= '{text}'",), self._paging.few)
        for query in queries:
            if page.more and (query, text) not in self._settled:
                for condition in self._conditions_of(query):
                    self._latest_under(query, text, condition)

    def _latest_under(self, query: RunQuery, text: str, condition: str) -> None:
        exactly = (f"{self._number} = '{text}'", condition)
        finished = self._search.ask([query], (*exactly, f"attributes.status = '{FINISHED}'"), 1).runs
        if finished and self._is_finished(finished[0], query):
            since = finished[0].info.start
            pending = (f"attributes.status != '{FINISHED}'", f"attributes.start_time > {since}")
            self._search.read_all(query, *exactly, *pending)
        else:
            self._search.read_all(query, *exactly)

    def _ask(self, queries: Collection[RunQuery], conditions: Iterable[str], limit: int) -> Page:
        """The newest runs whose number fits. They settle the numbers of which a finished run is among them: with it
        come all that are newer."""
        page = self._search.ask(queries, (f"{self._number} {condition}" for condition in conditions), limit)
        finished = ((query, run) for query in queries for run in page.runs if self._is_finished(run, query))
        self._settled |= {(query, self._text(run)) for query, run in finished}
        return page

    def _is_finished(self, run: Run, query: RunQuery) -> bool:
        """And a run of the batch that this place names: a param may say something else than a tag."""
        return run.info.status == FINISHED and run.info.batch == self._text(run) and belongs(run, query)

    def _conditions_of(self, query: RunQuery) -> list[str]:
        if query not in self._conditions:
            self._conditions[query] = list(self._search.conditions_of(query))
        return self._conditions[query]

    def _text(self, run: Run) -> str:
        where = run.data.params if self._number == NUMBERS[0] else run.data.tags
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
