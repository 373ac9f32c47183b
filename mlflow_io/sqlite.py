"""A SQLite store on a read-only connection: nothing can change the file, and no MLflow client migrates it."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
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
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)) as connection:
            yield SqlSource(uri, SqliteDatabase(connection))
    except sqlite3.Error as error:
        raise TrackingUnreachable(uri, error) from error


class SqliteDatabase:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, query: str, values: Sequence[Any] = ()) -> Iterable[Sequence[Any]]:
        return self._connection.execute(query, values)

    def columns(self, table: str) -> set[str]:
        return {row[0] for row in self.rows("SELECT name FROM pragma_table_info(?)", (table,))}
