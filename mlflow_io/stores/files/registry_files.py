"""The registry of a file store: ``models/<name>/aliases/<alias>`` and ``models/<name>/version-<N>/meta.yaml``."""

import re
from collections.abc import Iterator

from lifecycle.records import ProductionModel
from mlflow_io import names
from mlflow_io.stores.base import MODELS
from mlflow_io.stores.files.careful import CarefulFiles
from mlflow_io.stores.production import ModelVersion, choose_production

REGISTRY = "models"
_VERSION = re.compile(r"\s*(\d{1,9})\s*", re.ASCII)


class RegistryFiles:
    def __init__(self, careful: CarefulFiles) -> None:
        self._careful, self._files = careful, careful.files

    def production(self, model: str) -> ProductionModel | None:
        plain = model not in {"", ".", ".."} and not {"/", "\0"} & set(model)
        if not plain or not self._files.is_folder(REGISTRY):
            return None
        # Where one of its files cannot be read, nobody knows which version is in production.
        return self._careful.without_broken(self._production, model)

    def names(self) -> tuple[str, ...]:
        """Of the models that there are."""
        there = self._careful.folders(REGISTRY) if self._files.is_folder(REGISTRY) else []
        return tuple(sorted(there)[:MODELS])

    def _production(self, model: str) -> ProductionModel | None:
        folder = f"{REGISTRY}/{model}"
        if not self._files.is_folder(folder):
            return None
        found = ((alias, _number(self._files.text(f"{folder}/aliases/{alias}") or "")) for alias in names.ALIASES)
        aliases = {alias: version for alias, version in found if version is not None}
        named = [found for found in (self._version(folder, number) for number in aliases.values()) if found]
        return choose_production(model, aliases, named) or choose_production(model, {}, self._newest(folder))

    def _newest(self, folder: str) -> Iterator[ModelVersion]:
        """Down to the first in production by its stage; older ones do not matter."""
        folders, _ = self._files.entries(folder)
        numbers = filter(None, (_number(name.removeprefix("version-")) for name in folders))
        for number in sorted(numbers, key=int, reverse=True):
            found = self._version(folder, number)
            if found is not None:
                yield found
                if found.stage == names.STAGE:
                    return

    def _version(self, folder: str, number: str) -> ModelVersion | None:
        meta = self._files.meta(f"{folder}/version-{number}")
        return None if meta is None else ModelVersion(number, meta.get("current_stage"), meta.get("run_id"))


def _number(text: str) -> str | None:
    """As MLflow writes it; None where the text is none."""
    match = _VERSION.fullmatch(text)
    return str(int(match.group(1))) if match else None
