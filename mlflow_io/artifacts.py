"""Artifacts of a run, read as data: JSON of a known shape, never code."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from drift.result import ColumnDrift, columns_from_dict
from metrics.roc import RocCurve, roc_from_dict
from mlflow_io import names
from mlflow_io.client import connect
from mlflow_io.errors import (
    ArtifactMissing,
    ArtifactUnreachable,
    ArtifactUnreadable,
    TrackingRefused,
    TrackingUnreachable,
    reaching,
)

MAX_BYTES = 20_000_000
"""Of one JSON artifact; a ROC curve of a million points is smaller."""


def load_roc(uri: str, run_id: str, *, candidate: bool) -> RocCurve:
    """The stored ROC curve of a gate run. Raises ArtifactMissing, ArtifactUnreadable or ArtifactUnreachable."""
    path = names.ROC_CANDIDATE if candidate else names.ROC_PRODUCTION
    return _parsed(path, roc_from_dict, load_json(uri, run_id, path))


def load_drift_columns(uri: str, run_id: str) -> tuple[ColumnDrift, ...]:
    """The per-column verdicts of a drift run. Raises as ``load_roc`` does."""
    return _parsed(names.DRIFT_COLUMNS, columns_from_dict, load_json(uri, run_id, names.DRIFT_COLUMNS))


def _parsed(path: str, parse: Any, data: Any) -> Any:
    try:
        return parse(data)
    except (ValueError, AttributeError) as error:
        raise ArtifactUnreadable(f"{path}: {error}") from error


@contextmanager
def _reaching(uri: str, path: str) -> Iterator[None]:
    """The artifacts need not be where the runs are: an outage of one is not an outage of the other."""
    try:
        with reaching(uri):
            yield
    except (TrackingUnreachable, TrackingRefused) as error:
        raise ArtifactUnreachable(path, error.cause) from error


def load_json(uri: str, run_id: str, path: str) -> Any:
    client = connect(uri)
    folder, _, _ = path.rpartition("/")
    with _reaching(uri, path):
        sizes = {item.path: item.file_size for item in client.list_artifacts(run_id, folder or None)}
    if path not in sizes:
        raise ArtifactMissing(f"This run has no {path}")
    if (sizes[path] or 0) > MAX_BYTES:
        raise ArtifactUnreadable(f"{path}: {sizes[path]:,} bytes came, at most {MAX_BYTES:,} are read")
    with tempfile.TemporaryDirectory() as scratch:
        with _reaching(uri, path):
            file = Path(client.download_artifacts(run_id, path, scratch))
        try:
            return json.loads(file.read_text("utf-8"))
        except (ValueError, RecursionError) as error:
            raise ArtifactUnreadable(f"{path}: not JSON: {error}") from error
