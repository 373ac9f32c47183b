"""What MLflow, databases and disks raise, as a sentence."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy
from mlflow.exceptions import MlflowException

from mlflow_io.errors import DiskFull, TrackingError, TrackingUnreachable, reaching

URI = "sqlite:///mlflow.db"
SAID = f"The disk is full, which the MLflow store at {URI} needs: "


def told(of: type[TrackingError], what: object) -> str:
    with pytest.raises(of) as caught, reaching(URI):
        what()  # type: ignore[operator]
    return str(caught.value)


def test_a_full_disk_is_no_store_that_is_away() -> None:
    """Linux has a device that is always full."""
    assert told(DiskFull, lambda: Path("/dev/full").write_text("a")) == f"{SAID}[Errno 28] No space left on device"


def test_neither_is_a_database_that_cannot_grow(tmp_path: Path) -> None:
    def grow() -> None:
        with closing(sqlite3.connect(tmp_path / "small.db")) as connection:
            connection.execute("PRAGMA max_page_count = 2")
            connection.execute("CREATE TABLE rows (value TEXT)")
            connection.execute("INSERT INTO rows VALUES (?)", ("x" * 100_000,))

    assert told(DiskFull, grow) == f"{SAID}database or disk is full"


def test_nor_one_that_sqlalchemy_writes(tmp_path: Path) -> None:
    def grow() -> None:
        with sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'small.db'}").begin() as connection:
            connection.execute(sqlalchemy.text("PRAGMA max_page_count = 2"))
            connection.execute(sqlalchemy.text("CREATE TABLE rows (value TEXT)"))
            connection.execute(sqlalchemy.text("INSERT INTO rows VALUES (:value)"), {"value": "x" * 100_000})

    assert told(DiskFull, grow) == f"{SAID}(sqlite3.OperationalError) database or disk is full"


def test_what_mlflow_says_of_a_full_disk_is_understood() -> None:
    def download() -> None:
        heading = "The following failures occurred while downloading one or more artifacts from models:/x:\n"
        raise MlflowException(f"{heading}##### File model.skops #####\n[Errno 28] No space left on device\n")

    assert told(DiskFull, download) == f"{SAID}model.skops: [Errno 28] No space left on device"


def test_another_fault_of_a_disk_is_told_as_before() -> None:
    assert "cannot be reached: [Errno 2] No such file" in told(TrackingUnreachable, lambda: Path("/none/x").read_text())
