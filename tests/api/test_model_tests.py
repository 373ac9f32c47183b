"""``/model_tests``: kept tests for programs, by the access rules of the others, whatever lies in the experiment."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import app
from testbench.given import MODEL, Given
from testbench.given import sha256_of as sha256
from tests.testbench.kept import a_report, keep
from tests.world import World


@pytest.fixture
def client(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", world.uri)
    monkeypatch.setenv("BATCH_ZERO_HOME", str(tmp_path / "home"))
    return TestClient(app)


def ids(client: TestClient, **query: Any) -> list[str]:
    answer = client.get("/model_tests", params=query)
    assert answer.status_code == 200, answer.text
    return [test["run_id"] for test in answer.json()["tests"]]


def test_tests_are_listed_read_and_compared(client: TestClient, world: World) -> None:
    assert client.get("/model_tests").json() == {"tests": [], "next": None, "unreadable": []}
    first, second = keep(world, a_report(), "auc >= 0.85"), keep(world, a_report("n.joblib", 0.9), "auc >= 0.85")
    assert ids(client) == [second, first]
    page = client.get("/model_tests", params={"most": 1}).json()
    assert [test["run_id"] for test in page["tests"]] == [second]
    assert ids(client, cursor=page["next"]) == [first]
    assert ids(client, verdict="not passed") == [first]
    assert ids(client, search="N.JOB", works="true", kind="joblib") == [second]
    assert ids(client, **{"class": "xgboost.XGBClassifier"}) == []
    kept = client.get(f"/model_tests/{first}").json()
    assert (kept["model"], kept["measures"]["auc"]["value"]) == ("m.joblib", 0.8)
    compared = client.get(f"/model_tests/{first}/compare/{second}").json()
    words = {one["measure"]: one["word"] for one in compared["measures"]}
    assert (compared["same_data"], words["auc"], words["breaks"]) == (True, "better", "the same")


def test_a_test_is_deleted_and_can_be_restored(client: TestClient, world: World) -> None:
    run_id = keep(world, a_report())
    answer = client.delete(f"/model_tests/{run_id}")
    assert (answer.status_code, f"restore_run('{run_id}')" in answer.json()["restore"]) == (200, True)
    assert ids(client) == []
    assert client.delete(f"/model_tests/{run_id}").status_code == 404
    world.client.restore_run(run_id)
    assert ids(client) == [run_id]


def test_a_run_of_somebody_else_cannot_be_deleted(client: TestClient, world: World) -> None:
    runs = [world.run("model_tests"), world.run("Gate", tags={"batch_zero.kind": "model_test"})]
    for run_id in runs:
        answer = client.delete(f"/model_tests/{run_id}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert world.client.get_run(run_id).info.lifecycle_stage == "active"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["\ud800", "NaN", '{"a": 1e999}', "<script>", "\x00\x1b"])
def test_what_others_have_put_there_is_never_a_fault_of_the_server(client: TestClient, world: World, name: str) -> None:
    text = name.encode("utf-16", "surrogatepass").decode("utf-16", "ignore") or "x"
    foreign = world.run("model_tests", tags={"batch_zero.kind": "model_test", "works": text or "x"})
    world.artifact(foreign, "test.json", text)
    (found,) = client.get("/model_tests").json()["tests"]
    assert (found["run_id"], found["works"]) == (foreign, None)
    assert client.get(f"/model_tests/{foreign}").status_code == 422
    assert client.get(f"/model_tests/{foreign}/compare/{foreign}").status_code == 422


@pytest.mark.parametrize(
    ("query", "status"), [({"cursor": "x"}, 422), ({"verdict": "good"}, 422), ({"most": 0}, 422), ({"kind": "\0"}, 200)]
)
def test_what_makes_no_sense_is_said(client: TestClient, world: World, query: dict[str, Any], status: int) -> None:
    keep(world, a_report())
    assert client.get("/model_tests", params=query).status_code == status


def test_a_store_that_does_not_answer_is_an_outage(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    for path in ("/model_tests", "/model_tests/abc", "/model_tests/a/compare/b"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


@pytest.mark.parametrize(("named", "status"), [(False, 404), (True, 503)])
def test_a_store_that_is_not_there_is_an_outage_where_it_was_named(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool, status: int
) -> None:
    """Else it has yet to be made, and has no tests."""
    monkeypatch.setenv("BATCH_ZERO_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    if named:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'none' / 'mlflow.db'}x")
    assert client.get("/model_tests").status_code == (503 if named else 200)
    for method, path in (("GET", "abc"), ("GET", "a/compare/b"), ("POST", "abc/again"), ("DELETE", "abc")):
        assert client.request(method, f"/model_tests/{path}").status_code == status, (method, path)


def test_a_test_whose_files_stayed_is_queued_again(client: TestClient, world: World, tmp_path: Path) -> None:
    lacking = client.post(f"/model_tests/{keep(world, a_report())}/again")
    assert (lacking.status_code, "give the model m.joblib" in lacking.json()["detail"]) == (409, True)
    (tmp_path / "m").write_bytes(b"a model")
    report = a_report()
    file = type(report.file)(**{**vars(report.file), "sha256": sha256(tmp_path / "m")})
    run_id = keep(world, a_report(file=file), "auc >= 0.5", Given(keep={MODEL: tmp_path / "m"}))
    answer = client.post(f"/model_tests/{run_id}/again")
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/run_tests/{answer.json()['id']}"
    (upload,) = (tmp_path / "home" / "uploads").iterdir()
    assert (upload / "model").read_bytes() == b"a model"
    assert {path.name for path in upload.iterdir()} == {"asked.json", "model", "schema", "tested.job"}
    another_site = client.post(f"/model_tests/{run_id}/again", headers={"Sec-Fetch-Site": "cross-site"})
    assert another_site.status_code == 403
