"""By which names the page and the API may be asked, and where they are below a base path."""

import json
import socket
import time
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from api import hosts
from settings import SettingsError
from tests.api.test_server import TOKEN, bearer, environment, problem_of
from tests.serving import serving
from tests.world import World


def answered(address: str, head: str) -> tuple[int, str]:
    """Status and body of a request that is written out here, for what no client would send."""
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=120) as opened:
        opened.sendall((head.replace("\n", "\r\n") + "\r\nConnection: close\r\n\r\n").encode("latin-1"))
        said = b""
        while more := opened.recv(65536):
            said += more
    top, _, body = said.partition(b"\r\n\r\n")
    return int(top.split()[1]), body.decode()


def websocket(url: str, host: str) -> int:
    port = url.rpartition(":")[2]
    raw = socket.create_connection(("127.0.0.1", int(port)), timeout=120)
    try:
        with connect(f"ws://{host}/_stcore/stream", sock=raw, open_timeout=120):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def test_only_this_machines_own_names_are_answered_to(
    store: World,
    toml: Path,
    tmp_path: Path,
    browser: Browser,
) -> None:
    with serving(environment(store.uri, toml), tmp_path / "log.txt") as url:
        port = url.rpartition(":")[2]
        for host in ("localhost", f"LOCALHOST.:{port}", f"127.0.0.1:{port}", "[::1]:80", "[0:0:0:0:0:0:0:1]"):
            assert answered(url, f"GET /api/report HTTP/1.1\nHost: {host}")[0] == 200, host
        for host in ("localhost:", "127.0.0.1:", "[::1]:"):  # a port may be empty (RFC 3986)
            assert answered(url, f"GET /api/report HTTP/1.1\nHost: {host}")[0] == 200, host
            assert websocket(url, host) == 101, host
        for path in ("/", "/api/report", "/api/openapi.json", "/_stcore/health", "/_stcore/host-config", "/media/x"):
            status, body = answered(url, f"GET {path} HTTP/1.1\nHost: evil.example:{port}")
            assert (status, "BASELINE" in body, "evil.example" in body) == (421, False, True), path
        problem = json.loads(answered(url, "GET /api/report HTTP/1.1\nHost: evil.example")[1])
        assert (problem["status"], problem["title"]) == (421, "Misdirected Request")
        assert problem["detail"] == (
            "This server does not answer to the host name evil.example. If it should, add the name to "
            "STREAMLIT_SERVER_ALLOWED_HOSTS (ALLOWED_HOSTS in .env of the compose stack) and start it again."
        )
        for head in (
            "Host: localhost\nHost: evil.example",
            "Host: evil.example\nHost: localhost",
            "Host: localhost, evil.example",
            "Host: localhost@evil.example",
            "Host: evil.example#localhost",
            "Host: localhost:port",
            "Host: [::1",
            "Host: [fe80::1%25eth0]",
            "Host: *",
            "Host: localhost\u00e9",
            "Host:",
            "X-Forwarded-Host: localhost",
        ):
            assert answered(url, f"GET /api/report HTTP/1.1\n{head}")[0] == 400, head
        assert answered(url, f"GET {url}/api/report HTTP/1.1\nHost: evil.example")[0] == 421
        assert answered(url, "GET /api/report HTTP/1.1\nHost: evil.example\nX-Forwarded-Host: localhost")[0] == 421
        for path in ("/healthz", "/readyz"):
            assert answered(url, f"GET {path} HTTP/1.1\nHost: 10.1.2.3:8501")[0] == 200
        assert (websocket(url, f"localhost:{port}"), websocket(url, f"evil.example:{port}")) == (101, 403)
        page = browser.new_context().new_page()
        page.goto(f"http://localhost:{port}")
        page.get_by_role("heading", name="Test experiment").wait_for(timeout=120_000)
        page.context.close()


@pytest.mark.slow
def test_one_setting_is_for_the_page_and_the_api(store: World, toml: Path, tmp_path: Path) -> None:
    given = {"STREAMLIT_SERVER_ALLOWED_HOSTS": "tools.example.com *.example.org"}
    with serving(environment(store.uri, toml, **given), tmp_path / "log.txt") as url:
        for host, status in (
            ("tools.example.com", 200),
            ("Tools.Example.COM.:8443", 200),
            ("a.b.example.org", 200),
            ("example.org", 421),
            ("evilexample.org", 421),
            ("tools.example.com.evil.example", 421),
            ("localhost", 200),
            ("127.0.0.1:1", 200),
            ("[::1]", 200),
            ("localhost.evil.example", 421),
            ("192.0.2.7", 421),
        ):
            assert answered(url, f"GET /api/report HTTP/1.1\nHost: {host}")[0] == status, host
            assert answered(url, f"GET / HTTP/1.1\nHost: {host}")[0] == status, host
            assert websocket(url, host) == {200: 101, 421: 403}[status], host


def test_the_address_that_is_listened_on_is_one_of_the_names(
    store: World,
    toml: Path,
    tmp_path: Path,
    browser: Browser,
) -> None:
    given = {"STREAMLIT_SERVER_ALLOWED_HOSTS": "tools.example.com"}
    with serving(environment(store.uri, toml, **given), tmp_path / "log.txt") as url:
        page = browser.new_context().new_page()
        page.goto(url)
        page.get_by_role("heading", name="Test experiment").wait_for(timeout=120_000)
        page.context.close()


@pytest.mark.parametrize(
    ("given", "address", "names"),
    [
        ([], None, ("localhost", "127.0.0.1", "::1")),
        ([], "0.0.0.0", ("localhost", "127.0.0.1", "::1")),
        ([], "::", ("localhost", "127.0.0.1", "::1")),
        (["a.example"], "192.0.2.7", ("localhost", "127.0.0.1", "::1", "a.example", "192.0.2.7")),
        (["A.example., b.example", "[::1]"], "localhost", ("localhost", "127.0.0.1", "::1", "a.example", "b.example")),
        (["*"], None, ("localhost", "127.0.0.1", "::1", "*")),
    ],
)
def test_what_is_allowed(given: list[str], address: str | None, names: tuple[str, ...]) -> None:
    assert hosts.allowed(given, address) == names


@pytest.mark.parametrize(
    "name", ["https://a.example", "a.example:80", "a.example/report", "*example.org", "a.*", "ä.example"]
)
def test_a_name_that_would_never_fit_is_refused(name: str) -> None:
    with pytest.raises(
        SettingsError, match=r"^STREAMLIT_SERVER_ALLOWED_HOSTS: got .*, expected names like tools.example.org, "
    ):
        hosts.allowed([name], None)


@pytest.mark.slow
@pytest.mark.parametrize("base", ["report", "/tools/report/"])
def test_below_a_base_path_the_watchers_and_the_api_answer_too(
    store: World,
    toml: Path,
    tmp_path: Path,
    base: str,
) -> None:
    below = f"/{base.strip('/')}"
    given = {"STREAMLIT_SERVER_BASE_URL_PATH": base, "BATCH_ZERO_TOKEN": TOKEN}
    log = tmp_path / "log.txt"
    with serving(environment(store.uri, toml, **given), log, health="/healthz") as url:
        for path, said in (("/healthz", {"status": "alive"}), ("/readyz", {"status": "ready"})):
            for place in (path, below + path):
                assert requests.get(url + place, timeout=120).json() == said
            assert requests.post(url + below + path, timeout=120).status_code == 405
        for place in ("/api/report", f"{below}/api/report"):
            assert requests.get(url + place, timeout=120).status_code == 401
            told = requests.get(url + place, headers=bearer(TOKEN), timeout=120).json()
            assert [batch["decision"] for batch in told["batches"]] == ["BASELINE"]
        unknown = requests.get(f"{url}{below}/api/nope", headers=bearer(TOKEN), timeout=120)
        assert problem_of(unknown)["detail"] == "Not Found"
        # What is none of ours stays the page's, and is not opened by looking like ours.
        for place in (f"{below}/", f"{below}/healthz/x", f"{below}{below}/readyz", f"{below}x/readyz", f"{below}/apis"):
            assert requests.get(url + place, headers=bearer(TOKEN), timeout=120).status_code == 403, place
        store_file = Path(store.uri.removeprefix("sqlite:///"))
        store_file.rename(store_file.with_suffix(".away"))
        for _ in range(120):
            answer = requests.get(f"{url}{below}/readyz", timeout=120)
            if answer.status_code == 503:
                break
            time.sleep(0.5)
        assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
