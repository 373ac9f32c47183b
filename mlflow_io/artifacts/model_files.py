"""The files of a registered model, and its run's preprocessor: where they were recorded, or, where the store was moved
with them, beside it."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lifecycle.records import ProductionModel
from mlflow_io import names
from mlflow_io.artifacts import places
from mlflow_io.errors import (
    ArtifactElsewhere,
    ArtifactMissing,
    ModelMissing,
    TrackingRefused,
    TrackingUnreachable,
    reaching,
)
from mlflow_io.stores.open import open_store

if TYPE_CHECKING:
    from mlflow import MlflowClient

DESCRIPTION = "MLmodel"
"""The file that every model of MLflow's has."""

_OWNER = re.compile(r"(?<![\w-])(?:m-)?[0-9a-f]{32}(?![\w-])")
"""The id of the run or logged model that a place belongs to."""

_LOGGED = re.compile(r"models:/(m-[0-9a-f]{32})/?")


@contextmanager
def downloaded(
    client: "MlflowClient", model: ProductionModel, into: Path | None = None
) -> Iterator[tuple[Path, Path | None]]:
    """The model's folder and, where its run keeps a separate one, the preprocessor's file; both gone afterwards.

    into: how the folder begins that they are copied to, where somebody sweeps what a process that was killed has left;
    by default it is one of the system's for temporary files. Nothing is loaded here: a model file is code. Raises
    ModelMissing where the files cannot be read.
    """
    from mlflow.artifacts import download_artifacts

    uri = client.tracking_uri
    with _folder(into) as scratch:
        try:
            with reaching(uri):
                source = _model_place(client, model)
                folder = Path(download_artifacts(source, dst_path=scratch, tracking_uri=uri))
                preprocessor = _preprocessor(client, model, Path(scratch))
        except (TrackingRefused, TrackingUnreachable) as error:
            raise _unreadable(model, error.cause) from error
        except ArtifactElsewhere as error:
            raise _unreadable(model, str(error)) from error
        yield folder, preprocessor


def _folder(into: Path | None) -> tempfile.TemporaryDirectory[str]:
    if into is None:
        return tempfile.TemporaryDirectory()
    return tempfile.TemporaryDirectory(prefix=into.name, dir=into.parent)


def _unreadable(model: ProductionModel, why: str) -> ModelMissing:
    return ModelMissing(f"The files of {model.name} version {model.version} cannot be read: {why}")


def _model_place(client: "MlflowClient", model: ProductionModel) -> str:
    recorded = client.get_model_version_download_uri(model.name, model.version)
    if logged := _LOGGED.fullmatch(recorded):
        recorded = client.get_logged_model(logged[1]).artifact_location
    if not _may_have_moved(client.tracking_uri, recorded):
        return recorded
    owner = next(reversed(_OWNER.findall(recorded)), "")
    try:
        found = places.find(recorded, owner, _bases(client, model), DESCRIPTION)
    except ArtifactMissing:
        return recorded  # it is MLflow that knows what is wrong with it
    return _without_links(found.parent)


def _may_have_moved(uri: str, recorded: str) -> bool:
    """Not what is where it was recorded, nor what a server or a bucket keeps."""
    by_server = urlsplit(uri).scheme in {"http", "https"}
    named_by_path = places.is_local(recorded) or (places.is_proxied(recorded) and not by_server)
    return named_by_path and places.here(recorded) is None


def _bases(client: "MlflowClient", model: ProductionModel) -> tuple[Path, ...]:
    with open_store(client.tracking_uri) as store:
        return store.artifact_place(model.run_id or "").content.beside


def _without_links(folder: Path) -> str:
    """What a store that was moved names is anybody's text, and a link leads anywhere."""
    if link := next((path for path in folder.rglob("*") if path.is_symlink()), None):
        raise ModelMissing(f"{link} is a link, which is not followed in a store that was moved; put the file there")
    return folder.as_uri()


def _preprocessor(client: "MlflowClient", model: ProductionModel, scratch: Path) -> Path | None:
    """``preprocessor/*.joblib|pkl`` or a single file of that name among the artifacts of the model's run."""
    if model.run_id is None:
        return None
    artifacts = _artifacts(client, model, model.run_id)
    if artifacts is None:
        return None
    found = [item for item in artifacts.list_artifacts() if names.PREPROCESSOR in item.path.lower()]
    files = [item for item in found if not item.is_dir]
    for folder in (item for item in found if item.is_dir):
        files += [item for item in artifacts.list_artifacts(folder.path) if not item.is_dir]
    loadable = sorted(item.path for item in files if item.path.endswith((".joblib", ".pkl", ".pickle")))
    if not loadable:
        return None
    if len(loadable) > 1:
        raise ModelMissing(f"The run of {model.name} version {model.version} keeps several preprocessors: {loadable}")
    return Path(artifacts.download_artifacts(loadable[0], str(scratch)))


def _artifacts(client: "MlflowClient", model: ProductionModel, run_id: str) -> Any:
    """MLflow's way to the artifacts of the run; None where it has none."""
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    place = client.get_run(run_id).info.artifact_uri
    if _may_have_moved(client.tracking_uri, place):
        folder = places.folder(place, run_id, _bases(client, model))
        if folder is None:
            return None
        place = _without_links(folder)
    return get_artifact_repository(place, tracking_uri=client.tracking_uri)
