"""The embedded default store, a SQLite file of our own: whole or not there, whenever its making is cut short.

MLflow makes a database in some forty steps of its own transactions, and neither it nor Alembic can go on with one that
was left half-way. So the tables are made, or brought up to this version of MLflow, in a file of another name.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mlflow_io.errors import SchemaUnknown, one_line

log = logging.getLogger(__name__)

_WITHOUT_CONTENT = ("alembic_version", "experiments")
"""Tables in which MLflow writes before anybody else does: its revision, and the experiment "Default", of id 0."""


def is_ours(database: Path) -> bool:
    """Whether this program made it, or began to: its lock is beside it."""
    return _lock(database).is_file()


@contextmanager
def ready(uri: str, database: Path) -> Iterator[None]:
    """While nobody else makes it: the database is there and has the tables of this version of MLflow.

    Raises SchemaUnknown for one of a newer MLflow, and sqlite3.Error, OSError or SQLAlchemy's errors.
    """
    from filelock import FileLock  # whoever only reads goes without it

    database.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(_lock(database), preserve_lock_file=True):  # which is how `is_ours` knows
        if not database.is_file():
            _make(database)
        elif is_half_made(database):
            log.warning("%s was left half-made by an interrupted start and held nothing: it is made anew", database)
            _make(database)
        else:
            _upgrade(uri, database)
        yield


def roll_back(database: Path) -> None:
    """Takes back what a writer that was killed had begun: whoever may write does that by looking."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("SELECT 1 FROM sqlite_master")


def is_half_made(database: Path) -> bool:
    """Whether tables are missing, and nobody has stored anything in those that are there. Rolls back like
    ``roll_back``; raises sqlite3.Error."""
    with closing(sqlite3.connect(database)) as connection:
        there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" in there and _revision(connection) == _latest_revision():
            return False
        if "experiments" in there and _has_rows(connection, "experiments WHERE experiment_id > 0"):
            return False
        return not any(_has_rows(connection, f'"{table}"') for table in there - {*_WITHOUT_CONTENT})


def _has_rows(connection: sqlite3.Connection, of: str) -> bool:
    return connection.execute(f"SELECT 1 FROM {of} LIMIT 1").fetchone() is not None


def _revision(connection: sqlite3.Connection) -> str | None:
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return found[0] if found else None


def _latest_revision() -> str:
    from mlflow.store.db import utils

    latest: str = utils._get_latest_schema_revision()
    return latest


def _make(database: Path) -> None:
    fresh = _aside(database)
    _make_tables(fresh)
    fresh.replace(database)


def _upgrade(uri: str, database: Path) -> None:
    """On a copy, whose content then takes the other's place in one transaction: somebody may have the file open.

    Raises SchemaUnknown where it cannot be done, or others write meanwhile; the database is as it was then.
    """
    from alembic.util import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    with closing(sqlite3.connect(database)) as original:
        if _revision(original) == _latest_revision():
            return
        copy, before = _aside(database), _data_version(original)
        with closing(sqlite3.connect(copy)) as target:
            original.backup(target)
        try:
            _make_tables(copy)
        except CommandError as error:
            raise SchemaUnknown(
                uri, f"a newer MLflow made it ({error}); install that, or name another store"
            ) from error
        except SQLAlchemyError as error:
            raise SchemaUnknown(uri, f"it cannot be brought up to this MLflow's tables: {one_line(error)}") from error
        if _data_version(original) != before:
            raise SchemaUnknown(uri, "an older MLflow made it and is writing to it; end that program first")
        with closing(sqlite3.connect(copy)) as source:
            source.backup(original)
    copy.unlink()


def _data_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def _make_tables(database: Path) -> None:
    from mlflow.store.db import utils

    engine = utils.create_sqlalchemy_engine(f"sqlite:///{database}")
    try:
        utils._initialize_tables(engine)
    finally:
        engine.dispose()


def _aside(database: Path) -> Path:
    """The name to work under, without what an interrupted start has left of it: a journal would be rolled back into
    the new file."""
    path = database.with_name(f"{database.name}.new")
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()
    return path


def _lock(database: Path) -> Path:
    return database.with_suffix(".lock")
