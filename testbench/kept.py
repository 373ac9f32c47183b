"""Kept tests as pages, API and command open them: read from the store, checked, marked as deleted."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from batch_zero.text import as_json, one_line
from mlflow_io.client import connect
from mlflow_io.errors import ArtifactMissing, ArtifactUnreadable, StoreGone, StoreMissing, TrackingError
from mlflow_io.reading.model_tests import (
    ALL,
    NoSuchTest,
    Search,
    TestPage,
    list_tests,
    load_answers,
    load_test,
    one_test,
)
from mlflow_io.writing.model_tests import delete
from testbench.comparison import Comparison, NoAnswers, compare
from testbench.output.data import finite
from testbench.paired import written
from testbench.paired.told import Told
from testbench.paired.written import AnswersUnreadable
from testbench.result import ResultUnreadable, TestResult, from_data

RESTORE = (
    "It is marked as deleted in MLflow, with its files: `mlflow.MlflowClient().restore_run('{run_id}')` brings it "
    "back, until `mlflow gc` takes it away for good."
)


def listed(
    uri: str, search: Search = ALL, cursor: str | None = None, most: int = 20, *, may_be_new: bool = False
) -> TestPage:
    """may_be_new: a store that is not there is one that has yet to be made, and no outage. Raises TrackingError."""
    try:
        return list_tests(uri, search, cursor, most)
    except StoreMissing as error:
        if may_be_new:
            return TestPage(())
        raise StoreGone(uri, error.absence) from error


def data(uri: str, run_id: str) -> Any:
    """What was kept of a test, unchecked: JSON types, finite numbers. Raises NoSuchTest, ResultUnreadable or
    TrackingError."""
    try:
        with _there(uri):
            return finite(load_test(uri, run_id))
    except (ArtifactMissing, ArtifactUnreadable, RecursionError) as error:
        raise ResultUnreadable(f"the test {one_line(run_id, 80)} cannot be read: {error}") from error


def opened(uri: str, run_id: str) -> TestResult:
    """The same, checked."""
    return from_data(data(uri, run_id))


def compared(uri: str, first: str, second: str) -> Comparison:
    answers = partial(_answers, uri, first, "first"), partial(_answers, uri, second, "second")
    return compare(opened(uri, first), opened(uri, second), answers)


def _answers(uri: str, run_id: str, which: str) -> Told:
    """Raises NoAnswers, for an outage as well: what both measured is known without them."""
    try:
        return written.from_data(load_answers(uri, run_id))
    except ArtifactMissing:
        raise NoAnswers(f"the {which} test kept no answers row by row") from None
    except (TrackingError, AnswersUnreadable) as error:
        raise NoAnswers(f"the answers of the {which} test cannot be read: {error}") from error


def remove(uri: str, run_id: str) -> str:
    """Marks a test as deleted, and says how to bring it back. Raises NoSuchTest for what this program did not write, or
    TrackingError."""
    with _there(uri):
        test = one_test(uri, run_id)
    if not test.ours:
        raise NoSuchTest(f"{run_id}: {test.problem}")
    delete(connect(uri), uri, run_id)
    return RESTORE.format(run_id=run_id)


@contextmanager
def _there(uri: str) -> Iterator[None]:
    """Who asks for one test takes the store for one that is there."""
    try:
        yield
    except StoreMissing as error:
        raise StoreGone(uri, error.absence) from error


def as_text(kept: Any) -> str:
    """All that was kept, as a file."""
    return as_json(kept) + "\n"
