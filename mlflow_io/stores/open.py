"""Which store a tracking URI asks for."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from batch_zero import secrets
from mlflow_io.client import refuse_another_machine, sqlite_path
from mlflow_io.errors import TrackingUnreachable
from mlflow_io.stores.run_list import Store
from mlflow_io.stores.tuning import USUAL, Tuning


def ping(uri: str) -> None:
    """Returns if the store at ``uri`` answers; raises a TrackingError if it does not."""
    with open_store(uri) as store:
        store.experiment_names()


@contextmanager
def open_store(uri: str, kept_in: Path | None = None, tuning: Tuning = USUAL) -> Iterator[Store]:
    """Databases are read by SQL, without MLflow: its client would migrate one that an older MLflow made, and takes a
    second to import.

    kept_in: the file for what is remembered of a server. Raises a TrackingError whatever keeps a store from being
    opened or read: modes of files, and addresses that a driver cannot even decode, are met by every kind of store.
    """
    secrets.keep(uri)
    with ExitStack() as opened:
        try:
            store = opened.enter_context(_store(uri, kept_in, tuning))
        except (OSError, ValueError) as error:  # UnicodeError is a ValueError
            raise TrackingUnreachable(uri, error) from error
        try:
            yield store
        except OSError as error:
            raise TrackingUnreachable(uri, error) from error


def _store(uri: str, kept_in: Path | None, tuning: Tuning) -> AbstractContextManager[Store]:
    if sqlite_path(uri) is not None:
        from mlflow_io.stores.sqlite import open_sqlite

        return open_sqlite(uri, tuning)
    from mlflow_io.stores.postgres import is_postgres, open_postgres

    if is_postgres(uri):
        return open_postgres(uri)
    from mlflow_io.stores.filestore import open_filestore, store_folder

    if store_folder(uri) is not None:
        return open_filestore(uri, tuning)
    refuse_another_machine(uri)
    from mlflow_io.stores.server.http import is_rest

    if is_rest(uri):
        from mlflow_io.stores.server.rest import open_rest

        return open_rest(uri, kept_in, tuning)
    from mlflow_io.stores.mlflow_client import open_client

    return open_client(uri, tuning)
