"""MLflow's file store, read straight from its files: MLflow itself refuses to open one since 3.13.

    <experiment>/meta.yaml
    <experiment>/<run>/meta.yaml, params/<key>, tags/<key>, metrics/<key>
    .trash/<experiment>/...                                  deleted experiments
    models/<name>/aliases/<alias>, version-<N>/meta.yaml     the registry

Nothing here writes, and no symbolic link below the store's own folder is followed: MLflow makes none.
"""

import shlex
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote, urlsplit

from batch_zero.secrets import masked
from lifecycle.records import ProductionModel, Survey
from mlflow_io.artifacts import places
from mlflow_io.errors import StoreMissing, TrackingUnreachable
from mlflow_io.latest_runs import FINISHED, RunInfo, latest_per_batch
from mlflow_io.run_kinds import batch_of
from mlflow_io.stores.base import Answer, ArtifactPlace, BrokenRun, FoundRuns, RunQuery
from mlflow_io.stores.files.careful import CarefulFiles
from mlflow_io.stores.files.change_tracker import ChangeTracker
from mlflow_io.stores.files.files import Files, Meta
from mlflow_io.stores.files.registry_files import REGISTRY, RegistryFiles
from mlflow_io.stores.files.run_files import DELETED, ID, TRASH, RunFiles
from mlflow_io.stores.run_list import PAGE, Cursor, Run, RunFilter, RunPage, Store, page_of
from mlflow_io.stores.survey import COUNTED, LOOKED_AT, keys, kinds
from mlflow_io.stores.tuning import USUAL, Tuning

ADVICE = (
    "This MLflow store is a folder of files, a kind that MLflow only maintains, and refuses to open since 3.13. "
    "`mlflow migrate-filestore --source {folder} --target sqlite:///mlflow.db` copies it into a database; "
    "the artifacts stay where they are."
)

SHOWN = 50
"""Names of experiments for a reader who may have misspelt one."""


def migration(uri: str) -> str:
    """``advice`` to whoever works on the store at ``uri``; empty for a store of any other kind."""
    folder = store_folder(uri)
    return advice(str(folder)) if folder is not None and folder.is_dir() else ""


def store_folder(uri: str) -> Path | None:
    """The folder behind a plain path or a ``file:`` URI, read as MLflow reads them; None for any other URI."""
    if not uri or uri in {"databricks", "databricks-uc"}:
        return None
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme == "file" and parts.netloc in {"", "localhost"}:
        return Path(unquote(parts.path))
    return None if parts.scheme else Path(unquote(uri))


def advice(folder: str) -> str:
    return masked(ADVICE.format(folder=shlex.quote(folder)))


@contextmanager
def open_filestore(uri: str, tuning: Tuning = USUAL) -> Iterator["FileStore"]:
    """Raises StoreMissing or TrackingUnreachable."""
    folder = store_folder(uri)
    try:
        if folder is None or not folder.exists():
            raise StoreMissing(uri)
        root = folder.resolve()
    except OSError as error:
        raise TrackingUnreachable(uri, error) from error
    if not root.is_dir():
        raise TrackingUnreachable(uri, "it is a file; the URI of a database begins with sqlite:///")
    yield FileStore(Files(uri, str(root), tuning.files))


class FileStore(Store):
    """Not for several threads at once."""

    def __init__(self, files: Files) -> None:
        """Raises TrackingUnreachable for a folder that is no file store."""
        self._files = files
        self._tracker = ChangeTracker()
        self._careful = CarefulFiles(files, self._tracker)
        self._runs, self._registry = RunFiles(self._careful), RegistryFiles(self._careful)
        self._tracker.answer(self._experiments)

    @property
    def note(self) -> str:
        return advice(self._files.root)

    def has_changed(self) -> bool:
        """Looks at the files of all that was asked since it last said yes; reads those that are other ones now."""
        return self._tracker.has_changed(afresh=False)

    def has_changed_at_all(self) -> bool:
        """Reads all of them again, without regard to time stamps."""
        return self._tracker.has_changed(afresh=True)

    # Experiments

    def experiment_ids(self, names: Collection[str]) -> Answer[Mapping[str, str]]:
        found = self._tracker.ask(self._experiments)
        return replace(found, content={name: found.content[name] for name in names if name in found.content})

    def experiment_names(self) -> Answer[tuple[str, ...]]:
        found = self._tracker.ask(self._experiments)
        return Answer(tuple(sorted(found.content)[:SHOWN]), found.unreadable)

    def _experiments(self) -> Mapping[str, str]:
        """Ids of active experiments by name."""
        folders, _ = self._files.entries("")
        metas = {name: self._careful.meta(name) for name in sorted(folders) if name != REGISTRY and ID.fullmatch(name)}
        if TRASH not in folders and not any(metas.values()) and not self._tracker.has_noted:
            self._no_store(folders)
        found = {}
        for folder, meta in metas.items():
            # None: a folder with artifacts.
            name = self._careful.without_broken(partial(self._name, folder, meta)) if meta is not None else None
            if name is not None:
                found[name] = folder
        return found

    def _name(self, folder: str, meta: Meta) -> str | None:
        """None where it is deleted or a copy of another experiment, which MLflow passes over as well."""
        name = self._careful.entry(meta, folder, "name")
        deleted = meta.get("lifecycle_stage") == DELETED
        return None if deleted or self._careful.entry(meta, folder, "experiment_id") != folder else name

    def _no_store(self, folders: Collection[str]) -> NoReturn:
        if not self._files.is_folder(""):
            raise StoreMissing(self._files.uri)
        perhaps = "is the one in its folder mlruns meant" if "mlruns" in folders else "are its runs in a database"
        raise self._files.broken("", f"the folder is there, but no experiment is in it; {perhaps}?")

    def survey(self, name: str, experiment_id: str) -> Answer[Survey | None]:
        return self._tracker.ask(self._survey, name, experiment_id)

    def _survey(self, name: str, experiment_id: str) -> Survey:
        """Of the first runs in the folder: in which order they ran is known only to who reads them all."""
        ids = self._runs.ids(experiment_id)
        read = partial(self._careful.without_broken, self._runs.status, experiment_id)
        status = {run_id: read(run_id) for run_id in ids[:COUNTED]}
        there = [run_id for run_id, found in status.items() if found]
        finished = [run_id for run_id in there if status[run_id] == FINISHED]
        folders = [f"{experiment_id}/{run_id}" for run_id in finished]
        numbered = [folder for folder in folders if self._careful.without_broken(self._runs.has_number, folder)]
        logged = keys(map(self._runs.remembered_data, folders[:LOOKED_AT]))
        counts = kinds(map(self._runs.remembered_data, numbered[:LOOKED_AT]))
        others, complete = len(there) - len(finished), len(ids) <= COUNTED
        return Survey(name, len(finished), others, len(numbered), *logged, complete, *counts)

    # Runs

    def read(self, queries: Collection[RunQuery]) -> Answer[Mapping[RunQuery, FoundRuns]]:
        return self._tracker.ask(self._read, *queries)

    def _read(self, *queries: RunQuery) -> Mapping[RunQuery, FoundRuns]:
        asked = dict.fromkeys((query.experiment_id, query.scored) for query in queries)
        numbered = {which: self._runs.numbered(*which) for which in asked}
        found = {}
        for query in queries:
            runs = [found.run for found in numbered[query.experiment_id, query.scored] if query.kind in found.kinds]
            infos = [run for run in runs if isinstance(run, RunInfo)]
            broken = tuple(run for run in runs if isinstance(run, BrokenRun))
            latest = latest_per_batch(infos)
            data = {run_id: self._runs.remembered_data(f"{query.experiment_id}/{run_id}") for run_id in latest.run_ids}
            found[query] = FoundRuns(infos, latest, data, broken=broken)
        return found

    def list_runs(self, criteria: RunFilter, *, after: Cursor | None = None, limit: int = PAGE) -> Answer[RunPage]:
        """Reads the meta.yaml of every run, and the data of those that come into question."""
        return self._tracker.answer(self._list, criteria, after, limit)

    def _list(self, criteria: RunFilter, after: Cursor | None, limit: int) -> RunPage:
        infos = self._runs.infos(criteria.experiment_id)
        possible = criteria.in_order(info for info in infos if criteria.fits(info) and criteria.is_after(info, after))
        runs = map(partial(self._run, criteria.experiment_id), possible)
        return page_of((run for run in runs if criteria.fits_data(run.data)), limit)

    def _run(self, experiment_id: str, info: RunInfo) -> Run:
        data = self._runs.data(f"{experiment_id}/{info.run_id}")
        return Run(experiment_id, info._replace(batch=batch_of(data) or ""), data)

    def get_run(self, run_id: str) -> Answer[Run | None]:
        return self._tracker.answer(self._get, run_id)

    def _get(self, run_id: str) -> Run | None:
        folder = self._runs.folder_of(run_id)
        if folder is None or folder.startswith(TRASH):
            return None
        experiment_id = folder.rpartition("/")[0]
        info = self._careful.without_broken(self._runs.info, experiment_id, run_id)
        return None if info is None else self._run(experiment_id, info)

    def artifact_place(self, run_id: str) -> Answer[ArtifactPlace]:
        return self._tracker.answer(self._place, run_id)

    def _place(self, run_id: str) -> ArtifactPlace:
        folder, root = self._runs.folder_of(run_id), Path(self._files.root)
        homes = (root, *(root.parent / name for name in places.BESIDE[1:]))
        if folder is None:
            return ArtifactPlace(None, places.bases(homes, None))
        meta = self._careful.without_broken(self._files.meta, folder) or {}
        return ArtifactPlace(meta.get("artifact_uri") or "", places.bases(homes, folder.rpartition("/")[0]))

    def production(self, model: str) -> Answer[ProductionModel | None]:
        return self._tracker.ask(self._registry.production, model)

    def model_names(self) -> Answer[tuple[str, ...]]:
        return self._tracker.ask(self._registry.names)
