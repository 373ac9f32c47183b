"""Artifacts of a run, read as data: JSON of a known shape, never code; or copied, and not looked into."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

from batch_zero.secrets import shown
from batch_zero.storage.regular import NotRegular, open_regular
from drift.result import ColumnDrift, columns_from_dict
from metrics.roc import RocCurve, roc_from_dict
from mlflow_io import names
from mlflow_io.artifacts import places
from mlflow_io.client import set_defaults
from mlflow_io.errors import (
    ArtifactMissing,
    ArtifactUnreachable,
    ArtifactUnreadable,
    TrackingRefused,
    TrackingUnreachable,
    reaching,
)
from mlflow_io.stores.open import open_store

T = TypeVar("T")

MAX_BYTES = 20_000_000
"""Of one JSON artifact; a ROC curve of a million points is smaller."""


def load_roc(uri: str, run_id: str, *, candidate: bool) -> RocCurve:
    """The stored ROC curve of a gate run. Raises ArtifactMissing, ArtifactUnreadable or ArtifactUnreachable."""
    path = names.ROC_CANDIDATE if candidate else names.ROC_PRODUCTION
    return _parsed(path, roc_from_dict, load_json(uri, run_id, path))


def load_drift_columns(uri: str, run_id: str) -> tuple[ColumnDrift, ...]:
    """The per-column verdicts of a drift run. Raises as ``load_roc`` does."""
    return _parsed(names.DRIFT_COLUMNS, columns_from_dict, load_json(uri, run_id, names.DRIFT_COLUMNS))


def _parsed(path: str, parse: Callable[[Any], T], data: Any) -> T:
    try:
        return parse(data)
    except (ValueError, AttributeError, TypeError) as error:
        raise ArtifactUnreadable(f"{path}: {error}") from error


def load_json(uri: str, run_id: str, path: str) -> Any:
    """The artifact at ``path`` below the run's own artifact root, wherever that is."""
    try:
        return json.loads(load_text(uri, run_id, path))
    except (ValueError, RecursionError) as error:
        raise ArtifactUnreadable(f"{path}: not JSON: {error}") from error


def load_text(uri: str, run_id: str, path: str) -> str:
    """The same as it is written. Raises as ``load_roc`` does."""
    try:
        with _opened(uri, run_id, path, MAX_BYTES) as file:
            return file.read(MAX_BYTES + 1).decode()
    except UnicodeDecodeError as error:
        raise ArtifactUnreadable(f"{path}: not JSON: {error}") from error


def fetch(uri: str, run_id: str, path: str, to: Path, most: int) -> None:
    """Copies the bytes of an artifact, ``most`` of them at most, which nothing here looks into. Raises as ``load_roc``
    does, and OSError where ``to`` cannot be written."""
    with _opened(uri, run_id, path, most) as file, to.open("xb") as out:
        shutil.copyfileobj(file, out)


@contextmanager
def _opened(uri: str, run_id: str, path: str, most: int) -> Iterator[BinaryIO]:
    with open_store(uri) as store:
        place = store.artifact_place(run_id).content
    root, below = place.root, place.beside
    if root is None:
        raise ArtifactMissing(f"There is no run {run_id}")
    if places.is_local(root) or (places.is_proxied(root) and urlsplit(uri).scheme not in {"http", "https"}):
        with _local(root, run_id, below, path) as file:
            _check_size(path, os.fstat(file.fileno()).st_size, most)
            yield file
    else:
        with _remote(uri, root, path, most) as downloaded, downloaded.open("rb") as file:
            yield file


def _local(root: str, run_id: str, below: Sequence[Path], path: str) -> BinaryIO:
    """Without MLflow, whose import alone takes a second."""
    try:
        return open_regular(places.find(root, run_id, below, path))
    except (FileNotFoundError, NotADirectoryError):
        raise ArtifactMissing(f"This run has no {path}") from None
    except NotRegular as error:
        raise ArtifactUnreadable(f"{path}: {error.strerror}") from error
    except OSError as error:
        raise ArtifactUnreachable(path, error) from error


@contextmanager
def _remote(uri: str, root: str, path: str, most: int) -> Iterator[Path]:
    _check_server(uri, root, path)
    set_defaults()
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    folder, _, _ = path.rpartition("/")
    with tempfile.TemporaryDirectory() as scratch:
        try:
            with reaching(uri):
                repository = get_artifact_repository(root, tracking_uri=uri)
                sizes = {item.path: item.file_size for item in repository.list_artifacts(folder or None)}
                if path not in sizes:
                    raise ArtifactMissing(f"This run has no {path}")
                _check_size(path, sizes[path] or 0, most)
                downloaded = Path(repository.download_artifacts(path, scratch))
        except (TrackingUnreachable, TrackingRefused) as error:
            raise ArtifactUnreachable(path, error.cause) from error
        yield downloaded


def _check_server(uri: str, root: str, path: str) -> None:
    """MLflow sends the tracking server's credentials to whatever server a run names as the place of its artifacts."""
    there, server = urlsplit(root), urlsplit(uri)
    if there.scheme not in {"mlflow-artifacts", "http", "https"}:
        return
    same = there.netloc == server.netloc.rpartition("@")[2] and there.scheme in {"mlflow-artifacts", server.scheme}
    if not same and (there.netloc or there.scheme != "mlflow-artifacts"):
        raise ArtifactUnreachable(path, f"it is kept at {shown(root)}, which is another server than {shown(uri)}")


def _check_size(path: str, size: int, most: int) -> None:
    if size > most:
        raise ArtifactUnreadable(f"{path}: got {size:,} bytes, expected at most {most:,}")
