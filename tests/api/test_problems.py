"""What an answer says where something went wrong."""

import logging

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import logs
from api.problems import answer_with_problems
from batch_zero.errors import BatchZeroError
from mlflow_io.errors import StoreMissing, TrackingUnreachable
from pipeline.turn import OutOfTurn


def client_of(error: Exception) -> TestClient:
    """Of an API that does nothing but raise it."""
    app = FastAPI()
    answer_with_problems(app)

    @app.get("/")
    def fail() -> None:
        raise error

    return TestClient(logs.Requests(app), raise_server_exceptions=False, headers={"X-Request-ID": "from-ci.7"})


@pytest.mark.parametrize(
    ("error", "status", "title", "detail"),
    [
        (
            TrackingUnreachable("http://ada:hunter2@m", "no\nanswer"),
            503,
            "Service Unavailable",
            "http://ada:***@m cannot",
        ),
        (StoreMissing("sqlite:////x.db"), 404, "Not Found", "There is no MLflow store at sqlite:////x.db"),
        (OutOfTurn("batch 3"), 409, "Conflict", "batch 3"),
        (BatchZeroError("a\u202eb"), 500, "Internal Server Error", "a\\u202eb"),
    ],
)
def test_an_error_of_the_family_is_told_with_the_status_of_its_kind(
    error: BatchZeroError, status: int, title: str, detail: str
) -> None:
    answer = client_of(error).get("/")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers.get("Retry-After") == ("30" if status == 503 else None)
    problem = answer.json()
    assert detail in problem.pop("detail")
    assert problem.pop("hint", None) == error.hint
    assert problem == {"type": "about:blank", "title": title, "status": status, "instance": "from-ci.7"}


def test_a_fault_of_ours_says_nothing_but_where_the_log_has_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(logs.Clean())
    with caplog.at_level(logging.ERROR, "batch_zero.api"):
        answer = client_of(RuntimeError("hunter2 is secret")).get("/")
    assert (answer.status_code, answer.json()["instance"]) == (500, "from-ci.7")
    assert "hunter2" not in answer.text
    (record,) = [record for record in caplog.records if record.name == "batch_zero.api"]
    assert (record.getMessage(), record.request_id) == ("the API failed", "from-ci.7")
    assert "hunter2 is secret" in record.exc_text
