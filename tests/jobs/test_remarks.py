"""What reaches a worker's log of what is remarked again and again, as while a disk is full."""

import logging
from collections.abc import Iterator

import pytest

from jobs.kept.remarks import AGAIN_AFTER_S, DBOS, Seldom


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(clock: Clock) -> Iterator[logging.Logger]:
    logger, seldom = logging.getLogger(__name__), Seldom(clock)
    logger.addFilter(seldom)
    yield logger
    logger.removeFilter(seldom)


def test_the_same_remark_comes_once_a_minute(
    log: logging.Logger, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(100):
        clock.now += AGAIN_AFTER_S / 40
        log.warning("%s\n(Background on this error at: https://sqlalche.me)", "database or disk is full")
        log.warning("another %d", 1)
    assert [*map(logging.LogRecord.getMessage, caplog.records)] == ["database or disk is full", "another 1"] * 3


def test_different_remarks_all_come_however_many_there_are(
    log: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(500):
        log.warning("job %d: %s", number, "it failed")
    assert len(caplog.records) == 500


def test_what_a_worker_says_itself_is_not_said_by_dbos_too() -> None:
    said = (DBOS, logging.ERROR, "", 0, "Exception encountered in background workflow: Failed", (), None)
    assert not Seldom().filter(logging.LogRecord(*said))


def test_a_reason_that_sounds_like_dbos_is_said_all_the_same(
    log: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    """Anybody's model may raise it."""
    log.warning("%s: %s", "model_test-1", "ValueError: no longer owned by")
    assert len(caplog.records) == 1
