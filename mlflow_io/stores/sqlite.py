"""A SQLite store on a read-only connection: nothing can change the file, and no MLflow client migrates it."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from batch_zero.storage.regular import NotRegular, check
from mlflow_io.artifacts import places
from mlflow_io.client import sqlite_path
from mlflow_io.errors import SchemaUnknown, StoreMissing, TrackingUnreachable
from mlflow_io.stores import embedded
from mlflow_io.stores.base import Answer, ArtifactPlace
from mlflow_io.stores.sql import SqlStore
from mlflow_io.stores.sql_rows import first
from mlflow_io.stores.tuning import USUAL, Tuning

HALF_MADE = "an interrupted start left it half-made, with nothing in it; the next run makes it anew"
KILLED = (
    "a program was killed while it wrote to it, which only one that may write can put right: open it once with the "
    "MLflow it belongs to, or with `sqlite3 {name} .tables`"
)
UNREADABLE_LOG = (
    "what was written last is in {name}-wal, which cannot be read where nothing may be written: end the program that "
    "writes to it, or copy both files into a folder of your own"
)


@contextmanager
def open_sqlite(uri: str, tuning: Tuning = USUAL) -> Iterator["SqliteStore"]:
    """Raises StoreMissing, SchemaUnknown or TrackingUnreachable; OSError where the file may not be looked at."""
    path = sqlite_path(uri)
    if path is None or not path.exists():
        raise StoreMissing(uri)
    try:
        check(path)
        at_rest = is_at_rest(path)
        with closing(_connection(path, tuning.busy_s, at_rest=at_rest)) as connection:
            yield _store(uri, path, connection, at_rest=at_rest)
    except NotRegular as error:
        raise TrackingUnreachable(uri, str(error.strerror)) from error
    except sqlite3.Error as error:
        raise TrackingUnreachable(uri, _explained(path, error)) from error


def _store(uri: str, path: Path, connection: sqlite3.Connection, *, at_rest: bool) -> "SqliteStore":
    try:
        return SqliteStore(uri, path, connection, at_rest=at_rest)
    except SchemaUnknown:
        if embedded.is_ours(path) and embedded.is_half_made(path):
            raise StoreMissing(uri, HALF_MADE) from None
        raise


def _connection(path: Path, busy_s: float, *, at_rest: bool) -> sqlite3.Connection:
    """One thread at a time may use it, and not always the same one."""
    mode = "immutable=1" if at_rest else "mode=ro"
    opened = sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True, timeout=busy_s, check_same_thread=False)
    try:
        opened.execute("SELECT 1 FROM sqlite_master")
    except sqlite3.Error as error:
        if error.sqlite_errorname != "SQLITE_READONLY_ROLLBACK" or not embedded.is_ours(path):
            opened.close()
            raise
        embedded.roll_back(path)
    return opened


def _explained(path: Path, error: sqlite3.Error) -> str:
    """What SQLite means where it cannot open a file that is there."""
    what = getattr(error, "sqlite_errorname", "")
    if what in {"SQLITE_READONLY_ROLLBACK", "SQLITE_READONLY_RECOVERY"}:
        return KILLED.format(name=path.name)
    if what.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")) and _beside(path, "-wal").exists():
        return UNREADABLE_LOG.format(name=path.name)
    return str(error)


def is_at_rest(path: Path) -> bool:
    """Whether it is in write-ahead mode and nobody has it open. SQLite would leave two files beside it to read it, and
    fail where it may not, unless it is told that the file will not change."""
    with path.open("rb") as file:
        write_ahead = file.read(20)[18:] == b"\2\2"
    return write_ahead and not _beside(path, "-shm").exists() and not _size(_beside(path, "-wal"))


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


class SqliteStore(SqlStore):
    def __init__(self, uri: str, path: Path, connection: sqlite3.Connection, *, at_rest: bool) -> None:
        self._file, self._path, self._at_rest = path.stat(), path, at_rest
        super().__init__(uri, SqliteDatabase(connection, self._expect_rest if at_rest else None))
        self._connection = connection
        self._version = self._data_version()

    def has_changed(self) -> bool:
        """SQLite knows whether anybody else has written. Raises StoreMissing or TrackingUnreachable where the file is
        not the one that was opened."""
        self._expect_same_file()
        before, self._version = self._version, self._data_version()
        return self._version != before

    def has_changed_at_all(self) -> bool:
        self.has_changed()
        return True

    def _expect_same_file(self) -> None:
        try:
            there = self._path.stat()
        except FileNotFoundError:
            raise StoreMissing(self.uri) from None
        except OSError as error:
            raise TrackingUnreachable(self.uri, error) from error
        if not os.path.samestat(self._file, there):
            raise TrackingUnreachable(self.uri, "another file has taken its place")
        if self._at_rest:
            self._expect_rest()

    def artifact_place(self, run_id: str) -> Answer[ArtifactPlace]:
        home = self._path.resolve().parent
        row = first(self._database, "SELECT experiment_id FROM runs WHERE run_uuid = ?", (run_id,))
        homes = (home, *(home / name for name in places.BESIDE))
        beside = places.bases(homes, places.plain(row[0]) if row else None)
        return Answer(ArtifactPlace(super().artifact_place(run_id).content.root, beside))

    def _data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def _expect_rest(self) -> None:
        """SQLite was told that the file does not change, and does not look."""
        there = self._path.stat()
        same = (there.st_mtime_ns, there.st_size) == (self._file.st_mtime_ns, self._file.st_size)
        if not same or not is_at_rest(self._path):
            raise TrackingUnreachable(self.uri, "somebody began to write to it while it was read; try again")


class SqliteDatabase:
    """after: what is done when a query was answered, for it to be believed."""

    def __init__(self, connection: sqlite3.Connection, after: Callable[[], None] | None = None) -> None:
        self._connection, self._after = connection, after

    def rows(self, query: str, values: Sequence[Any] = ()) -> Iterable[Sequence[Any]]:
        found = self._found(query, values)
        if self._after is not None:
            self._after()
        return found

    def _found(self, query: str, values: Sequence[Any]) -> list[Sequence[Any]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):
                raise
        # Some text is not UTF-8. From now on such letters are replaced, which costs a call for every text.
        self._connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        return self._connection.execute(query, values).fetchall()

    def columns(self, table: str) -> set[str]:
        return {row[0] for row in self.rows("SELECT name FROM pragma_table_info(?)", (table,))}
