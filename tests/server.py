"""A real ``mlflow server`` on a free port."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Server:
    uri: str
    process: subprocess.Popen[bytes]
    database: Path

    def wait(self) -> None:
        """Until it answers."""
        log = self.database.parent / "log.txt"
        for _ in range(600):
            assert self.process.poll() is None, log.read_text()
            try:
                with urllib.request.urlopen(f"{self.uri}/health", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(log.read_text())

    def kill(self) -> None:
        """With its worker, and no chance to say goodbye."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(120)


@contextmanager
def running(folder: Path, database: Path, port: int | None = None) -> Iterator[Server]:
    """On a copy of ``database``, unless the folder has one already; killed at the end, if it was not before."""
    server = _started(folder, database, port)
    try:
        server.wait()
        yield server
    finally:
        server.kill()


def _started(folder: Path, database: Path, port: int | None) -> Server:
    if not (folder / "mlflow.db").exists():
        shutil.copy(database, folder / "mlflow.db")
    port = port or free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    env = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    # Without mlflow[auth] the server tries to import it in every search, and compiles it each time if told so.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    return Server(f"http://127.0.0.1:{port}", process, folder / "mlflow.db")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def empty(database: Path) -> None:
    """As a migrated store without an experiment; whoever has it open sees that."""
    with closing(sqlite3.connect(database, timeout=30)) as store:
        tables = store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in tables:
            if name != "alembic_version":
                store.execute(f'DELETE FROM "{name}"')
        store.commit()
