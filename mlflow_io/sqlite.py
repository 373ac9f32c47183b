"""A SQLite store on a read-only connection: nothing can change the file, and no MLflow client migrates it."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from mlflow_io.client import sqlite_path
from mlflow_io.errors import StoreMissing, TrackingUnreachable
from mlflow_io.source import Source
from mlflow_io.sql import SqlSource

BUSY_S = 5.0
"""How long a reader waits for a writer that holds the file."""


@contextmanager
def open_sqlite(uri: str) -> Iterator[Source]:
    """Raises StoreMissing, SchemaUnknown or TrackingUnreachable."""
    path = sqlite_path(uri)
    if path is None or not path.is_file():
        raise StoreMissing(uri)
    try:
        # One thread at a time may use it, and not always the same one.
        opened = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_S, check_same_thread=False
        )
        with closing(opened) as connection:
            yield SqliteSource(uri, path, connection)
    except sqlite3.Error as error:
        raise TrackingUnreachable(uri, error) from error


class SqliteSource(SqlSource):
    def __init__(self, uri: str, path: Path, connection: sqlite3.Connection) -> None:
        super().__init__(uri, SqliteDatabase(connection))
        self._path, self._connection = path, connection
        self._file, self._version = path.stat(), self._data_version()

    def changed(self, *, thoroughly: bool) -> bool:
        """SQLite knows whether anybody else has written. Raises StoreMissing or TrackingUnreachable where the file is
        not the one that was opened."""
        try:
            there = self._path.stat()
        except FileNotFoundError:
            raise StoreMissing(self.uri) from None
        except OSError as error:
            raise TrackingUnreachable(self.uri, error) from error
        if not os.path.samestat(self._file, there):
            raise TrackingUnreachable(self.uri, "another file has taken its place")
        before, self._version = self._version, self._data_version()
        return thoroughly or self._version != before

    def _data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])


class SqliteDatabase:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, query: str, values: Sequence[Any] = ()) -> Iterable[Sequence[Any]]:
        return self._connection.execute(query, values)

    def columns(self, table: str) -> set[str]:
        return {row[0] for row in self.rows("SELECT name FROM pragma_table_info(?)", (table,))}
