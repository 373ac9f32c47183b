"""One way to an MLflow client: explicit URI, bounded waiting, no global state of MLflow's."""

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow_io.errors import StoreMissing, TrackingUnreachable, reaching

if TYPE_CHECKING:
    from mlflow import MlflowClient

WAIT = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
QUIET = {"MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
"""MLflow's own defaults keep a visitor waiting for minutes when a server is down. The environment still wins."""


def connect(uri: str, *, create: bool = False) -> "MlflowClient":
    """A client for tracking and registry at ``uri``.

    Importing MLflow takes a second, which is why it happens here. A local database is only made where ``create``
    says so. Raises StoreMissing or TrackingUnreachable.
    """
    database = sqlite_path(uri)
    if database is not None and not database.is_file():
        if not create:
            raise StoreMissing(uri)
        with reaching(uri):
            database.parent.mkdir(parents=True, exist_ok=True)
    for name, value in (WAIT | QUIET).items():
        os.environ.setdefault(name, value)
    import mlflow

    # It announces every table it makes, and logs a page of traceback for each error that it raises anyway.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    logging.getLogger("mlflow.utils.environment").setLevel(logging.ERROR)  # it misses pip in environments without one
    with reaching(uri):
        try:
            return mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)
        except ImportError as error:  # a database driver that is not installed
            raise TrackingUnreachable(uri, error) from error


def sqlite_path(uri: str) -> Path | None:
    """The file behind a ``sqlite:///`` URI; None for any other URI, an in-memory or a parametrised one."""
    prefix = "sqlite:///"
    rest = uri.removeprefix(prefix)
    return Path(rest) if uri.startswith(prefix) and rest and not rest.startswith((":", "file:")) else None
