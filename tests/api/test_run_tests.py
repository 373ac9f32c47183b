"""``POST /run_tests``: a model file is uploaded, tested by a worker, and judged."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sklearn.linear_model import LogisticRegression

from api.app import app
from tests.conftest import ROOT
from tests.serving import serving
from tests.testbench.conftest import Trained, trained

QUICK = {"checks": "works,quality", "labels": "outcome"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("model"), LogisticRegression(max_iter=2_000), {0: 0, 1: 1})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BATCH_ZERO_HOME", str(tmp_path))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path


@pytest.fixture
def client(home: Path) -> TestClient:
    assert home.exists()
    return TestClient(app)


@pytest.fixture
def worker(home: Path) -> Iterator[None]:
    log = home / "worker.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jobs"], cwd=ROOT, env={**os.environ}, stdout=output, stderr=output
        )
    until(lambda: "taking jobs" in log.read_text() or process.poll() is not None)
    assert process.poll() is None, log.read_text()
    yield
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def until(holds: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.1)


def files(model: Trained, content: bytes | None = None) -> dict[str, Any]:
    sample = model.sample.to_csv(index=False).encode()
    return {"model": ("m.joblib", content or model.path.read_bytes()), "sample": ("rows.csv", sample)}


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_a_test_that_is_waited_for_ends_in_its_summary_and_leaves_no_file(
    client: TestClient,
    home: Path,
    model: Trained,
) -> None:
    form = {**QUICK, "policy": "auc >= 0.6 AND f1 >= 0.999"}
    answer = client.post("/run_tests", data=form, files=files(model))
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["state"], found["result"]["works"]) == ("succeeded", True)
    assert [limit["outcome"] for limit in found["result"]["verdict"]["limits"]] == ["passed", "failed"]
    assert found["result"]["verdict"]["passed"] is False
    assert 0.6 < found["result"]["measures"]["auc"]["value"] < 1
    assert list((home / "uploads").iterdir()) == []
    from mlflow import MlflowClient

    run = MlflowClient(f"sqlite:///{home / 'mlflow.db'}").get_run(found["result"]["run_id"])
    assert (run.info.status, run.data.params["model"]) == ("FINISHED", "m.joblib")
    assert [test["id"] for test in client.get("/run_tests").json()["tests"]] == [found["id"]]


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_one_whose_files_are_kept_is_run_again_to_the_same_numbers(
    client: TestClient, home: Path, model: Trained
) -> None:
    form = {**QUICK, "seed": "3", "policy": "auc >= 0.6", "keep": "true"}
    first = client.post("/run_tests", data=form, files=files(model)).json()["result"]["run_id"]
    answer = client.post(f"/model_tests/{first}/again")
    assert answer.status_code == 202, answer.text
    address = answer.headers["location"]
    until(lambda: client.get(address).json()["state"] in {"succeeded", "failed"})
    done = client.get(address).json()
    assert done["state"] == "succeeded", done
    compared = client.get(f"/model_tests/{first}/compare/{done['result']['run_id']}").json()
    assert compared["same_data"] is True
    assert {one["difference"] for one in compared["measures"]} == {0}
    assert compared["notes"] == ["Both tests are of the same file."]
    newest, oldest = client.get("/model_tests").json()["tests"]
    assert (newest["again_of"], newest["kept"], newest["seed"]) == (first, ["model", "sample"], "3")
    assert (oldest["name"], newest["name"], newest["verdict"]) == ("test of m.joblib", "test of m.joblib", "passed")
    given = client.get(f"/model_tests/{newest['run_id']}").json()["given"]
    assert (given["sample"]["name"], given["labels"], given["policy"]) == ("rows.csv", "outcome", "auc >= 0.6")
    assert list((home / "uploads").iterdir()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_one_that_is_not_waited_for_has_an_address(client: TestClient, model: Trained) -> None:
    answer = client.post("/run_tests", data=QUICK, files=files(model), headers={"Prefer": "respond-async"})
    assert answer.status_code == 202
    address = answer.headers["location"]
    until(lambda: client.get(address).json()["state"] == "succeeded")
    assert client.get(address).json()["result"]["works"] is True
    refused = client.post("/run_tests", data=QUICK, files=files(model, b"not a model"))
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert "m.joblib: got" in refused.json()["detail"]


def test_without_a_worker_a_test_waits_where_that_is_asked_for_and_is_cancelled(
    client: TestClient,
    home: Path,
    model: Trained,
) -> None:
    now = client.post("/run_tests", data=QUICK, files=files(model))
    assert (now.status_code, now.headers["retry-after"]) == (503, "30")
    assert "python -m jobs" in now.json()["detail"]
    assert not (home / "uploads").exists()
    later = client.post("/run_tests", data=QUICK, files=files(model), headers={"Prefer": "respond-async"})
    address = later.headers["location"]
    assert client.get(address).json()["state"] == "queued"
    (kept,) = (home / "uploads").iterdir()
    assert json.loads((kept / "asked.json").read_text())["checks"] == ["works", "quality"]
    assert kept.stat().st_mode & 0o077 == 0
    assert client.delete(address).status_code == 204
    assert client.get(address).json()["state"] == "cancelled"


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(("policy", "code", "said"), [("auc >= 0.6", 0, "Passed"), ("auc >= 0.999", 1, "Not passed")])
def test_the_example_client_against_a_live_server(
    home: Path, model: Trained, policy: str, code: int, said: str
) -> None:
    sample = home / "rows.csv"
    model.sample.to_csv(sample, index=False)
    with serving({**os.environ}, home / "server.log") as url:
        client = [sys.executable, str(ROOT / "example_client" / "client_api_example.py"), url, str(model.path)]
        options = ["--sample", str(sample), "--labels", "outcome", "--policy", policy, "--rows", "200"]
        done = subprocess.run([*client, *options], capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        assert done.stdout.splitlines()[-1].startswith(said)
        assert "works: The model answers 600 rows" in done.stdout
        sample.write_text("a\n1\n")
        lost = subprocess.run([*client, *options], capture_output=True, text=True, check=False)
    assert (lost.returncode, lost.stderr.count("\n")) == (2, 1)
    assert "expected a column of the sample" in lost.stderr


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"policy": "auc >>> 1"}, 422, "policy: got"),
        ({"rows": "many"}, 422, "rows: got 'many', expected a whole number from 1 to 100000"),
        ({"rows": "0"}, 422, "rows"),
        ({"rows": "9" * 400}, 422, "rows"),
        ({"seed": "-1"}, 422, "seed"),
        ({"checks": "works,everything"}, 422, "checks: got 'everything', expected some of works"),
    ],
)
def test_what_is_not_valid_is_refused_and_nothing_is_kept(
    client: TestClient,
    home: Path,
    model: Trained,
    form: dict[str, str],
    status: int,
    said: str,
) -> None:
    answer = client.post("/run_tests", data=form, files=files(model), headers={"Prefer": "respond-async"})
    assert answer.status_code == status
    assert said in answer.json()["detail"]
    assert list((home / "uploads").iterdir()) == []


def test_a_form_without_a_model_and_one_that_is_none_are_refused(client: TestClient, home: Path) -> None:
    later = {"Prefer": "respond-async"}
    for answer in (
        client.post("/run_tests", data={"model": "text"}, headers=later),
        client.post("/run_tests", content=b"{}", headers={**later, "content-type": "application/json"}),
        client.post(
            "/run_tests", content=b"junk", headers={**later, "content-type": "multipart/form-data; boundary=x"}
        ),
        client.post("/run_tests", content=b"junk", headers={**later, "content-type": "multipart/form-data"}),
    ):
        assert answer.status_code in {400, 422}, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert list((home / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://testserver"}, 202),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}, 202),
        ({}, 202),
    ],
)
def test_another_sites_page_cannot_have_a_model_opened(
    client: TestClient, home: Path, model: Trained, headers: dict[str, str], status: int
) -> None:
    answer = client.post("/run_tests", data=QUICK, files=files(model), headers={"Prefer": "respond-async", **headers})
    assert answer.status_code == status
    assert (home / "uploads").exists() is (status == 202)


def test_what_is_larger_than_the_limit_is_refused_by_what_arrives(
    client: TestClient, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCH_ZERO_BENCH_UPLOAD_MB", "1")
    big = {"model": ("m.pkl", b"x" * (3 << 20))}
    answer = client.post("/run_tests", files=big, headers={"Prefer": "respond-async"})
    assert answer.status_code == 413
    assert "expected at most" in answer.json()["detail"]
    assert list((home / "uploads").iterdir()) == []
