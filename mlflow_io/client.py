"""One way to an MLflow client: explicit URI, bounded waiting, no global state of MLflow's."""

import logging
import os
import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from batch_zero import secrets
from batch_zero.secrets import masked
from batch_zero.storage import meant
from mlflow_io.errors import SchemaUnknown, StoreMissing, TrackingUnreachable, reaching
from mlflow_io.stores import embedded
from mlflow_io.stores.filestore import store_folder

if TYPE_CHECKING:
    from mlflow import MlflowClient as MlflowClient  # for those who are handed one

WAIT = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
QUIET = {"MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
PROXIED = {"MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD": "false", "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "false"}
"""MLflow's own defaults keep a visitor waiting for minutes when a server is down, and fetch what a server passes on
from the S3 behind it, by the address that the server has for it. The environment still wins."""

FILE_STORE = {"MLFLOW_ALLOW_FILE_STORE": "true"}
"""A file store of MLflow 2 is read and added to as it is, where MLflow 3.13 and later would refuse to open it."""

CHATTER = {
    # Announces every table it makes, and logs a page of traceback for each error that it raises anyway.
    "mlflow.store.db.utils": logging.CRITICAL,
    # Misses pip in environments that have none.
    "mlflow.utils.environment": logging.ERROR,
    # Announces that it will wait for a version that is there already.
    "mlflow.store.model_registry.abstract_store": logging.WARNING,
}
"""Loggers of MLflow and the level from which on they have something to say to our user."""

NOT_SHIPPED = (
    "is not installed; only those of SQLite and PostgreSQL come with this program. Install it beside it, or read the "
    "store through an MLflow server"
)
"""A database driver."""


def connect(uri: str, *, create: bool = False) -> "MlflowClient":
    """A client for tracking and registry at ``uri``.

    Importing MLflow takes a second, which is why it happens here. create: the store is our own; a local database is
    only made, and one of another version of MLflow only brought up to ours, where that is so. A store of files is only
    begun in a folder that is there and empty. Raises StoreMissing, SchemaUnknown or TrackingUnreachable.
    """
    secrets.keep(uri)
    database = sqlite_path(uri)
    if database is not None and not create and not _is_there(uri, database):
        raise StoreMissing(uri)
    refuse_another_machine(uri)
    if (folder := store_folder(uri)) is not None:
        _check_folder(uri, folder)
    set_defaults()
    from mlflow_io import whole_calls

    for name, level in CHATTER.items():
        logging.getLogger(name).setLevel(level)
    with reaching(uri), embedded.ready(uri, database) if database and create else nullcontext():
        try:
            _wait_less_for_a_database(uri)
            if not create:
                refuse_another_version(uri, may_be_empty=True)
            return whole_calls.WholeCalls(tracking_uri=uri, registry_uri=uri)
        except (ImportError, ValueError) as error:  # a driver that is not installed; an address that is none
            raise TrackingUnreachable(uri, error) from error


def refuse_another_version(uri: str, *, may_be_empty: bool = False) -> None:
    """For any SQL database that is there, whose tables MLflow's client would change by opening it.

    may_be_empty: one without tables may get them. Raises SchemaUnknown, or TrackingUnreachable where its driver is not
    installed.
    """
    from mlflow.store.db import utils
    from mlflow.store.db.db_types import DATABASE_ENGINES

    if uri.partition(":")[0].partition("+")[0] not in DATABASE_ENGINES:
        return
    try:
        engine = utils.create_sqlalchemy_engine(uri)
    except ImportError as error:
        raise TrackingUnreachable(uri, f"{error}: the database driver {error.name} {NOT_SHIPPED}") from error
    except ValueError as error:  # an address whose port is no number
        raise TrackingUnreachable(uri, error) from error
    try:
        there, ours = utils._get_schema_version(engine), utils._get_latest_schema_revision()
    finally:
        engine.dispose()
    if there != ours and not (may_be_empty and there is None):
        raise SchemaUnknown(
            uri, f"its schema is of version {there}, and MLflow would change that to {ours} by opening it"
        )


def refuse_another_machine(uri: str) -> None:
    """Raises TrackingUnreachable for a ``file:`` URI with a host: MLflow would make an empty store of its path here."""
    if uri.lower().startswith("file:") and store_folder(uri) is None:
        raise TrackingUnreachable(uri, "it names a folder on another machine; file:///path is one on this")


def _check_folder(uri: str, folder: Path) -> None:
    """MLflow would begin a new store of files wherever a URI is mistyped."""
    try:
        if not folder.exists():
            made = f"to begin a new store of files there, make the folder first: mkdir -p {shlex.quote(str(folder))}"
            raise StoreMissing(uri, meant.hint(folder).removeprefix("; "), hint=masked(made))
        if not folder.is_dir():
            raise TrackingUnreachable(uri, "it is a file; the URI of a database begins with sqlite:///")
        if any(folder.iterdir()) and not any(folder.glob("*/meta.yaml")) and not (folder / ".trash").is_dir():
            raise TrackingUnreachable(
                uri, "the folder is there and holds other things than an MLflow store; a new one begins in an empty one"
            )
    except OSError as error:
        raise TrackingUnreachable(uri, error) from error


def _is_there(uri: str, database: Path) -> bool:
    try:
        return database.is_file()
    except OSError as error:  # in a folder that may not be looked into
        raise TrackingUnreachable(uri, error) from error


def set_defaults() -> None:
    """Ours in the place of MLflow's, wherever the environment says nothing."""
    for name, value in (WAIT | QUIET | PROXIED | FILE_STORE).items():
        os.environ.setdefault(name, value)


def _wait_less_for_a_database(uri: str) -> None:
    """MLflow asks a database that is down ten times, for 102 seconds, and has no setting for it."""
    if not uri.startswith(("http://", "https://")):
        from mlflow.store.db import utils

        utils.MAX_RETRY_COUNT = 3


def sqlite_path(uri: str) -> Path | None:
    """The file behind a ``sqlite:///`` URI, as SQLAlchemy reads it; None for any other URI and for a database in
    memory."""
    scheme, found, rest = uri.partition(":///")
    name = rest.partition("?")[0]
    if scheme.partition("+")[0] != "sqlite" or not found or not name or name.startswith(":"):
        return None
    return Path(unquote(name.removeprefix("file:"))) if name.startswith("file:") else Path(name)
