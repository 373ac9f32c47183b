"""Searches of MLflow, page by page; a page is bounded by the start time of the one before, and not an offset, which
would skip a run when another is deleted meanwhile."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from mlflow_io import names
from mlflow_io.errors import TrackingError
from mlflow_io.stores.run_list import Run
from mlflow_io.stores.server.rest_api import LARGEST_PAGE, Page
from mlflow_io.stores.tuning import Paging

NUMBERS = tuple(f"{where}.{names.BATCH_NUMBER}" for where in ("params", "tags"))
"""Where a batch number may stand."""

ANY = "LIKE '%'"
NO_SCORE = "-123456789.5"
"""``!=`` this is what MLflow has for "has the metric"; NaN and infinity are other values as well."""

Search = Callable[[Sequence[str], str, int], Page]
"""(experiment ids, filter, limit) -> the newest active runs, newest first."""


def has_metric(key: str) -> str:
    return f"metrics.{key} != {NO_SCORE}"


def everything(
    search: Search, experiment_ids: Sequence[str], conditions: Iterable[str], paging: Paging
) -> Iterator[Run]:
    """All runs that fit, each once, whatever is logged or deleted meanwhile."""
    seen: set[str] = set()
    conditions, limit, bound = list(conditions), paging.long_page, ""
    while True:
        page = search(experiment_ids, all_of((*conditions, bound)), limit)
        yield from (run for run in page.runs if run.info.run_id not in seen)
        seen.update(run.info.run_id for run in page.runs)
        if not page.more:
            return
        before, bound = bound, f"attributes.start_time <= {page.runs[-1].info.start}"
        if bound == before:  # one millisecond's runs fill the page
            limit = longer(limit)


def longer(limit: int) -> int:
    """The next larger page, for runs that started in the same millisecond. Raises TrackingError where MLflow gives
    none."""
    if limit == LARGEST_PAGE:
        raise TrackingError(f"More than {LARGEST_PAGE:,} runs started in the same millisecond")
    return min(limit * 5, LARGEST_PAGE)


def all_of(conditions: Iterable[str]) -> str:
    return " AND ".join(filter(None, conditions))
