"""``POST /run_tests``: a model file is uploaded, tested by a worker, and judged."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from fastapi.testclient import TestClient
from sklearn.linear_model import LogisticRegression

from api.app import app
from api.work import model_test
from jobs.job import Job, State
from jobs.queue import Queue
from testbench.uploads import DAY_S, Upload, UploadGone
from tests.conftest import ROOT
from tests.serving import serving
from tests.testbench.conftest import Trained, trained
from tests.testbench.registry import register
from tests.world import World

TOKEN = "a-token-of-some-length"
QUICK = {"checks": "works,quality", "labels": "outcome"}
LATER = {"Prefer": "respond-async"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("model"), LogisticRegression(max_iter=2_000), {0: 0, 1: 1})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BATCH_ZERO_HOME", str(tmp_path))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path


@pytest.fixture
def client() -> TestClient:
    """Of whatever home the test has."""
    return TestClient(app)


@pytest.fixture(scope="session")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of a worker that all tests share: it takes seconds to begin."""
    home = tmp_path_factory.mktemp("working")
    with working_in(home):
        yield home


@pytest.fixture
def shared(working: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BATCH_ZERO_HOME", str(working))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return working


@contextmanager
def working_in(home: Path) -> Iterator[None]:
    """With a worker of the environment."""
    log = home / "worker.log"
    env = {**os.environ, "BATCH_ZERO_HOME": str(home)}
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", "jobs"], cwd=ROOT, env=env, stdout=output, stderr=output)
    until(lambda: "taking jobs" in log.read_text() or process.poll() is not None)
    assert process.poll() is None, log.read_text()
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)


def until(holds: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.1)


def age(folder: Path, *, days: float) -> None:
    os.utime(folder, (time.time() - days * DAY_S,) * 2)


def files(model: Trained, content: bytes | None = None) -> dict[str, Any]:
    sample = model.sample.to_csv(index=False).encode()
    return {"model": ("m.joblib", content or model.path.read_bytes()), "sample": ("rows.csv", sample)}


@pytest.mark.slow
def test_a_test_that_is_waited_for_ends_in_its_summary_and_leaves_no_file(
    client: TestClient,
    shared: Path,
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
    assert list((shared / "uploads").iterdir()) == []
    from mlflow import MlflowClient

    run = MlflowClient(f"sqlite:///{shared / 'mlflow.db'}").get_run(found["result"]["run_id"])
    assert (run.info.status, run.data.params["model"]) == ("FINISHED", "m.joblib")
    # As where its worker is killed between the end of the test and the end of the job: it is begun again.
    again = model_test.run({"upload": run.data.tags["batch_zero.upload"]}, lambda *_: None)
    assert again == found["result"]
    assert client.get("/run_tests").json()["tests"][0]["id"] == found["id"]


@pytest.mark.slow
def test_one_whose_files_are_kept_is_run_again_to_the_same_numbers(
    client: TestClient, shared: Path, model: Trained
) -> None:
    form = {**QUICK, "seed": "3", "policy": "auc >= 0.6", "keep": "true"}
    first = client.post("/run_tests", data=form, files=files(model)).json()["result"]["run_id"]
    answer = client.post(f"/model_tests/{first}/again")
    assert answer.status_code == 202, answer.text
    address = answer.headers["location"]
    until(lambda: client.get(address).json()["state"] in {"succeeded", "failed"})
    done = client.get(address).json()
    assert done["state"] == "succeeded", done
    assert [job["title"] for job in client.get("/jobs").json()["jobs"]][:2] == ["m.joblib"] * 2
    compared = client.get(f"/model_tests/{first}/compare/{done['result']['run_id']}").json()
    assert compared["same_data"] is True
    assert {one["difference"] for one in compared["measures"]} == {0}
    assert compared["notes"] == ["Both tests are of the same file."]
    newest, oldest = client.get("/model_tests").json()["tests"][:2]
    assert (newest["again_of"], newest["kept"], newest["seed"]) == (first, ["model", "sample"], "3")
    assert (oldest["name"], newest["name"], newest["verdict"]) == ("test of m.joblib", "test of m.joblib", "passed")
    given = client.get(f"/model_tests/{newest['run_id']}").json()["given"]
    assert (given["sample"]["name"], given["labels"], given["policy"]) == ("rows.csv", "outcome", "auc >= 0.6")
    assert list((shared / "uploads").iterdir()) == []


@pytest.mark.slow
def test_one_that_is_not_waited_for_has_an_address(client: TestClient, shared: Path, model: Trained) -> None:
    answer = client.post("/run_tests", data=QUICK, files=files(model), headers={"Prefer": "respond-async"})
    assert answer.status_code == 202
    address = answer.headers["location"]
    until(lambda: client.get(address).json()["state"] == "succeeded")
    assert client.get(address).json()["result"]["works"] is True
    refused = client.post("/run_tests", data=QUICK, files=files(model, b"not a model"))
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert "m.joblib: got" in refused.json()["detail"]
    assert list((shared / "uploads").iterdir()) == []  # it would be refused again
    job = client.post(f"/jobs/{refused.json()['id']}/retry").json()["id"]
    until(lambda: client.get(f"/jobs/{job}").json()["state"] == "failed")
    assert "the files of this test are gone: upload them again" in client.get(f"/jobs/{job}").json()["reason"]


def test_files_go_when_their_test_has_ended_and_stay_where_it_has_not(
    client: TestClient, home: Path, model: Trained
) -> None:
    def uploaded(**more: str) -> tuple[str, Path]:
        before = {*(home / "uploads").glob("*")}
        answer = client.post("/run_tests", data={**QUICK, **more}, files=files(model), headers=LATER)
        (folder,) = {*(home / "uploads").iterdir()} - before
        return answer.json()["id"], folder

    def there(*folders: Path) -> list[bool]:
        return [(folder / "model").exists() and (folder / "sample").exists() for folder in folders]

    waits, waiting = uploaded()
    stopped, cancelled = uploaded()
    asked_to_keep, kept = uploaded(keep="true")
    over, forgotten = uploaded()
    for job in (stopped, asked_to_keep, over):
        assert client.delete(f"/run_tests/{job}").status_code == 204
    looked_at, lost = (home / "uploads" / (digit * 32) for digit in "01")
    for folder in (looked_at, lost):
        folder.mkdir()
        (folder / "model").write_bytes(b"x")
        (folder / "downloaded-abc").mkdir()  # its worker was killed
    age(waiting, days=40)
    for folder in (cancelled, kept, looked_at):
        age(folder, days=0.9)
    for folder in (lost, forgotten):
        age(folder, days=1.1)
    _, latest = uploaded()
    assert {*(home / "uploads").iterdir()} == {waiting, cancelled, kept, looked_at, latest}
    assert there(waiting, cancelled, kept, latest) == [True, False, True, True]
    assert [path.name for path in looked_at.iterdir()] == ["model"]
    assert client.get(f"/run_tests/{waits}").json()["state"] == "queued"
    assert client.post(f"/jobs/{stopped}/retry").status_code == 202  # which will say that they have to come again
    with pytest.raises(UploadGone, match="upload them again"):
        Upload(cancelled).restored()


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
    assert [job["title"] for job in client.get("/jobs").json()["jobs"]] == ["m.joblib"]
    (kept,) = (home / "uploads").iterdir()
    assert json.loads((kept / "asked.json").read_text())["checks"] == ["works", "quality"]
    assert kept.stat().st_mode & 0o077 == 0
    assert client.delete(address).status_code == 204
    assert client.get(address).json()["state"] == "cancelled"


@pytest.mark.slow
@pytest.mark.usefixtures("shared")
def test_the_example_client_against_a_live_server(model: Trained, tmp_path: Path) -> None:
    sample = tmp_path / "rows.csv"
    model.sample.to_csv(sample, index=False)
    with serving({**os.environ}, tmp_path / "server.log") as url:
        client = [sys.executable, str(ROOT / "example_client" / "client_api_example.py"), url, str(model.path)]

        def asks(*options: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run([*client, *options], capture_output=True, text=True, check=False)

        def posts(policy: str) -> subprocess.CompletedProcess[str]:
            return asks("--sample", str(sample), "--labels", "outcome", "--policy", policy, "--rows", "200")

        for policy, code, said in (("auc >= 0.6", 0, "Passed"), ("auc >= 0.999", 1, "Not passed")):
            done = posts(policy)
            assert done.returncode == code, done.stderr
            assert done.stdout.splitlines()[-1].startswith(said)
            assert done.stdout.count("works: The model answers 600 rows") == 1
            assert "place None" not in done.stdout
        chosen = ("--sample", str(sample), "--labels", "outcome", "--check", "quality", "--positive", "0", "--keep")
        of_no = asks(*chosen)
        assert "of the class '0'" in of_no.stdout
        assert "works: " not in of_no.stdout
        made_up = asks("--rows", "50", "--check", "works").stdout
        first = next(line for line in made_up.splitlines() if not line.startswith("..."))
        assert first.startswith("! Nobody has said which values")
        sample.write_text("a\n1\n")
        lost = posts("auc >= 0.6")
    assert (lost.returncode, lost.stderr.count("\n")) == (2, 1)
    assert "expected a column of the sample" in lost.stderr


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"policy": "auc >>> 1"}, 422, "policy: got"),
        ({"rows": "many"}, 422, "rows: got 'many', expected a whole number from 1 to 100000"),
        ({"rows": "0"}, 422, "rows"),
        ({"rows": "9" * 400}, 422, "rows"),
        ({"rows": "0" * 5_000}, 422, "rows: got '000"),
        ({"rows": "0" * 12 + "9" * 9}, 422, "rows: got '000000000000999999999', expected a whole number from 1 to"),
        ({"seed": "0" * 5_000}, 422, "seed: got '000"),
        ({"seed": "1\n"}, 422, "seed"),
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


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            [("polcy", "auc >= 0.99")],
            "field: got 'polcy', expected one of model, sample, schema, model_uri, labels, policy",
        ),
        ([("check", "works")], "field: got 'check', expected one of model"),
        ([("policy", "auc >= 0.9"), ("policy", "error_rate <= 1")], "policy: got 2 fields of this name, expected one"),
        ([("sample", "x,y\n1,2\n")], "sample: got a text, expected a file (with curl: -F sample=@FILE)"),
        ([("sample", "")], "sample: got a text"),
        ([("schema", '{"columns": []}')], "schema: got a text"),
        ([("model", ("two.pkl", b"x"))], "model: got 2 fields of this name"),
    ],
)
def test_what_is_not_understood_is_not_left_out(
    client: TestClient, home: Path, model: Trained, more: list[Any], said: str
) -> None:
    form = [
        ("model", files(model)["model"]),
        *((name, (None, text) if isinstance(text, str) else text) for name, text in more),
    ]
    answer = client.post("/run_tests", files=form, headers={"Prefer": "respond-async"})
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert list((home / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("address", "with_file", "said"),
    [
        ("models:/Triage/1", True, "model, model_uri: got both, expected a file"),
        (None, False, "model, model_uri: got neither a file nor an address, expected a file"),
        (
            "models:/Triage",
            False,
            "model_uri: got 'models:/Triage', expected a registered model, such as models:/NAME@",
        ),
        ("s3://bucket/model", False, "expected a registered model"),
        ("models:/a\nb/1", False, "expected a registered model"),
    ],
)
def test_a_model_is_a_file_or_the_address_of_one_that_is_registered(
    client: TestClient, home: Path, model: Trained, address: str | None, with_file: bool, said: str
) -> None:
    form = {**QUICK, **({"model_uri": address} if address else {})}
    given = {name: file for name, file in files(model).items() if with_file or name != "model"}
    answer = client.post("/run_tests", data=form, files=given, headers={"Prefer": "respond-async"})
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert list((home / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "settings: got no JSON"),
        ("[" * 100_000, "settings: got no JSON"),
        ("[]", "settings: got '[]', expected an object such as"),
        ('{"limits": {"memory_mb": 1}}', "settings: got 'limits', expected one of rows, synthetic, seed, checks, "),
        ('{"unconfined": true}', "settings: got 'unconfined', expected one of rows, "),
        ('{"explain": {"rwo": 3}}', "settings: got 'explain.rwo', expected one of rows, budget_s, background, row"),
        ('{"seed": 1, "seed": 2}', "settings: 'seed' stands twice, expected it once"),
        ('{"latency": {"budget_s": 1e9}}', "settings: latency.budget_s: input should be less than or equal to 600"),
    ],
)
def test_settings_are_those_that_a_person_may_choose(
    client: TestClient, home: Path, model: Trained, text: str, said: str
) -> None:
    answer = client.post("/run_tests", data={"settings": text}, files=files(model), headers={"Prefer": "respond-async"})
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert list((home / "uploads").iterdir()) == []


@pytest.mark.slow
def test_settings_hold_and_fields_win_over_them(client: TestClient, shared: Path, model: Trained) -> None:
    own = {"synthetic": True, "rows": 150, "seed": 7, "checks": ["works", "latency"], "latency": {"sizes": [1, 5]}}
    form = {"labels": "outcome", "settings": json.dumps(own), "seed": "3"}
    answer = client.post("/run_tests", data=form, files=files(model))
    assert answer.status_code == 200, answer.text
    found = answer.json()["result"]
    assert (found["rows"], found["synthetic"], found["seed"]) == (150, True, 3)
    assert [finding["check"] for finding in found["findings"]] == ["works", "latency"]
    assert "latency_p95_ms_batch_5" in found["measures"]
    assert "latency_p95_ms_batch_10" not in found["measures"]
    assert list((shared / "uploads").iterdir()) == []


@pytest.mark.slow
def test_a_registered_version_is_tested_by_its_address(
    client: TestClient, shared: Path, model: Trained, migrated: Path
) -> None:
    database = shared / "mlflow.db"
    if not database.exists():
        shutil.copy(migrated, database)
    world = World(f"sqlite:///{database}", shared / "artifacts")
    register(world, model.path, "production")
    given = {"sample": files(model)["sample"]}
    answer = client.post("/run_tests", data={**QUICK, "model_uri": "models:/Triage@production"}, files=given)
    assert answer.status_code == 200, answer.text
    found = answer.json()["result"]
    assert (found["model"], found["works"]) == ("Triage version 1", True)
    assert any("It is version 1 of the registered model Triage, of run " in sentence for sentence in found["file"])
    run = world.client.get_run(found["run_id"])
    assert (run.data.params["registered_model"], run.data.params["model_version"]) == ("Triage", "1")
    gone = client.post("/run_tests", data={**QUICK, "model_uri": "models:/Triage/7"}, files=given)
    assert gone.status_code == 422
    assert "it has no version 7, but version 1; it has alias 'production'" in gone.json()["detail"]


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


def test_uploads_that_fill_their_place_make_room_when_their_tests_have_ended(
    client: TestClient, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCH_ZERO_BENCH_UPLOAD_MB", "1")
    jobs = []
    for _ in range(21):
        answer = client.post("/run_tests", files={"model": ("m.pkl", b"x" * (1_000 << 10))}, headers=LATER)
        assert answer.status_code == 202, answer.text
        jobs.append(answer.headers["location"])
    refused = client.post("/run_tests", files={"model": ("m.pkl", b"x")}, headers=LATER)
    assert refused.status_code == 507
    assert refused.json()["detail"].startswith("got 20 MB of uploads that are being looked at or wait for their test")
    assert len([*(home / "uploads").iterdir()]) == 21
    client.delete(jobs[0])
    for folder in (home / "uploads").iterdir():
        age(folder, days=0.01)
    assert client.post("/run_tests", files={"model": ("m.pkl", b"x")}, headers=LATER).status_code == 202


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """As on a disk that is full from there on."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(("came", "taken"), [(3 << 20, 2 << 20), (900_000, 800_000)], ids=["spooled", "kept"])
def test_a_full_disk_is_told_in_a_sentence(client: TestClient, home: Path, came: int, taken: int) -> None:
    with no_file_larger_than(taken):
        answer = client.post("/run_tests", files={"model": ("m.pkl", b"x" * came)}, headers={"Prefer": "respond-async"})
    assert (answer.status_code, answer.headers["content-type"]) == (507, "application/problem+json")
    assert answer.json()["detail"] == "the upload cannot be kept here: File too large"
    assert list((home / "uploads").iterdir()) == []
    assert client.get("/run_tests").json()["tests"] == []


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("status", "answered"), [(503, 503), (507, 507), (413, 422), (500, 422), (None, 422)])
def test_what_is_no_fault_of_who_asked_is_answered_so(
    client: TestClient, model: Trained, monkeypatch: pytest.MonkeyPatch, status: int | None, answered: int
) -> None:
    """Of a test that a worker could not do, as where its store does not answer."""

    ended = Job("model_test-1", "model_test", State.FAILED, datetime.now(UTC), reason="It is away.", status=status)
    monkeypatch.setattr(Queue, "status", lambda *_: ended)
    monkeypatch.setattr(Queue, "workers", lambda _: {1})
    answer = client.post("/run_tests", data=QUICK, files=files(model))
    assert (answer.status_code, answer.json()["detail"]) == (answered, "It is away.")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server below a base path and with a token, without a worker."""
    home = tmp_path_factory.mktemp("guarded")
    env = {**os.environ, "BATCH_ZERO_HOME": str(home), "BATCH_ZERO_TOKEN": TOKEN, "BATCH_ZERO_BENCH_UPLOAD_MB": "1"}
    env.pop("MLFLOW_TRACKING_URI", None)
    with serving({**env, "STREAMLIT_SERVER_BASE_URL_PATH": "report"}, home / "server.log", health="/healthz") as url:
        yield url


@pytest.mark.slow
@pytest.mark.parametrize("place", ["/run_tests", "/api/run_tests", "/report/run_tests", "/report/api/run_tests"])
def test_it_is_at_the_root_too_by_the_same_rules(guarded: str, model: Trained, place: str) -> None:
    known, later = {"Authorization": f"Bearer {TOKEN}"}, {"Prefer": "respond-async"}
    at = f"{guarded}{place}"

    def refused(method: str, at: str, status: int, headers: dict[str, str], **more: Any) -> requests.Response:
        answer = requests.request(method, at, headers=headers, timeout=120, **more)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
        return answer

    for method in ("POST", "GET"):
        assert refused(method, at, 401, {}).headers["www-authenticate"] == "Bearer"
    refused("GET", at, 421, {**known, "Host": "evil.example"})
    refused("POST", at, 403, {**known, **later, "Origin": "https://evil.example"}, data=QUICK, files=files(model))
    refused("POST", at, 413, {**known, **later}, files={"model": ("m.pkl", b"x" * (3 << 20))})
    refused("POST", at, 503, known, data=QUICK, files=files(model))  # nobody takes tests
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
        refused(method, at, 405, known)
    posted = requests.post(at, data=QUICK, files=files(model), headers={**known, **later}, timeout=120)
    assert (posted.status_code, posted.headers["location"]) == (202, f"{place}/{posted.json()['id']}")
    one = guarded + posted.headers["location"]
    assert requests.get(one, headers=known, timeout=120).json()["state"] == "queued"
    assert requests.get(at, headers=known, timeout=120).json()["tests"][0]["id"] == posted.json()["id"]
    refused("POST", one, 405, known)
    assert requests.delete(one, headers=known, timeout=120).status_code == 204
    refused("DELETE", one, 409, known)
    refused("GET", f"{at}/nobody", 404, known)
    assert requests.get(f"{guarded}/run_tests_x", headers=known, timeout=120).status_code == 403  # it is the page's


def test_openapi_says_where_it_is(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    operations = [operation for path in ("/run_tests", "/run_tests/{test_id}") for operation in paths[path].values()]
    assert [[server["url"] for server in each["servers"]] for each in operations] == [["/api", "/"]] * 4
