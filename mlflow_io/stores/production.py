"""Which version of a registered model is in production: one rule for every store."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lifecycle.records import ProductionModel
from mlflow_io import names


class ModelVersion(NamedTuple):
    """A version that is registered. stage: as MLflow writes it; None or "None" where it is in none."""

    version: str
    stage: str | None
    run_id: str | None


_DELETED = "Deleted_Internal"
"""MLflow's stage for a version that is gone."""


def choose_production(
    model: str, aliases: Mapping[str, str], versions: Iterable[ModelVersion]
) -> ProductionModel | None:
    """The version that alias ``production`` or, where that is not set, ``champion`` names; else the newest one in stage
    Production; None where there is none.

    aliases: version by alias; one that names no version of ``versions`` is not set.

    >>> versions = [ModelVersion("9", "Production", None), ModelVersion("10", "Production", None)]
    >>> choose_production("Model", {}, versions).version
    '10'
    >>> choose_production("Model", {"champion": "9"}, versions).alias
    'champion'
    """
    there = {found.version: found for found in versions if found.stage != _DELETED}
    for alias in names.ALIASES:
        if found := there.get(aliases.get(alias, "")):
            return ProductionModel(model, found.version, alias, None, found.run_id or None)
    staged = [found for found in there.values() if found.stage == names.STAGE]
    newest = max(staged, key=_number, default=None)
    return None if newest is None else ProductionModel(model, newest.version, None, names.STAGE, newest.run_id or None)


def _number(found: ModelVersion) -> int:
    return int(found.version) if found.version.isascii() and found.version.isdecimal() else -1
