"""A PostgreSQL store, read in read-only transactions."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mlflow_io.errors import TrackingUnreachable
from mlflow_io.stores.sql import SqlStore

if TYPE_CHECKING:
    from psycopg import Connection

SCHEMES = {"postgresql", "postgres"}
CONNECTING: dict[str, Any] = {"connect_timeout": 5, "autocommit": True, "prepare_threshold": None}
PATIENCE = "SET LOCAL statement_timeout = '30s'"
"""A setting lasts for one transaction, and no statement is prepared: behind PgBouncer a session is others' as well."""


def is_postgres(uri: str) -> bool:
    """With or without a driver: ``postgresql+psycopg2://`` as well."""
    return uri.partition(":")[0].partition("+")[0].lower() in SCHEMES


@contextmanager
def open_postgres(uri: str) -> Iterator["PostgresStore"]:
    """Raises SchemaUnknown or TrackingUnreachable."""
    import psycopg

    _, _, address = uri.partition("://")
    try:
        with psycopg.connect(f"postgresql://{address}", **CONNECTING) as connection:
            connection.read_only = True
            yield PostgresStore(uri, PostgresDatabase(connection))
    except psycopg.Error as error:
        raise TrackingUnreachable(uri, error) from error


class PostgresStore(SqlStore):
    run_id_column = 'r.run_uuid COLLATE "C"'

    def __init__(self, uri: str, database: "PostgresDatabase") -> None:
        super().__init__(uri, database)
        self._transactions = self._snapshot()

    def has_changed(self) -> bool:
        """PostgreSQL counts the transactions that write, in any of its databases; where none has begun or ended, all
        is as it was."""
        before, self._transactions = self._transactions, self._snapshot()
        return self._transactions != before

    def has_changed_at_all(self) -> bool:
        self.has_changed()
        return True

    def _snapshot(self) -> str:
        return str(next(iter(self._database.rows("SELECT txid_current_snapshot()")))[0])


class PostgresDatabase:
    def __init__(self, connection: "Connection[Any]") -> None:
        self._connection = connection

    def rows(self, query: str, values: Sequence[Any] = ()) -> Iterable[Sequence[Any]]:
        with self._connection.transaction():
            self._connection.execute(PATIENCE)
            return self._connection.execute(query.replace("?", "%s"), values)

    def columns(self, table: str) -> set[str]:
        query = """
            SELECT column_name FROM information_schema.columns
            WHERE table_name = ? AND table_schema = ANY (current_schemas(false))
        """
        return {row[0] for row in self.rows(query, (table,))}
