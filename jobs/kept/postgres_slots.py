"""Slots as locks of a PostgreSQL server, which sees the workers of all machines. They are a session's: a pooler between
has to keep sessions (PgBouncer's ``pool_mode = session``)."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from batch_zero.secrets import masked
from jobs.errors import JobsUnreachable
from jobs.kept.slots import taken

if TYPE_CHECKING:
    from psycopg import Connection

OURS = 0x425A
"""The first of a lock's two numbers, so that they are nobody else's."""

CONNECTING: dict[str, Any] = {"connect_timeout": 5, "autocommit": True, "prepare_threshold": None}


class PostgresSlots:
    def __init__(self, address: str) -> None:
        self._address = address
        self._mine: Connection[Any] | None = None

    @contextmanager
    def held(self, slot: int) -> Iterator[None]:
        with self._connected() as connection:
            ((got,),) = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (OURS, slot)).fetchall()
            if not got:
                raise taken(slot)
            before, self._mine = self._mine, connection
            try:
                yield
            finally:
                self._mine = before  # the lock goes with the connection

    def holders(self) -> Collection[int]:
        with self._connected() as connection:
            found = connection.execute(
                "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                (OURS,),
            )
            return {int(slot) for (slot,) in found}

    def check(self) -> None:
        import psycopg

        if self._mine is not None:
            try:
                self._mine.execute("SELECT 1")
            except psycopg.Error as error:
                raise _unreachable(error) from None

    @contextmanager
    def _connected(self) -> Iterator["Connection[Any]"]:
        import psycopg

        try:
            connection = psycopg.connect(self._address, **CONNECTING)
        except psycopg.Error as error:
            raise _unreachable(error) from None
        try:
            with connection:
                yield connection
        except psycopg.OperationalError as error:
            raise _unreachable(error) from None


def _unreachable(error: Exception) -> JobsUnreachable:
    return JobsUnreachable(masked(f"The queue of jobs: PostgreSQL does not answer ({str(error).strip()})"))
