"""Addresses that nobody can use, through the drivers that try: no piece of a password in what is said of it."""

import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.logs import Clean
from baseline import __main__ as baseline
from batch_zero import secrets
from mlflow_io.errors import TrackingError
from mlflow_io.history import read_history
from report import __main__ as report
from tests.world import NAMES

ROOT = Path(__file__).resolve().parents[2]
HERE = "127.0.0.1:9/db"
"""Where nobody listens."""

PARTS = ("Zq7v", "Wx9k", "4471")
ADDRESSES = {
    "at": f"postgresql://ada:Zq7v@Wx9k@{HERE}",
    "hash": f"postgresql://ada:Zq7v#Wx9k@{HERE}",
    "question mark": f"postgresql://ada:Zq7v?Wx9k@{HERE}",
    "question mark and equals": f"postgresql://ada:Zq7v?a=Wx9k@{HERE}",
    "blank": f"postgresql://ada:Zq7v Wx9k@{HERE}",
    "line break": f"postgresql://ada:Zq7v\nWx9k@{HERE}",
    "digits and slash": f"postgresql://ada:4471/Wx9k@{HERE}",
    "slash": f"postgresql://ada:Zq7v/Wx9k@{HERE}",
    "colon": f"postgresql://ada:Zq7v:Wx9k@{HERE}",
    "percent": f"postgresql://ada:Zq7v%Wx9k@{HERE}",
    "percent that is no escape": f"postgresql://ada:Zq7v%zzWx9k@{HERE}",
    "percent escape": f"postgresql://ada:Zq7v%40Wx9k@{HERE}",
    "bracket": f"postgresql://ada:Zq7v[Wx9k@{HERE}",
    "quote": f"postgresql://ada:Zq7v'Wx9k@{HERE}",
    "no scheme": f"ada:Zq7vWx9k@{HERE}",
    "no slashes": f"postgresql:ada:Zq7vWx9k@{HERE}",
    "one slash": f"postgresql:/ada:Zq7vWx9k@{HERE}",
    "no host": "postgresql://ada:Zq7vWx9k/db",
    "key": f"postgresql://{HERE}?sslkey=Zq7vWx9k&sslcert=x&sslmode=require",
    "key's password": f"postgresql://{HERE}?sslpassword=Zq7vWx9k&unheard=1",
    "password as parameter": f"postgresql://{HERE}?user=ada&password=Zq7v@Wx9k#x",
    "settings of libpq": "host=127.0.0.1 port=9 user=ada password='Zq7v Wx9k'",
    "databricks": "databricks://ada:Zq7vWx9k@host",
    "databricks without a host": "databricks://token:Zq7vWx9k",
    "unity catalog": "uc:ada:Zq7vWx9k@host",
    "mysql": f"mysql+pymysql://ada:Zq7v@Wx9k@{HERE}",
    "mysql and hash": f"mysql://ada:Zq7v#Wx9k@{HERE}",
    "mssql": f"mssql+pyodbc://ada:Zq7v/Wx9k@{HERE}",
    "sqlite": "sqlite://ada:Zq7vWx9k@host/x.db",
    "unheard of": "redis://ada:Zq7v@Wx9k@host:1/x",
    "file": "file://ada:Zq7vWx9k@host/x",
    "http, at": f"http://ada:Zq7v@Wx9k@{HERE}",
    "http, hash": f"http://ada:Zq7v#Wx9k@{HERE}",
    "http, question mark": f"http://ada:Zq7v?Wx9k@{HERE}",
    "http, blank": f"http://ada:Zq7v Wx9k@{HERE}",
    "http, slash": f"http://ada:Zq7v/Wx9k@{HERE}",
    "http, digits and slash": f"http://ada:4471/Wx9k@{HERE}",
    "http, brackets": f"http://ada:Zq7v[Wx9k]@{HERE}",
    "http, backslash": f"http://ada:Zq7v\\Wx9k@{HERE}",
    "http, beyond ASCII": f"http://ada:Zq7vé@Wx9k@{HERE}",
    "http, longer than a message": f"http://ada:Zq7v@{'Wx9k' * 90}@{HERE}",
    "http, a token": f"https://Zq7vWx9k@{HERE}",
}
each = pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)


def betrayed(text: str) -> list[str]:
    return [part for part in PARTS if part.casefold() in text.casefold()]


@pytest.fixture(autouse=True)
def only_what_comes_from_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BATCH_ZERO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.chdir(tmp_path)


def test_the_parts_do_stand_in_the_addresses() -> None:
    assert all(betrayed(address) for address in ADDRESSES.values())


@each
def test_a_reader_says_nothing_of_it(address: str) -> None:
    with pytest.raises(TrackingError) as caught:
        read_history(address, NAMES)
    assert betrayed(str(caught.value)) == []
    assert "\n" not in str(caught.value)


@each
@pytest.mark.parametrize("program", ["report", "doctor", "baseline"])
def test_a_program_ends_with_a_sentence_that_says_nothing_of_it(
    program: str, address: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    programs: dict[str, Callable[[], int]] = {
        "report": lambda: report.main(["--mlflow-tracking-uri", address]),
        "doctor": lambda: report.main(["doctor", "--mlflow-tracking-uri", address]),
        "baseline": lambda: baseline.main(["--mlflow-tracking-uri", address, "--data", str(tmp_path / "t.csv")]),
    }
    code = programs[program]()
    said = "".join(capfd.readouterr())
    assert code == 2
    assert said.strip()
    assert betrayed(said) == []


@each
def test_a_line_of_any_library_in_the_log_says_nothing_of_it(address: str) -> None:
    secrets.keep(address)
    shown = secrets.shown(address)
    assert betrayed(shown) == []
    host = address.rpartition("@")[2].partition("/")[0]
    for line in (f"could not connect to {address}", f"no host called {address.rpartition(':')[2]!r}", f"at {host}"):
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "%s", (line,), None)
        Clean().filter(record)
        assert betrayed(record.getMessage()) == []


@pytest.mark.slow
def test_a_page_shows_neither_the_address_nor_what_a_driver_says_of_it(tmp_path: Path) -> None:
    """As a whole, in a process of its own: the page, run as Streamlit runs it."""
    script = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_file('app.py', default_timeout=120).run()\n"
        "print([each.value for kind in (page.title, page.error, page.info, page.code, page.markdown, "
        "page.caption) for each in kind])"
    )
    env = {**os.environ, "BATCH_ZERO_HOME": str(tmp_path), "MLFLOW_TRACKING_URI": ADDRESSES["percent"]}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert "cannot be shown" in done.stdout
    assert betrayed(done.stdout + done.stderr) == []


@pytest.mark.parametrize(
    "name",
    [
        *("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN", "DATABRICKS_TOKEN", "AWS_SECRET_ACCESS_KEY"),
        *("AWS_SESSION_TOKEN", "PGPASSWORD", "BATCH_ZERO_TOKEN", "BATCH_ZERO_OIDC_CLIENT_SECRET"),
    ],
)
def test_what_is_secret_in_the_environment_is_so_in_every_message(name: str) -> None:
    secrets.keep(env={name: "Zq7v/Wx+9k=="})
    assert secrets.masked("the key Zq7v/Wx+9k== and Zq7v%2FWx%2B9k%3D%3D") == "the key *** and ***"


def test_other_variables_are_no_secrets() -> None:
    secrets.keep(env={"HOME": "/home/ada", "TOKENIZERS_PARALLELISM": "false", "AWS_WEB_IDENTITY_TOKEN_FILE": "/run/t"})
    assert secrets.masked("false /home/ada /run/t") == "false /home/ada /run/t"


def test_an_address_in_another_variable_is_masked_as_well() -> None:
    secrets.keep(env={"HTTPS_PROXY": "http://ada:Zq7v#Wx9k@proxy:3128"})
    assert betrayed(secrets.masked("cannot connect to proxy 'Zq7v'")) == []


@pytest.mark.parametrize(
    "address",
    [
        *("http://localhost:5000", "http://[::1]:5000/x", "https://host/a", "sqlite:////home/ada:x/ml@flow.db"),
        *("postgresql://h1:5432,h2:5433/db", "postgresql://host:5432/db?user=ada", "/home/ada@lab/mlruns"),
        *("C:\\Users\\ada", "databricks", "file:///home/a:b@c/mlruns", ""),
    ],
)
def test_an_address_without_a_secret_is_shown_as_it_is(address: str) -> None:
    assert secrets.pieces(address) == frozenset()
    assert secrets.shown(address) == address


def test_a_password_that_everybody_tries_first_does_not_blank_our_sentences() -> None:
    secrets.keep("postgresql://mlflow:mlflow@postgres:5432/mlflow")
    sentence = 'The MLflow store at postgresql://mlflow:mlflow@postgres:5432/mlflow: no role "mlflow" on postgres'
    assert secrets.masked(sentence) == sentence.replace(":mlflow@", ":***@")


def test_a_short_password_is_masked_where_addresses_are_cut_and_not_in_words() -> None:
    secrets.keep("postgresql://ada:a@host/db")
    assert secrets.masked('a port was wanted, "a" came') == 'a port was wanted, "***" came'


def test_a_header_is_masked_whatever_is_in_it() -> None:
    said = "{'Authorization': 'Bearer abc.def', 'x': 1}"
    assert secrets.masked(said) == said.replace("abc.def", "***")


@settings(deadline=None)
@given(
    st.text(
        st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"], exclude_characters="*"),
        min_size=3,
        max_size=30,
    )
)
def test_no_word_of_any_password_is_left(password: str) -> None:
    address = f"postgresql://ada:{password}@host:5432/db"
    words = {word for word in re.split(r"\W+|_", password) if len(word) >= secrets.SHORT}
    known = {"host", "5432", "ada"} | secrets.ORDINARY
    shown = secrets.shown(address)
    assert [word for word in words if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", shown) and word not in known] == []
    said = secrets._pattern_of(secrets.pieces(address)).sub("***", f'no host "{password}" at {address!r}')
    assert f'"{password}"' not in said or password.casefold() in known
