"""The runs of a file store.

Of a run without a batch number nothing is read for a history, and nothing kept: two looks for the file say that there
is none. What was read of the others is kept, and read again only when the files it came from are other ones.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple, TypeVar

from mlflow_io import names
from mlflow_io.latest_runs import FINISHED, Kind, RunInfo
from mlflow_io.run_kinds import is_of
from mlflow_io.stores.base import BrokenRun, RunData
from mlflow_io.stores.files.careful import CarefulFiles
from mlflow_io.stores.files.files import META, FileBroken, Meta

SHORT = 20
"""Characters of a value that is told beside a file."""

TRASH = ".trash"
DELETED = "deleted"
ID = re.compile(r"[a-zA-Z0-9][\w-]{0,255}", re.ASCII)

_STATUS = {"1": "RUNNING", "2": "SCHEDULED", "3": FINISHED, "4": "FAILED", "5": "KILLED"}
_NO_RUNS = {"tags", "datasets", "traces", "models"}
_BATCH = (f"params/{names.BATCH_NUMBER}", f"tags/{names.BATCH_NUMBER}")
_WATCHED = (META, *_BATCH, f"tags/{names.QUALITY_GATE}")
"""And the metrics by which the kinds of runs are known."""

T = TypeVar("T")


class NumberedRun(NamedTuple):
    """A run that carries a batch number, and all the kinds that it is of, or may be where it cannot be read."""

    run: RunInfo | BrokenRun
    kinds: frozenset[Kind]


class RunFiles:
    def __init__(self, careful: CarefulFiles) -> None:
        self._careful, self._files = careful, careful.files

    # All runs of an experiment

    def ids(self, experiment_id: str) -> list[str]:
        """Of everything in the experiment's folder that may be a run."""
        if not ID.fullmatch(experiment_id) or not self._files.is_folder(experiment_id):
            return []
        return sorted(name for name in self._careful.folders(experiment_id) if is_run_id(name))

    def infos(self, experiment_id: str) -> Iterator[RunInfo]:
        """Of those that are active, without their batch numbers."""
        for run_id in self.ids(experiment_id):
            if (info := self._careful.without_broken(self.info, experiment_id, run_id)) is not None:
                yield info

    def info(self, experiment_id: str, run_id: str, batch: str = "") -> RunInfo | None:
        """None where it is deleted, or a copy of another run. Raises FileBroken."""
        folder = f"{experiment_id}/{run_id}"
        meta = self._files.meta(folder)
        if meta is None:
            raise self._files.broken(f"{folder}/{META}", "there is none")
        if meta.get("lifecycle_stage") == DELETED:
            return None
        for key in ("start_time", "status"):  # of a file that was cut off, the last lines are lacking
            if key not in meta:
                raise self._files.broken(f"{folder}/{META}", f"not what MLflow writes (no {key})")
        entry = partial(self._careful.entry, meta, folder)
        if (entry("experiment_id"), entry("run_id", "run_uuid")) != (experiment_id, run_id):
            return None
        return self._info(run_id, folder, meta, batch)

    def _info(self, run_id: str, folder: str, meta: Meta, batch: str) -> RunInfo:
        path = f"{folder}/{META}"
        written = meta.get("status") or "RUNNING"
        status = _STATUS.get(written, written)
        if status not in _STATUS.values():
            raise self._files.broken(path, f"an unknown status, {written[:20]!r}")
        try:
            start, end = int(meta.get("start_time") or 0), meta.get("end_time")
            return RunInfo(run_id, status, start, int(end) if end else None, batch)
        except ValueError as error:
            raise self._files.broken(path, "a start or end that is no number of milliseconds") from error

    def status(self, experiment_id: str, run_id: str) -> str | None:
        """None where it is deleted or has no meta.yaml. Raises FileBroken."""
        folder = f"{experiment_id}/{run_id}"
        meta = self._careful.meta(folder)
        if meta is None or meta.get("lifecycle_stage") == DELETED:
            return None
        return self._info(run_id, folder, meta, "").status

    # Those of batches

    def numbered(self, experiment_id: str, scored: tuple[str, ...]) -> list[NumberedRun]:
        """Active ones that carry a batch number. scored: as in a query."""
        ids = self.ids(experiment_id)
        found = (
            self._careful.without_broken(partial(self._numbered, scored=scored), experiment_id, run_id)
            for run_id in ids
        )
        return [run for run in found if run]

    def has_number(self, folder: str) -> bool:
        return any(self._files.stat(f"{folder}/{name}") for name in _BATCH)

    def _numbered(self, experiment_id: str, run_id: str, *, scored: tuple[str, ...]) -> NumberedRun | None:
        folder = f"{experiment_id}/{run_id}"
        if not self.has_number(folder):
            return None
        paths = (
            f"{folder}/{name}" for name in (*_WATCHED, *(f"metrics/{key}" for key in (*scored, names.DRIFT_SHARE)))
        )
        key = f"{folder} {' '.join(scored)}"
        return self._careful.remembered(key, paths, partial(self._read_numbered, experiment_id, run_id, scored))

    def _read_numbered(self, experiment_id: str, run_id: str, scored: tuple[str, ...]) -> NumberedRun | None:
        folder = f"{experiment_id}/{run_id}"
        batch = self._careful.without_broken(self._batch, folder)
        if batch is None:
            return None
        about = f" (a run with the {names.BATCH_NUMBER} {batch[:SHORT]!r})"
        try:
            info = self.info(experiment_id, run_id, batch)
            return None if info is None else NumberedRun(info, self._kinds(folder, scored))
        except FileBroken as error:
            self._careful.note(error, about)
            return NumberedRun(BrokenRun(run_id, batch, error.sentence), self._possible_kinds(folder, scored))

    def _batch(self, folder: str) -> str:
        for name in _BATCH:
            text = self._files.text(f"{folder}/{name}")
            if text is not None:
                return text
        raise self._files.broken(f"{folder}/{_BATCH[0]}", "it is not a regular file")

    def _possible_kinds(self, folder: str, scored: tuple[str, ...]) -> frozenset[Kind]:
        """All but those that its other files rule out."""
        try:
            return self._kinds(folder, scored)
        except FileBroken:
            return frozenset(Kind)

    def _kinds(self, folder: str, scored: tuple[str, ...]) -> frozenset[Kind]:
        gate = self._files.text(f"{folder}/tags/{names.QUALITY_GATE}")
        metrics = self._files.is_folder(f"{folder}/metrics")
        data = RunData(
            {},
            {
                key: 0.0
                for key in (*scored, names.DRIFT_SHARE)
                if metrics and self._files.stat(f"{folder}/metrics/{key}")
            },
            {} if gate is None else {names.QUALITY_GATE: gate},
        )
        return frozenset(kind for kind in Kind if is_of(kind, data, scored))

    # What one run holds

    def data(self, folder: str) -> RunData:
        return self._read_data(folder, self._keys(folder))

    def remembered_data(self, folder: str) -> RunData:
        """As ``data``, read again only when its files are other ones."""
        keys = self._keys(folder)
        paths = (f"{folder}/{place}/{key}" for place in keys for key in keys[place])
        return self._careful.remembered(f"{folder}/data", paths, partial(self._read_data, folder, keys))

    def _keys(self, folder: str) -> dict[str, list[str]]:
        read = partial(self._careful.without_broken, self._keys_in)
        return {place: read(f"{folder}/{place}") or [] for place in ("params", "metrics", "tags")}

    def _keys_in(self, path: str) -> list[str]:
        return list(self._files.keys(path))

    def _read_data(self, folder: str, keys: Mapping[str, Iterable[str]]) -> RunData:
        unread: list[str] = []
        return RunData(
            self._each(self._files.text, f"{folder}/params", keys["params"], unread),
            self._each(self._files.last_value, f"{folder}/metrics", keys["metrics"], unread),
            self._each(self._files.text, f"{folder}/tags", keys["tags"], unread),
            tuple(unread),
        )

    def _each(
        self, read: Callable[[str], T | None], folder: str, keys: Iterable[str], unread: list[str]
    ) -> dict[str, T]:
        """By key, without those whose file went away meanwhile or cannot be read, which are added to ``unread``."""
        found: dict[str, T] = {}
        for key in keys:
            try:
                value = read(f"{folder}/{key}")
            except FileBroken as error:
                self._careful.note(error)
                unread.append(key)
                continue
            if value is not None:
                found[key] = value
        return found

    def folder_of(self, run_id: str) -> str | None:
        """Wherever it is: ids are unique in a store."""
        if not ID.fullmatch(run_id):
            return None
        for experiment in self._experiment_folders():
            folder = f"{experiment}/{run_id}"
            if self._careful.without_broken(self._is_run, folder):
                return folder
        return None

    def _experiment_folders(self) -> Iterator[str]:
        """Those of deleted experiments last."""
        experiments = self._files.entries("")[0]
        yield from experiments
        if TRASH in experiments:
            yield from (f"{TRASH}/{name}" for name in self._careful.folders(TRASH))

    def _is_run(self, folder: str) -> bool:
        return self._files.is_folder(folder) and self._files.stat(f"{folder}/{META}") is not None


def is_run_id(name: str) -> bool:
    return name not in _NO_RUNS and ID.fullmatch(name) is not None
