"""The page Jobs: what waits, runs and has ended, with no worker and with one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from jobs.job import State
from jobs.queue import Queue
from tests.jobs.conftest import ended, running, until
from tests.pages.test_app import HOSTILE, words
from tests.world import World


@pytest.fixture
def jobs(app: Callable[..., AppTest], world: World) -> Callable[[], AppTest]:
    return lambda: app(world.uri).switch_page("pages/jobs.py").run()


def codes(page: AppTest) -> list[str]:
    return [code.value for code in page.main.code]


def test_an_empty_queue_says_what_to_do(jobs: Callable[[], AppTest], queue: Queue) -> None:
    page = jobs()
    assert not page.exception
    assert page.title[0].value == "Jobs"
    assert "No job is kept here" in words(page)
    assert codes(page) == ["python -m jobs", "python -m jobs --probe 20"]
    assert queue.list().jobs == []


def test_jobs_that_wait_for_a_worker_that_is_not_there_are_said_to(jobs: Callable[[], AppTest], queue: Queue) -> None:
    first, second = queue.enqueue("probe", {"seconds": 1}), queue.enqueue("probe", {"seconds": 1})
    page = jobs()
    assert "No worker is running, so nothing of this goes on" in page.warning[0].value
    assert f"○ Queued {first}" in " ".join(words(page).split())
    assert "place 1 in the queue" in words(page)
    assert "place 2 in the queue" in words(page)
    page.button(key=f"cancel-{first}").click().run()
    assert queue.status(first).state is State.CANCELLED
    assert queue.position(second) == 1
    assert f"– Cancelled {first}" in " ".join(words(page).split())
    page.button(key=f"retry-{first}").click().run()
    again = queue.list().jobs[0]
    assert (again.retry_of, again.state) in {(first, State.QUEUED), (None, State.QUEUED)}
    assert f"again of {first}" in words(page)


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_a_job_that_runs_is_seen_and_can_be_cancelled(jobs: Callable[[], AppTest], queue: Queue) -> None:
    done = queue.enqueue("probe", {"seconds": 0})
    assert ended(queue, done).state is State.SUCCEEDED
    long = queue.enqueue("probe", {"seconds": 600})
    running(queue, long)
    until(lambda: queue.status(long).progress)
    page = jobs()
    assert not page.warning
    text = " ".join(words(page).split())
    assert f"✓ Done {done}" in text
    assert f"● Running {long}" in text
    assert "of 600: waiting" in text
    assert "Workers: slot 1" in text
    page.button(key=f"cancel-{long}").click().run()
    assert queue.status(long).state is State.CANCELLED


def test_older_jobs_are_a_button_away(jobs: Callable[[], AppTest], queue: Queue) -> None:
    there = [queue.enqueue("probe", {"seconds": 1}) for _ in range(23)]
    page = jobs()
    shown = [job for job in there if job in words(page)]
    page.button(key="jobs-older").click().run()
    older = [job for job in there if job in words(page)]
    assert (len(shown), len(older), set(shown) | set(older)) == (20, 3, set(there))
    page.button(key="jobs-latest").click().run()
    assert [job for job in there if job in words(page)] == shown


def test_a_queue_that_cannot_be_read_is_an_outage(jobs: Callable[[], AppTest], tmp_path: Path, queue: Queue) -> None:
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "jobs.db").write_text("this is no database" * 500)
    page = jobs()
    assert not page.exception
    assert "cannot be used: file is not a database" in words(page)
    assert "No job is kept here" not in words(page)
    assert queue is not None


def test_an_address_that_is_none_is_said(jobs: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCH_ZERO_JOBS_URL", "redis://ada:hunter2@host")
    page = jobs()
    assert "The queue of jobs cannot be shown" in words(page)
    assert "BATCH_ZERO_JOBS_URL: got" in words(page)
    assert "hunter2" not in words(page)


def test_a_reason_from_outside_is_shown_as_it_is_and_does_nothing(jobs: Callable[[], AppTest], queue: Queue) -> None:
    job = queue.enqueue("probe", {"seconds": 1})
    queue.cancel(job)
    with queue._store.client(to_write=True) as client:
        client.update_workflow_attributes(job, {"reason": HOSTILE + "x" * 1000}, merge=True)
    page = jobs()
    assert not page.exception
    assert HOSTILE[:30] in words(page)
    assert "x" * 300 not in words(page)
    assert not any("<img" in element.proto.body for element in page.get("html"))


def test_a_job_is_shown_by_its_title_which_does_nothing(jobs: Callable[[], AppTest], queue: Queue) -> None:
    job, other = (queue.enqueue("probe", {"seconds": 1}, title=title) for title in ("churn.joblib", HOSTILE))
    page = jobs()
    assert not page.exception
    assert f"○ Queued churn.joblib · {job}" in " ".join(words(page).split())
    assert HOSTILE[:30] in words(page)
    assert other in words(page)
    assert not any("<img" in element.proto.body for element in page.get("html"))


def test_a_job_that_ended_before_it_was_cancelled_is_said_to_have(jobs: Callable[[], AppTest], queue: Queue) -> None:
    job = queue.enqueue("probe", {"seconds": 1})
    page = jobs()
    queue.cancel(job)
    page.button(key=f"cancel-{job}").click().run()
    assert "got a job that has ended" in page.warning[0].value.replace("\\", "")


def test_what_came_of_a_job_is_told_and_what_fails_anyway_is_not_offered_again(
    jobs: Callable[[], AppTest], queue: Queue
) -> None:
    test, vain = (queue.enqueue(kind, {"upload": "0" * 32}) for kind in ("model_test", "model_look"))
    with queue._store.client(to_write=True) as client:
        client.update_workflow_attributes(test, {"came": "Not passed: of 1 limit, 1 failed."}, merge=True)
        client.update_workflow_attributes(vain, {"in_vain": True}, merge=True)
    for job in (test, vain):
        queue.cancel(job)
    page = jobs()
    assert "Not passed: of 1 limit, 1 failed." in words(page)
    assert any(f'href="test_model?test={test}#results"' in element.proto.body for element in page.get("html"))
    keys = [button.key for button in page.button]
    assert (f"retry-{test}" in keys, f"retry-{vain}" in keys) == (True, False)
