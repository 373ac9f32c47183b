"""One way to a client: what it makes, and what it leaves alone."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from mlflow_io.client import connect, sqlite_path
from mlflow_io.errors import StoreMissing, TrackingUnreachable
from mlflow_io.stores.mlflow_client import open_client
from tests.conftest import ROOT

CONNECT = "import sys; from mlflow_io.client import connect; connect(sys.argv[1], create=True).search_experiments()"


@pytest.mark.slow
def test_two_processes_may_make_the_same_store_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CONNECT, f"sqlite:///{tmp_path / 'new' / 'mlflow.db'}"]
    both = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(process.communicate(timeout=120)[1], process.returncode) for process in both] == [("", 0), ("", 0)]


def test_a_store_is_only_made_where_that_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing):
        connect(f"sqlite:///{tmp_path / 'new' / 'mlflow.db'}")
    assert list(tmp_path.iterdir()) == []


def test_a_store_of_files_is_only_begun_in_an_empty_folder(tmp_path: Path) -> None:
    """A mistyped folder is no new store."""
    (tmp_path / "Runs").mkdir()
    for uri in (str(tmp_path / "runs"), (tmp_path / "runs").as_uri()):
        with pytest.raises(StoreMissing) as missing:
            connect(uri)
        assert missing.value.advised.endswith(
            f"{tmp_path}/runs (did you mean '{tmp_path}/Runs'?); to begin a new store of files there, make the folder "
            f"first: mkdir -p {tmp_path}/runs"
        )
    assert [path.name for path in tmp_path.iterdir()] == ["Runs"]
    with pytest.raises(TrackingUnreachable, match="holds other things than an MLflow store"):
        connect(str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["Runs"]
    connect(str(tmp_path / "Runs")).create_experiment("first")
    connect(str(tmp_path / "Runs"))


def test_a_folder_on_another_machine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TrackingUnreachable, match="it names a folder on another machine; file:///path is one on this"):
        connect(f"file://host{tmp_path}/mlruns")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("asked", [connect, open_client])
@pytest.mark.parametrize(
    ("uri", "driver"), [("mysql://u@127.0.0.1/db", "MySQLdb"), ("mssql+pyodbc://u@127.0.0.1/db", "pyodbc")]
)
def test_a_driver_that_is_not_installed_is_named_with_those_that_are(
    asked: Callable[[str], object], uri: str, driver: str
) -> None:
    sentence = f"driver {driver} is not installed; only those of SQLite and PostgreSQL come with this program"
    with pytest.raises(TrackingUnreachable, match=sentence), ExitStack() as stack:
        stack.enter_context(asked(uri))


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("sqlite:////a/b.db", Path("/a/b.db")),
        ("sqlite:///b.db", Path("b.db")),
        ("sqlite:////a #1, 50%/b.db", Path("/a #1, 50%/b.db")),
        ("sqlite:////a/b.db?timeout=1", Path("/a/b.db")),
        ("sqlite:///file:/a/b%20c.db?mode=ro&uri=true", Path("/a/b c.db")),
        ("sqlite+pysqlite:////a/b.db", Path("/a/b.db")),
        ("sqlite:///:memory:", None),
        ("sqlite://", None),
        ("postgresql://host/db", None),
        ("http://host", None),
    ],
)
def test_the_file_behind_a_uri(uri: str, path: Path | None) -> None:
    assert sqlite_path(uri) == path
