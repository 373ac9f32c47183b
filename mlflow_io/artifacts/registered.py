"""A version of a registered model by its address, ``models:/NAME@alias`` or ``models:/NAME/3``, and its files."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from batch_zero import formats
from batch_zero.text import one_line, shortened
from lifecycle.records import ProductionModel
from mlflow_io.artifacts.model_files import downloaded
from mlflow_io.client import connect
from mlflow_io.errors import ModelMissing, StoreMissing, is_absent, reaching
from mlflow_io.registry import find_version, what_is_there

if TYPE_CHECKING:
    from mlflow import MlflowClient

SCHEME = "models:/"
VALID = "a registered model, such as models:/NAME@production or models:/NAME/3"
_ADDRESS = re.compile(r"models:/([^/:\x00-\x1f\x7f]{1,256})(?:@([\w-]{1,255})|/([0-9]{1,9}))")
WHERE = "To test a registered model, set MLFLOW_TRACKING_URI to the store that has it."
MOST_VERSIONS = 200
"""That are looked through, to name those that there are."""


@dataclass(frozen=True)
class Fetched:
    """folder: its files. preprocessor: of its run, where that keeps one apart."""

    version: ProductionModel
    folder: Path
    preprocessor: Path | None

    @property
    def name(self) -> str:
        return one_line(f"{self.version.name} version {self.version.version}", 100)


def is_address(text: str) -> bool:
    """Whether it is one of a version."""
    return _ADDRESS.fullmatch(text) is not None


@contextmanager
def fetched(client: "MlflowClient", address: str, into: Path | None = None) -> Iterator[Fetched]:
    """The files are gone afterwards, and nothing of them is opened here. into: as for ``downloaded``. Raises
    ModelMissing, or TrackingError where the store does not answer."""
    with reaching(client.tracking_uri):
        version = _version(client, address)
    with downloaded(client, version, into) as (folder, preprocessor):
        yield Fetched(version, folder, preprocessor)


@contextmanager
def fetched_from(uri: str, address: str, into: Path | None = None) -> Iterator[Fetched]:
    """As ``fetched``, of the store at ``uri``, which is the registry's. Raises StoreMissing where there is none."""
    try:
        client = connect(uri)
    except StoreMissing as error:
        error.hint = WHERE
        raise
    with fetched(client, address, into) as found:
        yield found


def _version(client: "MlflowClient", address: str) -> ProductionModel:
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        raise ModelMissing(f"model: got {shortened(address, 100)!r}, expected {VALID}")
    name, alias, number = parts.groups()
    found = _by_alias(client, name, alias) if alias else find_version(client, name, str(int(number)))
    if found is None:
        raise ModelMissing(f"{one_line(address, 300)}: {_missing(client, name, alias, number)}")
    return found


def _by_alias(client: "MlflowClient", name: str, alias: str) -> ProductionModel | None:
    from mlflow.exceptions import MlflowException

    try:
        version = str(client.get_model_version_by_alias(name, alias).version)
    except MlflowException as error:
        if not is_absent(error):
            raise
        return None
    found = find_version(client, name, version)
    return replace(found, alias=alias) if found is not None else None


def _missing(client: "MlflowClient", name: str, alias: str | None, number: str) -> str:
    """What there is in its place."""
    there = what_is_there(client, name)
    if there.startswith("there is no"):
        return there
    wanted = f"alias {alias!r}" if alias else f"version {number}"
    versions = _versions(client, name)
    others = (
        f"{'version' if len(versions) == 1 else 'versions'} {formats.ranges(versions)}" if versions else "no version"
    )
    return f"it has no {wanted}, but {others}; {there or 'it has no alias'}"


def _versions(client: "MlflowClient", name: str) -> list[int]:
    if "'" in name and '"' in name:  # which no search takes
        newest = client.get_registered_model(name).latest_versions
        return sorted({int(found.version) for found in newest})
    mark = '"' if "'" in name else "'"
    found = client.search_model_versions(f"name={mark}{name}{mark}", max_results=MOST_VERSIONS)
    return sorted(int(each.version) for each in found)
