"""Artifacts of a run, read as data: JSON of a known shape, never code."""

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
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
    with open_store(uri) as store:
        place = store.artifact_place(run_id).content
    root, below = place.root, place.beside
    if root is None:
        raise ArtifactMissing(f"There is no run {run_id}")
    if places.is_local(root) or (places.is_proxied(root) and urlsplit(uri).scheme not in {"http", "https"}):
        text = _local(root, run_id, below, path)
    else:
        text = _remote(uri, root, path)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArtifactUnreadable(f"{path}: not JSON: {error}") from error


def _local(root: str, run_id: str, below: Sequence[Path], path: str) -> str:
    """Without MLflow, whose import alone takes a second."""
    try:
        with open_regular(places.find(root, run_id, below, path)) as opened:
            _check_size(path, os.fstat(opened.fileno()).st_size)
            return opened.read(MAX_BYTES + 1).decode()
    except (FileNotFoundError, NotADirectoryError):
        raise ArtifactMissing(f"This run has no {path}") from None
    except UnicodeDecodeError as error:
        raise ArtifactUnreadable(f"{path}: not JSON: {error}") from error
    except NotRegular as error:
        raise ArtifactUnreadable(f"{path}: {error.strerror}") from error
    except OSError as error:
        raise ArtifactUnreachable(path, error) from error


def _remote(uri: str, root: str, path: str) -> str:
    _check_server(uri, root, path)
    set_defaults()
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    folder, _, _ = path.rpartition("/")
    try:
        with reaching(uri), tempfile.TemporaryDirectory() as scratch:
            repository = get_artifact_repository(root, tracking_uri=uri)
            sizes = {item.path: item.file_size for item in repository.list_artifacts(folder or None)}
            if path not in sizes:
                raise ArtifactMissing(f"This run has no {path}")
            _check_size(path, sizes[path] or 0)
            return Path(repository.download_artifacts(path, scratch)).read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ArtifactUnreadable(f"{path}: not JSON: {error}") from error
    except (TrackingUnreachable, TrackingRefused) as error:
        raise ArtifactUnreachable(path, error.cause) from error


def _check_server(uri: str, root: str, path: str) -> None:
    """MLflow sends the tracking server's credentials to whatever server a run names as the place of its artifacts."""
    there, server = urlsplit(root), urlsplit(uri)
    if there.scheme not in {"mlflow-artifacts", "http", "https"}:
        return
    same = there.netloc == server.netloc.rpartition("@")[2] and there.scheme in {"mlflow-artifacts", server.scheme}
    if not same and (there.netloc or there.scheme != "mlflow-artifacts"):
        raise ArtifactUnreachable(path, f"it is kept at {shown(root)}, which is another server than {shown(uri)}")


def _check_size(path: str, size: int) -> None:
    if size > MAX_BYTES:
        raise ArtifactUnreadable(f"{path}: got {size:,} bytes, expected at most {MAX_BYTES:,}")
