"""A page of runs from whoever can only be searched: a server, or MLflow's client.

MLflow's filters know neither "or" nor an order of run ids, and its pages are offsets. So a search begins with the
millisecond in which the last run of the page before started, and what was on that page is left out here. The last
millisecond of an answer may not be all there, so it is left for the next search. What MLflow cannot be asked, or asks
in a way of its own, is looked at here as well. A run without a start, which no MLflow writes, comes before the first
page is full or not at all.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from mlflow_io.stores.run_list import Cursor, Having, Place, Run, RunFilter, RunPage, page_of, position
from mlflow_io.stores.server.pages import ANY, NO_SCORE, all_of, longer
from mlflow_io.stores.server.rest_api import NEWEST_FIRST, OLDEST_FIRST, Page
from mlflow_io.stores.tuning import Paging

_EXPERIMENT = re.compile(r"[\w-]{1,64}", re.ASCII)
_KEY = re.compile(r"[\w./ -]{1,250}", re.ASCII)
_VALUE = re.compile(r"[^'\"\\\0-\x1f%]{1,250}", re.ASCII)
"""Texts that a filter can hold as they are."""


class OrderedSearch(Protocol):
    def __call__(self, experiment_ids: Sequence[str], where: str, limit: int, order: Sequence[str], /) -> Page: ...


def list_by_search(
    search: OrderedSearch, criteria: RunFilter, after: Cursor | None, limit: int, paging: Paging
) -> RunPage:
    if not _EXPERIMENT.fullmatch(criteria.experiment_id):
        return RunPage(())
    runs = _in_order(search, criteria, after, limit + EDGES, paging)
    return page_of((run for run in runs if criteria.fits(run.info) and criteria.fits_data(run.data)), limit)


EDGES = 3
"""Besides those of the page: the last run of the page before, one of the last millisecond, and one to see whether there
are more."""


def _in_order(
    search: OrderedSearch, criteria: RunFilter, after: Cursor | None, limit: int, paging: Paging
) -> Iterator[Run]:
    """Each once, whatever is logged or deleted meanwhile. limit: of the first search."""
    order = NEWEST_FIRST if criteria.newest_first else OLDEST_FIRST
    conditions = list(_conditions(criteria))
    while True:
        page = search([criteria.experiment_id], all_of((*conditions, _bound(criteria, after))), limit, order)
        found = [run for run in page.runs if criteria.is_after(run.info, after)]
        if page.more:
            found = [run for run in found if run.info.start != page.runs[-1].info.start]
        found.sort(key=lambda run: position(run.info), reverse=criteria.newest_first)
        yield from found
        if not page.more:
            return
        if found:
            after, limit = position(found[-1].info), max(limit, paging.long_page)
        else:  # one millisecond's runs fill the page
            limit = longer(limit)


def _bound(criteria: RunFilter, after: Cursor | None) -> str:
    if after is None:
        return ""
    return f"attributes.start_time {'<=' if criteria.newest_first else '>='} {after.start}"


def _conditions(criteria: RunFilter) -> Iterator[str]:
    """What MLflow can be asked; more runs than are wanted may pass."""
    if len(criteria.statuses) == 1:
        (status,) = criteria.statuses
        if status.isascii() and status.isalpha():
            yield f"attributes.status = '{status}'"
    if criteria.started_from is not None:
        yield f"attributes.start_time >= {criteria.started_from}"
    if criteria.started_before is not None:
        yield f"attributes.start_time < {criteria.started_before}"
    for having in criteria.having:
        if _KEY.fullmatch(having.key):
            yield f"{having.place.value}.`{having.key}` {_comparison(having)}"


def _comparison(having: Having) -> str:
    """NaN and infinity are stored in ways of their own, so of a metric only its presence is asked for."""
    if having.place is Place.METRIC:
        return f"!= {NO_SCORE}"
    if isinstance(having.value, str) and _VALUE.fullmatch(having.value):
        return f"= '{having.value}'"
    return ANY
