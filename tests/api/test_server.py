"""The process as others see it: its watchers, programs with and without a token, and its log."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, expect

from tests.server import Server, free_port
from tests.serving import serving
from tests.world import World

TOKEN = "a-token-of-some-length"


def environment(uri: str, toml: Path, **more: str) -> dict[str, str]:
    home = {"BATCH_ZERO_HOME": str(toml.parent / "home")}
    return {**os.environ, "MLFLOW_TRACKING_URI": uri, "BATCH_ZERO_EXPERIMENT": str(toml), **home, **more}


def lines(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def problem_of(answer: requests.Response) -> dict[str, Any]:
    """What RFC 9457 wants, of an answer that is one."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["type"], problem["status"]) == ("about:blank", answer.status_code)
    assert (problem["title"], problem["instance"]) == (answer.reason, answer.headers["X-Request-ID"])
    return problem


@pytest.mark.slow
def test_without_a_token_everything_is_open(store: World, toml: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with serving(environment(store.uri, toml, BATCH_ZERO_LOG="json"), log) as url:
        assert requests.get(f"{url}/healthz", timeout=120).json() == {"status": "alive"}
        assert requests.get(f"{url}/readyz", timeout=120).json() == {"status": "ready"}
        story = requests.get(f"{url}/api/report", timeout=120)
        assert [batch["decision"] for batch in story.json()["batches"]] == ["BASELINE"]
        for answer in (story, requests.get(url, timeout=120)):
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-ID"])
        looked = requests.get(f"{url}/api/doctor", timeout=120).json()
        assert (looked["healthy"], looked["batches"]["gate"]) == (True, [0])
        given = requests.get(f"{url}/api/report", headers={"X-Request-ID": "from-ci.7"}, timeout=120)
        assert given.headers["X-Request-ID"] == "from-ci.7"
        odd = requests.get(f"{url}/api/report", headers={"X-Request-ID": "a b\tc"}, timeout=120)
        assert re.fullmatch(r"[0-9a-f]{16}", odd.headers["X-Request-ID"])
        for path, status, said in (
            ("/api/nope", 404, "Not Found"),
            ("/api/report?refresh=banana", 422, "refresh: got 'banana'; "),
        ):
            wrong = requests.get(url + path, timeout=120)
            assert problem_of(wrong)["detail"].startswith(said)
            assert wrong.status_code == status
        missing = requests.get(f"{url}/api/report", params={"experiment": "../../etc"}, timeout=120)
        assert missing.status_code == 404
        assert "one of crash_triage" in problem_of(missing)["detail"]
        own = requests.get(f"{url}/api/report", params={"experiment": str(toml)}, timeout=120)
        assert own.json() == requests.get(f"{url}/api/report", timeout=120).json()
        for odd in ("/etc/passwd", "~nobody/x", "a\0b", ""):
            refused = requests.get(f"{url}/api/report", params={"experiment": odd}, timeout=120)
            assert problem_of(refused)["status"] == 404
        store.gate(1, decision="SKIP_NO_DRIFT")
        store.gate(2, decision="on \u202ehold")
        again = requests.get(f"{url}/api/report", params={"refresh": "true"}, timeout=120)
        assert [batch["batch"] for batch in again.json()["batches"]] == [0, 1, 2]
        assert "\u202e" not in again.text + again.json()["batches"][2]["notices"][0]
    logged = lines(log)
    assert {"from-ci.7", story.headers["X-Request-ID"]} <= {entry["request_id"] for entry in logged}
    assert not any("/healthz" in str(entry["message"]) for entry in logged)
    assert not any("open to everyone" in str(entry["message"]) for entry in logged)  # it listens on loopback


def test_with_a_token_programs_send_it_and_the_page_is_for_the_proxy(
    store: World, toml: Path, tmp_path: Path, browser: Browser
) -> None:
    with serving(environment(store.uri, toml, BATCH_ZERO_TOKEN=TOKEN), tmp_path / "log.txt") as url:
        assert requests.get(f"{url}/healthz", timeout=120).status_code == 200
        assert requests.get(f"{url}/readyz", timeout=120).status_code == 200
        for headers in ({}, bearer("wrong"), bearer(""), {"Authorization": TOKEN}, {"Authorization": f"Basic {TOKEN}"}):
            answer = requests.get(f"{url}/api/report", headers=headers, timeout=120)
            assert (problem_of(answer)["status"], answer.headers["WWW-Authenticate"]) == (401, "Bearer")
            assert "BASELINE" not in answer.text
        assert requests.get(f"{url}/api/report", headers=bearer(TOKEN), timeout=120).status_code == 200
        for path in ("/", "/_stcore/host-config", "/static/", "/media/x", "/api/../", "//api/report", "/Api/report"):
            assert problem_of(requests.get(url + path, headers=bearer(TOKEN), timeout=120))["status"] == 403, path
        visitor = browser.new_context(extra_http_headers={"X-Batch-Zero-Token": TOKEN}).new_page()
        visitor.goto(url)
        visitor.get_by_role("heading", name="Test experiment").wait_for(timeout=120_000)
        stranger = browser.new_context().new_page()
        assert stranger.goto(url).status == 403
        visitor.context.close()
        stranger.context.close()
    assert TOKEN not in (tmp_path / "log.txt").read_text()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.slow
def test_a_page_that_is_open_to_everyone_says_so_when_it_starts(store: World, toml: Path, tmp_path: Path) -> None:
    everywhere = ("--server.address", "0.0.0.0")
    log = tmp_path / "log.txt"
    with serving(environment(store.uri, toml), log, *PAGE, *everywhere):
        assert "this page is open to everyone who can reach it: set BATCH_ZERO_TOKEN" in log.read_text()
    with serving(environment(store.uri, toml, BATCH_ZERO_TOKEN=TOKEN), log, *PAGE, *everywhere):
        assert "open to everyone" not in log.read_text()


ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "server.py",)


def test_the_page_alone_still_shows_the_report(store: World, toml: Path, tmp_path: Path, browser: Browser) -> None:
    with serving(environment(store.uri, toml), tmp_path / "log.txt", PAGE[0].parent / "app.py") as url:
        visitor = browser.new_context().new_page()
        visitor.goto(url)
        expect(visitor.get_by_role("heading", name="Test experiment")).to_be_visible(timeout=120_000)
        visitor.context.close()


@pytest.mark.slow
def test_the_page_names_a_stylesheet_and_a_script_of_this_server(store: World, toml: Path, tmp_path: Path) -> None:
    env = environment(store.uri, toml, STREAMLIT_SERVER_BASE_URL_PATH="report")
    with serving(env, tmp_path / "log.txt", health="/healthz") as address:
        url = f"{address}/report"
        page = requests.get(f"{url}/", headers={"Accept": "text/html"}, timeout=120)
        assert page.text.count("</head>") == 1
        for name, kind in (("batch-zero.css", "text/css"), ("batch-zero.js", "text/javascript")):
            assert f'"./{name}"' in page.text
            answer = requests.get(f"{url}/{name}", timeout=120)
            assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
        assert int(page.headers["content-length"]) == len(page.content)


@pytest.fixture
def wait_for() -> Callable[[Callable[[], bool]], None]:
    def until(true: Callable[[], bool]) -> None:
        for _ in range(60):
            if true():
                return
            time.sleep(0.5)
        raise AssertionError("waited in vain")

    return until


def test_an_outage_shows_and_heals_without_a_restart(
    start: Callable[..., Server], toml: Path, tmp_path: Path, wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    port = free_port()
    tracking = start(port)
    World(f"sqlite:///{tracking.database}", tmp_path / "artifacts").gate(0, decision="BASELINE")
    address = tracking.uri.replace("://", "://ada:hunter2@")
    with serving(environment(address, toml), tmp_path / "page.txt") as url:

        def status(path: str) -> int:
            return requests.get(url + path, timeout=120).status_code

        assert (status("/readyz"), status("/api/report")) == (200, 200)
        tracking.kill()
        wait_for(lambda: status("/readyz") == 503)
        answer = requests.get(f"{url}/api/report?refresh=true", timeout=120)
        assert answer.status_code == 503
        assert f"http://ada:***@127.0.0.1:{port} cannot be reached: " in problem_of(answer)["detail"]
        anybody = requests.get(f"{url}/readyz", timeout=120)
        said = anybody.json()
        assert (said.pop("status"), said.pop("tracking")) == ("not ready", "does not answer; the log says why")
        assert said.pop("instance") == anybody.headers["X-Request-ID"]
        title, detail = "Service Unavailable", "The tracking store does not answer"
        assert said == {"type": "about:blank", "title": title, "detail": detail}
        assert status("/healthz") == 200
        start(port)
        wait_for(lambda: status("/readyz") == 200)
        wait_for(lambda: status("/api/report") == 200)
    log = (tmp_path / "page.txt").read_text()
    assert "hunter2" not in log
    assert f"batch_zero.health The MLflow store at http://ada:***@127.0.0.1:{port} cannot be reached: " in log
    assert "batch_zero.health The tracking store answers again" in log


def test_a_page_that_fails_names_the_id_under_which_the_log_has_it(
    store: World, toml: Path, tmp_path: Path, browser: Browser
) -> None:
    (tmp_path / "server.py").write_text((ROOT / "server.py").read_text("utf-8"))
    (tmp_path / "app.py").write_text("raise RuntimeError('a fault of ours')\n")
    log = tmp_path / "log.txt"
    env = environment(store.uri, toml, BATCH_ZERO_LOG="json", PYTHONPATH=str(ROOT))
    with serving(env, log, tmp_path / "server.py", "--server.address", "127.0.0.1") as url:
        visitor = browser.new_context().new_page()
        visitor.goto(url)
        said = visitor.get_by_text("This part could not be shown. Reference ").first
        expect(said).to_be_visible(timeout=120_000)
        (reference,) = re.findall(r"Reference ([0-9a-f]{16}),", said.inner_text())
        visitor.context.close()
    failed = [entry for entry in lines(log) if "page failed" in str(entry["message"])]
    assert reference in {entry["request_id"] for entry in failed}
    assert all("a fault of ours" in str(entry["exc_info"]) for entry in failed)


@pytest.mark.slow
def test_a_path_does_not_write_a_line_of_its_own_into_the_log(store: World, toml: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with serving(environment(store.uri, toml), log) as url:
        requests.get(f"{url}/api/x%0AINFO%20all%20is%20well%1b[31m", timeout=120)
    assert "GET /api/x\\nINFO all is well\\x1b[31m 404" in log.read_text()


@pytest.mark.parametrize("as_json", [False, True])
def test_a_traceback_in_the_log_holds_no_password(as_json: bool) -> None:
    script = (
        "import logging, sys; from api import logs; logs.configure(as_json=sys.argv[1] == 'True')\n"
        "try: raise OSError('no answer from http://ada:hunter2@host')\n"
        "except OSError: logging.getLogger('x').exception('went wrong')"
    )
    command = [sys.executable, "-c", script, str(as_json)]
    said = subprocess.run(command, cwd=PAGE[0].parent, capture_output=True, text=True, check=True).stderr
    assert "went wrong" in said
    assert "no answer from http://ada:***@host" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"BATCH_ZERO_TOKEN": "short"}, "BATCH_ZERO_TOKEN: expected at least 16 ASCII characters without blanks"),
        ({"BATCH_ZERO_LOG": "xml"}, "BATCH_ZERO_LOG: got 'xml', expected text or json"),
        (
            {"BATCH_ZERO_OIDC_CLIENT_ID": "x"},
            "BATCH_ZERO_OIDC_CLIENT_SECRET, BATCH_ZERO_OIDC_COOKIE_SECRET, BATCH_ZERO_OIDC_METADATA_URL, "
            "BATCH_ZERO_OIDC_REDIRECT_URI: got nothing, expected a value each, because other BATCH_ZERO_OIDC_* are set",
        ),
    ],
)
def test_a_setting_that_would_leave_the_door_open_is_refused(env: dict[str, str], said: str) -> None:
    import settings

    with pytest.raises(settings.SettingsError) as caught:
        settings.read(env)
    assert str(caught.value) == said
