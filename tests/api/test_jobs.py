"""The queue of jobs as programs see it."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import settings
from api.app import app
from jobs import service
from jobs.queue import Queue


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Queue:
    monkeypatch.setenv("BATCH_ZERO_HOME", str(tmp_path))
    monkeypatch.setenv("BATCH_ZERO_JOBS_MOST_QUEUED", "4")
    config = settings.read().jobs
    return service.shared(config.url, config.bounds)


@pytest.fixture
def client() -> TestClient:
    return TestClient(app)


def test_jobs_are_listed_in_pages_and_told_one_by_one(client: TestClient, queue: Queue) -> None:
    there = [queue.enqueue("probe", {"seconds": 1}) for _ in range(3)]
    first = client.get("/jobs?most=2").json()
    rest = client.get("/jobs", params={"cursor": first["next"]}).json()
    assert (len(first["jobs"]), len(rest["jobs"]), rest["next"], rest["workers"]) == (2, 1, None, [])
    assert {job["id"] for job in first["jobs"] + rest["jobs"]} == set(there)
    one = client.get(f"/jobs/{there[0]}").json()
    assert (one["kind"], one["state"], one["position"], one["result"]) == ("probe", "queued", 1, None)
    assert client.get("/jobs?state=failed&state=lost").json()["jobs"] == []
    assert len(client.get("/jobs?state=queued&kind=probe").json()["jobs"]) == 3
    assert client.get("/jobs?kind=other").json()["jobs"] == []


def test_a_job_is_cancelled_and_retried(client: TestClient, queue: Queue) -> None:
    job = queue.enqueue("probe", {"seconds": 1})
    assert client.delete(f"/jobs/{job}").status_code == 204
    assert client.get(f"/jobs/{job}").json()["state"] == "cancelled"
    again = client.post(f"/jobs/{job}/retry")
    assert again.status_code == 202
    assert client.get(f"/jobs/{again.json()['id']}").json()["retry_of"] == job


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/jobs/probe-0123456789abcdef", 404),
        ("DELETE", "/jobs/nothing", 404),
        ("POST", "/jobs/nothing/retry", 404),
        ("GET", "/jobs?cursor=-1", 422),
        ("GET", "/jobs?state=sleeping", 422),
        ("GET", "/jobs?most=0", 422),
    ],
)
@pytest.mark.usefixtures("queue")
def test_what_cannot_be_answered_is_a_problem(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["detail"]


def test_the_wrong_state_is_a_conflict_and_a_full_queue_says_when_to_come_again(
    client: TestClient, queue: Queue
) -> None:
    job = queue.enqueue("probe", {"seconds": 1})
    assert client.post(f"/jobs/{job}/retry").status_code == 409
    client.delete(f"/jobs/{job}")
    assert client.delete(f"/jobs/{job}").status_code == 409
    for _ in range(4):
        queue.enqueue("probe", {"seconds": 1})
    full = client.post(f"/jobs/{job}/retry")
    assert (full.status_code, full.headers["Retry-After"]) == (503, "15")
    assert "4 jobs are waiting" in full.json()["detail"]


def test_a_queue_that_cannot_be_used_is_503(client: TestClient, tmp_path: Path, queue: Queue) -> None:
    (tmp_path / "jobs.db").write_text("this is no database" * 500)
    answer = client.get("/jobs")
    assert answer.status_code == 503
    assert "file is not a database" in answer.json()["detail"]
    assert "BATCH_ZERO_JOBS_URL" in answer.json()["hint"]
    assert queue is not None
