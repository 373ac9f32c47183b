"""The database that jobs are kept in: made ready for DBOS, opened when it is first asked, and what it cannot do said in
one sentence. DBOS waits for ever for a SQLite file that somebody has locked; here it is looked at first."""

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batch_zero.secrets import masked, shown
from batch_zero.text import one_line
from jobs.errors import JobsAddress, JobsError, JobsUnreachable
from jobs.kept.postgres_slots import PostgresSlots
from jobs.kept.remarks import DBOS, SELDOM
from jobs.kept.slots import FileSlots, Slots

if TYPE_CHECKING:
    from dbos import DBOSClient, EnqueueOptions

APP, QUEUE, FUNCTION, VERSION = "batch-zero", "jobs", "job", "1"
"""What DBOS knows ours by. VERSION is said by hand: by default it is a hash of the source, and after a change of it no
worker takes up what one of before had begun. Raise it only where what is stored changes its meaning."""

PATIENCE_S = 5.0
SQLITE, POSTGRES = "sqlite:///", ("postgresql", "postgres")


class Store:
    def __init__(self, url: str) -> None:
        """Raises JobsAddress. Nothing is opened yet."""
        scheme, _, rest = url.partition("://")
        self.shown = shown(url)
        self.file = Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) and len(url) > len(SQLITE) else None
        if self.file is None and scheme.partition("+")[0] not in POSTGRES:
            raise JobsAddress(f"BATCH_ZERO_JOBS_URL: got {self.shown!r}, expected sqlite:///FILE or postgresql://...")
        self.url = url if self.file else f"postgresql://{rest}"
        self.slots: Slots = FileSlots(self.file) if self.file else PostgresSlots(self.url)
        self._lock = threading.Lock()
        self._client: DBOSClient | None = None
        self._inode: tuple[int, int] | None = None

    @contextmanager
    def client(self, *, to_write: bool = False) -> Iterator["DBOSClient"]:
        """DBOS's client, which never runs a job. Raises JobsUnreachable."""
        with self.told():
            with self._lock:
                if self._client is None or self.identity() != self._inode:
                    self._open()
                client = self._client
            assert client is not None
            if self.file:
                _try(self.file, to_write=to_write)
            yield client

    def _open(self) -> None:
        """The tables are made here too: a client may come before the first worker."""
        from dbos import DBOSClient, DBOSPortableJSONSerializer

        logger = logging.getLogger(DBOS)
        logger.setLevel(logging.WARNING)
        logger.addFilter(SELDOM)
        if self._client is not None:
            self._client.destroy()
            self._client = None
        if self.file:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            _make_ready(self.file)
        # By default DBOS stores what a job is given as a pickle, which runs code in whoever reads it.
        client = DBOSClient(
            system_database_url=self.url,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APP,
            lazy=True,
            retry_connection_errors=False,
        )
        client._sys_db.run_migrations()  # of what is public, only a worker's start does it
        self._client, self._inode = client, self.identity()

    def identity(self) -> tuple[int, int] | None:
        """Another one where another file lies in the place of the one that was."""
        if self.file is None:
            return None
        try:
            found = self.file.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    @contextmanager
    def told(self) -> Iterator[None]:
        """What libraries raise about the database, as one sentence."""
        from dbos import error as dbos_error
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except JobsError:
            raise
        except (SQLAlchemyError, sqlite3.Error, dbos_error.DBOSException, OSError) as error:
            cause = getattr(error, "orig", None) or error
            raise JobsUnreachable(
                masked(f"The queue of jobs at {self.shown} cannot be used: {one_line(str(cause).strip())}")
            ) from error


def _make_ready(file: Path) -> None:
    """Readers and writers do not wait for each other in a write-ahead log. The file keeps that, and DBOS leaves it."""
    with closing(sqlite3.connect(file, timeout=PATIENCE_S)) as database:
        database.execute("PRAGMA journal_mode = WAL")


def _try(file: Path, *, to_write: bool) -> None:
    with closing(sqlite3.connect(file, timeout=PATIENCE_S, isolation_level=None)) as database:
        if to_write:
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
        else:
            database.execute("SELECT count(*) FROM sqlite_master").fetchone()


def options(job_id: str, key: str | None, attributes: dict[str, Any]) -> "EnqueueOptions":
    """How a job is handed to DBOS. key: one at a time of those that have it waits or runs."""
    given: EnqueueOptions = {
        "workflow_name": FUNCTION,
        "queue_name": QUEUE,
        "workflow_id": job_id,
        "attributes": attributes,
    }
    return {**given, "deduplication_id": key, "duplication_policy": "return-existing"} if key else given
