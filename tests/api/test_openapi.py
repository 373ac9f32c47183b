"""Requests that nobody thought of, made by schemathesis from the API's own OpenAPI: none of them is a fault of the
server, and every answer is one that OpenAPI has told of."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from fastapi.testclient import TestClient

from api.app import app
from tests.conftest import ROOT
from tests.serving import serving

TOKEN = "a-token-of-some-length"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "missing_required_header",
)
"""All that say something of this API. Left out: those that take a form's texts, whose rules no schema says, for valid
wherever they are texts, and a DELETE, which cancels, for one after which there is nothing."""

EXAMPLES, SEED = 8, 7


@pytest.mark.slow
@pytest.mark.parametrize("token", [None, TOKEN])
def test_whatever_is_asked_is_answered_as_openapi_says(tmp_path: Path, token: str | None) -> None:
    env = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    env |= {"BATCH_ZERO_HOME": str(tmp_path), "BATCH_ZERO_JOBS_MOST_QUEUED": "10000"}
    env |= {"BATCH_ZERO_TOKEN": token} if token else {}
    known = [f"--header=Authorization: Bearer {token}"] if token else []
    with serving(env, tmp_path / "server.log", health="/healthz") as url:
        address = f"{url}/api"
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json", f"--url={address}"]
        command += [f"--checks={','.join(CHECKS)}", f"--max-examples={EXAMPLES}", f"--seed={SEED}", "--no-color"]
        command += ["--phases=coverage,fuzzing,stateful", "--continue-on-failure", "--suppress-health-check=all"]
        # What waits for a worker is told to come again, by 503: that is another test.
        command += ["--request-timeout=60", "--generation-database=none", "--header=Prefer: respond-async", *known]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Tested: 15" in done.stdout


def test_every_route_tells_of_the_problems_that_it_may_answer_with() -> None:
    known = TestClient(app).get("/openapi.json").json()
    assert known["components"]["schemas"]["Problem"]["required"] == ["type", "title", "status", "detail", "instance"]
    for path, operations in known["paths"].items():
        for method, operation in operations.items():
            told = {status: answer for status, answer in operation["responses"].items() if int(status) >= 400}
            assert {"400", "401", "421", "422", "500", "503"} <= {*told}, (method, path)
            for status, answer in told.items():
                (kind,) = answer["content"]
                assert kind == "application/problem+json", (method, path, status)
            assert "Retry-After" in told["503"]["headers"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/run_tests", "GET, POST"), ("/run_tests/x", "DELETE, GET"), ("/jobs/x", "DELETE, GET"), ("/report", "GET")],
)
def test_a_method_that_is_none_of_a_path_is_told_with_all_that_are(path: str, allowed: str) -> None:
    for method in ("OPTIONS", "PATCH", "TRACE"):
        answer = TestClient(app).request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.slow
def test_a_line_break_in_a_path_is_a_character_like_any_other(tmp_path: Path) -> None:
    with serving({**os.environ, "BATCH_ZERO_HOME": str(tmp_path)}, tmp_path / "log", ROOT / "server.py") as url:
        for path in ("api/jobs/%0A", "run_tests/a%0Ab", "api/%0A"):
            answer = requests.get(f"{url}/{path}", timeout=120)
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
