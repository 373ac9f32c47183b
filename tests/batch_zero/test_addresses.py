"""Addresses of every form, well-formed or not: whatever a driver, a log or the report says of one, no piece of its
secret is in it."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit

import pytest
import requests
import sqlalchemy
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import conninfo

from batch_zero import secrets
from mlflow_io.client import connect
from mlflow_io.errors import TrackingError, TrackingUnreachable, reaching
from report import __main__ as report

LETTERS = "QXZJqxzj79"
"""What no word of ours or of a library's has four of in a row."""

MARKS = "@#?/:% &=+;,[]\\'\"%!$^|~`<>{}()*-._c4\n"
SCHEMES = (
    *("postgresql://", "postgres://", "POSTGRESQL://", "postgresql+psycopg2://", "mysql+pymysql://", "mssql+pyodbc://"),
    *("http://", "https://", "HTTP://", " https://", "htp://", "redis://", "s3://", "file://", "sqlite://", "uc:"),
    *("postgresql:", "postgresql//", "postgresql:/", "http//", "https:", "//", "", "databricks://", "databricks-uc://"),
)
HOSTS = (
    *("127.0.0.1:9/db", "127.0.0.1:9", "[::1]:9/db", "127.0.0.1:99999/db", "/db", "127.0.0.1:9,127.0.0.1:8/db"),
    "127.0.0.1:9/db?sslmode=disable",
)
PUBLIC = "user=ada"
SETTINGS_OF_LIBPQ = "host=127.0.0.1 port=9 {} dbname=db"

words = st.text(LETTERS, min_size=4, max_size=8)
tails = st.lists(st.tuples(st.text(MARKS, min_size=1, max_size=3), words).map("".join), max_size=3).map("".join)
passwords = st.tuples(words, tails).map("".join)


def _libpq(password: str) -> str:
    return "".join(f"\\{char}" if char in "\\' \n" else char for char in password)


FORMS: dict[str, Callable[[str, str, str], str]] = {
    "user and password": lambda scheme, host, secret: f"{scheme}ada:{secret}@{host}",
    "user and escaped password": lambda scheme, host, secret: f"{scheme}ada:{quote(secret, safe='')}@{host}",
    "token": lambda scheme, host, secret: f"{scheme}{secret.replace(':', '/')}@{host}",
    "parameter": lambda scheme, host, secret: f"{scheme}{host}{'&' if '?' in host else '?'}{PUBLIC}&password={secret}",
    "parameter before another": lambda scheme, _, secret: f"{scheme}127.0.0.1:9/db?password={secret}&{PUBLIC}",
    "escaped parameter": lambda scheme, _, secret: f"{scheme}127.0.0.1:9/db?sslpassword={quote_plus(secret)}&{PUBLIC}",
    "setting": lambda _scheme, _host, secret: SETTINGS_OF_LIBPQ.format(f"password={secret}"),
    "setting in quotes": lambda _scheme, _host, secret: SETTINGS_OF_LIBPQ.format(f"password = '{_libpq(secret)}'"),
    "escaped setting": lambda _scheme, _host, secret: SETTINGS_OF_LIBPQ.format(f"password={_libpq(secret)}"),
    "setting of ODBC": lambda _scheme, _host, secret: (
        f"mssql+pyodbc:///?odbc_connect={quote_plus(f'Server=127.0.0.1;UID=ada;PWD={secret};Database=db')}"
    ),
}


@st.composite
def addresses(draw: st.DrawFn) -> tuple[str, str]:
    """An address and the secret in it."""
    form, secret = draw(st.sampled_from(sorted(FORMS))), draw(passwords)
    return FORMS[form](draw(st.sampled_from(SCHEMES)), draw(st.sampled_from(HOSTS)), secret), secret


FOUND = (
    (" http://xzqJ4+Qzd9q^$/z997xz7@127.0.0.1:9/db", "xzqJ4+Qzd9q^$/z997xz7"),
    ("postgresql//ada:Qxzj7?xZq9=J79qx@127.0.0.1:9/db", "Qxzj7?xZq9=J79qx"),
    ("https://Qx+z/J9qx7@127.0.0.1:9/", "Qx+z/J9qx7"),
    ("databricks://QxzJ+/qZ79@127.0.0.1", "QxzJ+/qZ79"),
    ("postgresql://QxzJ@79qzx/q9b7zj@127.0.0.1:9/db", "QxzJ@79qzx/q9b7zj"),
    ("host=127.0.0.1 password=Qx\\ zj9Zq dbname=x", "zj9Zq"),
    ('postgresql//127.0.0.1/mlf?user=ada&password=Qxz/"9ZqJ,?7JqxZ', 'Qxz/"9ZqJ,?7JqxZ'),
    ("postgresql://ada:Qxzj%c4z7q9@127.0.0.1:9/db", "Qxzj%c4z7q9"),
    ("postgresql://ada:777J\n7777?7777@127.0.0.1:9/db", "777J\n7777?7777"),
)


def betrayed(secret: str, text: str) -> list[str]:
    pieces = {secret[place : place + 4].casefold() for place in range(len(secret) - 3)}
    return sorted(piece for piece in pieces if sum(map(str.isalnum, piece)) >= 3 and piece in text.casefold())


def every_found(test: Callable[..., None]) -> Callable[..., None]:
    for given_address in FOUND:
        test = example(given_address)(test)
    return test


def said_of(address: str) -> Iterator[str]:
    """By those who are asked to read it."""
    readers: tuple[Callable[[str], object], ...] = (
        conninfo.conninfo_to_dict,
        sqlalchemy.create_engine,
        lambda text: urlsplit(text).port,
        lambda text: requests.Request("GET", text).prepare(),
    )
    for read in readers:
        try:
            read(address)
        except Exception as error:
            yield from (str(error), repr(error))


@pytest.fixture(autouse=True)
def only_what_comes_from_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BATCH_ZERO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")
    monkeypatch.chdir(tmp_path)


def forget() -> None:
    secrets._in_force, secrets._pattern = frozenset(), None


@pytest.mark.slow
@every_found
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(addresses())
def test_no_piece_of_a_secret_is_in_what_is_said_of_its_address(given_address: tuple[str, str]) -> None:
    address, secret = given_address
    forget()
    assert betrayed(secret, secrets.shown(address)) == []
    secrets.keep(address, env={})
    for said in (f"no store at {address}, or none that answers", *said_of(address)):
        assert betrayed(secret, secrets.masked(said)) == []
        assert betrayed(secret, str(TrackingUnreachable(address, said))) == []
        record = logging.getLogRecordFactory()("x", logging.INFO, "", 1, "%s", (said,), None)
        assert betrayed(secret, logging.Formatter().format(record)) == []


@pytest.mark.slow
@every_found
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(addresses())
def test_no_piece_of_a_secret_is_in_what_a_program_prints(
    capfd: pytest.CaptureFixture[str], given_address: tuple[str, str]
) -> None:
    address, secret = given_address
    forget()
    code = report.main([f"--mlflow-tracking-uri={address}"])
    said = "".join(capfd.readouterr())
    assert (code, betrayed(secret, said)) == (2, [])


@pytest.mark.parametrize("address", [address for address, _ in FOUND if "://" in address])
def test_who_writes_ends_with_a_sentence_as_well(address: str) -> None:
    secret = dict(FOUND)[address]
    with pytest.raises(TrackingError) as caught, reaching(address):
        connect(address).search_experiments()
    assert betrayed(secret, str(caught.value)) == []


def test_a_traceback_in_a_librarys_own_log_holds_no_secret(capfd: pytest.CaptureFixture[str]) -> None:
    secrets.keep("postgresql://ada:Qxzj@7xZq9@127.0.0.1:9/db", env={})
    library = logging.getLogger("a.library.of.its.own")
    library.addHandler(logging.StreamHandler())
    try:
        raise OSError("no host called 7xZq9")
    except OSError:
        library.exception("connecting as %s", "ada:Qxzj@7xZq9")
    said = capfd.readouterr().err
    assert "no host called ***" in said
    assert betrayed("Qxzj@7xZq9", said) == []


def test_hostile_text_is_masked_in_a_moment() -> None:
    """Each of these would take minutes if the time grew with the square of the length."""
    for text in ("a-" * 200_000, "://" * 100_000, "password" * 50_000, "a:" * 200_000, "token=" * 50_000):
        assert secrets.masked(text)
