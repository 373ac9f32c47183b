"""MLflow's file store, read straight from its files: MLflow itself refuses to open one since 3.13.

    <experiment>/meta.yaml
    <experiment>/<run>/meta.yaml, params/<key>, tags/<key>, metrics/<key>
    .trash/<experiment>/...                                  deleted experiments
    models/<name>/aliases/<alias>, version-<N>/meta.yaml     the registry

Nothing here writes, and no symbolic link below the store's own folder is followed: MLflow makes none.
"""

import re
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar
from urllib.parse import unquote, urlsplit

from batch_zero.secrets import masked
from lifecycle.records import ProductionModel, Survey
from mlflow_io import names
from mlflow_io.artifacts import places
from mlflow_io.errors import StoreMissing, TrackingUnreachable
from mlflow_io.latest_runs import FINISHED, Kind, RunInfo
from mlflow_io.run_kinds import is_of
from mlflow_io.stores.base import NO_DATA, RunData, RunStore
from mlflow_io.stores.filestore_files import META, FileBroken, Files, Meta, Stamp, settled
from mlflow_io.stores.survey import COUNTED, LOOKED_AT, keys, kinds

ADVICE = (
    "This MLflow store is a folder of files, a kind that MLflow only maintains, and refuses to open since 3.13. "
    "`mlflow migrate-filestore --source {folder} --target sqlite:///mlflow.db` copies it into a database; "
    "the artifacts stay where they are."
)

SHOWN = 50
"""Names of experiments for a reader who may have misspelt one."""

SHORT = 20
"""Characters of a value that is told beside a file."""

_STATUS = {"1": "RUNNING", "2": "SCHEDULED", "3": FINISHED, "4": "FAILED", "5": "KILLED"}
_DELETED, _DELETED_VERSION = "deleted", "Deleted_Internal"
_TRASH, _REGISTRY = ".trash", "models"
_NO_RUNS = {"tags", "datasets", "traces", "models"}
_ID = re.compile(r"[a-zA-Z0-9][\w-]{0,255}", re.ASCII)
_VERSION = re.compile(r"\s*(\d{1,9})\s*", re.ASCII)
_MARKS = (names.PRODUCTION_SCORES["auc"], names.CANDIDATE_SCORES["auc"], names.DRIFT_SHARE)
_BATCH = (f"params/{names.BATCH_NUMBER}", f"tags/{names.BATCH_NUMBER}")
_WATCHED = (META, *_BATCH, f"tags/{names.QUALITY_GATE}", *(f"metrics/{mark}" for mark in _MARKS))

T = TypeVar("T")


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
def open_filestore(uri: str) -> Iterator[RunStore]:
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
    yield FileStore(Files(uri, str(root)))


class _Run(NamedTuple):
    candidate: RunInfo
    kinds: frozenset[Kind]


class _Read(NamedTuple):
    """stamps: of the files that ``answer`` was read from; None while they have not settled. broken: those of them that
    it goes without."""

    stamps: tuple[Stamp, ...] | None
    answer: Any
    broken: dict[str, None]


class FileStore(RunStore):
    """Not for several threads at once.

    Of a run without a batch number nothing is read and nothing kept: two looks for the file say that there is none.
    What was read of the others is kept and read again only when the files it came from are other ones.
    """

    def __init__(self, files: Files) -> None:
        """Raises TrackingUnreachable for a folder that is no file store."""
        self._files = files
        self._known: dict[str, _Read] = {}
        self._known_before: dict[str, _Read] = {}
        self._asked: dict[tuple[Any, ...], Any] = {}
        self._broken: dict[str, None] = {}
        self._news = False
        self._experiments()

    @property
    def note(self) -> str:
        return advice(self._files.root)

    @property
    def unreadable(self) -> tuple[str, ...]:
        return tuple(self._broken)

    def changed(self, *, thoroughly: bool) -> bool:
        """Asks all that was asked since it last said yes again. thoroughly: without regard to time stamps."""
        self._known_before, self._known = {} if thoroughly else self._known, {}
        before, self._broken = self._broken, {}
        for read, *of in list(self._asked):
            self._ask(read, *of)
        if self._asked and not self._news and self._broken == before:
            return False
        self._asked, self._broken, self._news = {}, {}, False
        return True

    def _ask(self, read: Callable[..., T], *of: str) -> T:
        answer = read(*of)
        self._news |= self._asked.get((read, *of), answer) != answer
        self._asked[read, *of] = answer
        return answer

    def _kept(self, what: str, paths: Iterable[str], read: Callable[[], T]) -> T:
        """``read()``, or what it gave when the files at ``paths`` were the same. Of files that may not be looked at
        nobody can tell."""
        stamps = self._or_without(self._stamps, *paths)
        known = self._known.get(what) or self._known_before.get(what)
        if known is None or stamps is None or known.stamps != stamps:
            others, self._broken = self._broken, {}
            known = _Read(stamps if stamps is not None and settled(stamps) else None, read(), self._broken)
            self._broken = others
        self._broken |= known.broken
        self._known[what] = known
        answer: T = known.answer
        return answer

    def _stamps(self, *paths: str) -> tuple[Stamp, ...]:
        return tuple(map(self._files.stamp, paths))

    def _or_without(self, read: Callable[..., T], *of: str, about: str = "") -> T | None:
        """None where a file cannot be read, which is remembered. about: what else is to be said of it."""
        try:
            return read(*of)
        except FileBroken as error:
            self._broken[f"{error.said}{about}"] = None
            return None

    def _meta(self, folder: str) -> Meta | None:
        """None as well where it cannot be read."""
        path = f"{folder}/{META}"
        return self._kept(path, (path,), partial(self._or_without, self._files.meta, folder))

    def _said(self, meta: Meta, folder: str, *keys: str) -> str:
        """The first of ``keys`` that there is."""
        for key in keys:
            if said := meta.get(key):
                return said
        raise self._files.broken(f"{folder}/{META}", f"not what MLflow writes (no {keys[0]})")

    def experiment_id(self, name: str) -> str | None:
        return self._ask(self._experiments).get(name)

    def experiment_names(self) -> tuple[str, ...]:
        return tuple(sorted(self._ask(self._experiments))[:SHOWN])

    def _experiments(self) -> Mapping[str, str]:
        """Ids of active experiments by name."""
        folders, _ = self._files.entries("")
        metas = {name: self._meta(name) for name in sorted(folders) if name != _REGISTRY and _ID.fullmatch(name)}
        if _TRASH not in folders and not any(metas.values()) and not self._broken:
            self._no_store(folders)
        found = {}
        for folder, meta in metas.items():
            # None: a folder with artifacts.
            name = self._or_without(partial(self._name, folder, meta)) if meta is not None else None
            if name is not None:
                found[name] = folder
        return found

    def _name(self, folder: str, meta: Meta) -> str | None:
        """None where it is deleted or a copy of another experiment, which MLflow passes over as well."""
        name = self._said(meta, folder, "name")
        deleted = meta.get("lifecycle_stage") == _DELETED
        return None if deleted or self._said(meta, folder, "experiment_id") != folder else name

    def _no_store(self, folders: Collection[str]) -> NoReturn:
        if not self._files.is_folder(""):
            raise StoreMissing(self._files.uri)
        perhaps = "is the one in its folder mlruns meant" if "mlruns" in folders else "are its runs in a database"
        raise self._files.broken("", f"the folder is there, but no experiment is in it; {perhaps}?")

    def survey(self, name: str, experiment_id: str) -> Survey:
        return self._ask(self._survey, name, experiment_id)

    def _survey(self, name: str, experiment_id: str) -> Survey:
        """Of the first runs in the folder: in which order they ran is known only to who reads them all."""
        folders, _ = self._or_without(self._files.entries, experiment_id) or ([], [])
        ids = sorted(run_id for run_id in folders if run_id not in _NO_RUNS and _ID.fullmatch(run_id))
        status = {run_id: self._or_without(self._status, experiment_id, run_id) for run_id in ids[:COUNTED]}
        there = [run_id for run_id, found in status.items() if found]
        finished = [run_id for run_id in there if status[run_id] == FINISHED]
        numbered = [run for run in finished if self._or_without(self._has_number, f"{experiment_id}/{run}")]
        logged = keys(self._facts(run_id) for run_id in finished[:LOOKED_AT])
        counts = kinds(self._facts(run_id) for run_id in numbered[:LOOKED_AT])
        others, complete = len(there) - len(finished), len(ids) <= COUNTED
        return Survey(name, len(finished), others, len(numbered), *logged, complete, *counts)

    def _status(self, experiment_id: str, run_id: str) -> str | None:
        folder = f"{experiment_id}/{run_id}"
        meta = self._meta(folder)
        if meta is None or meta.get("lifecycle_stage") == _DELETED:
            return None
        return self._candidate(run_id, folder, meta, "").status

    def _has_number(self, path: str) -> bool:
        return any(self._files.stat(f"{path}/{name}") for name in _BATCH)

    def candidates(self, experiment_id: str, kind: Kind) -> Iterable[RunInfo]:
        runs = self._ask(self._runs, experiment_id)
        return [run.candidate for run in runs if kind in run.kinds]

    def _runs(self, experiment_id: str) -> list[_Run]:
        """Active ones that carry a batch number."""
        if not _ID.fullmatch(experiment_id) or not self._files.is_folder(experiment_id):
            return []
        folders, _ = self._or_without(self._files.entries, experiment_id) or ([], [])
        found = (self._or_without(self._numbered, experiment_id, run_id) for run_id in sorted(folders))
        return [run for run in found if run]

    def _numbered(self, experiment_id: str, run_id: str) -> _Run | None:
        path = f"{experiment_id}/{run_id}"
        if not self._has_number(path):
            return None
        paths = (f"{path}/{name}" for name in _WATCHED)
        return self._kept(path, paths, partial(self._run_or_without, experiment_id, run_id))

    def _run_or_without(self, experiment_id: str, run_id: str) -> _Run | None:
        if run_id in _NO_RUNS or not _ID.fullmatch(run_id):
            return None
        batch = self._or_without(self._batch, f"{experiment_id}/{run_id}")
        if batch is None:
            return None
        about = f" (a run with the {names.BATCH_NUMBER} {batch[:SHORT]!r})"
        return self._or_without(self._run, experiment_id, run_id, batch, about=about)

    def _batch(self, path: str) -> str:
        for name in _BATCH:
            text = self._files.text(f"{path}/{name}")
            if text is not None:
                return text
        raise self._files.broken(f"{path}/{_BATCH[0]}", "it is not a regular file")

    def _run(self, experiment_id: str, run_id: str, batch: str) -> _Run | None:
        path = f"{experiment_id}/{run_id}"
        meta = self._files.meta(path)
        if meta is None:
            raise self._files.broken(f"{path}/{META}", "there is none")
        if meta.get("lifecycle_stage") == _DELETED:
            return None
        for key in ("start_time", "status"):  # of a file that was cut off, the last lines are lacking
            if key not in meta:
                raise self._files.broken(f"{path}/{META}", f"not what MLflow writes (no {key})")
        ids = self._said(meta, path, "experiment_id"), self._said(meta, path, "run_id", "run_uuid")
        if ids != (experiment_id, run_id):
            return None  # a copy of another run
        return _Run(self._candidate(run_id, path, meta, batch), self._kinds(path))

    def _candidate(self, run_id: str, folder: str, meta: Meta, batch: str) -> RunInfo:
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

    def _kinds(self, path: str) -> frozenset[Kind]:
        gate = self._files.text(f"{path}/tags/{names.QUALITY_GATE}")
        metrics = self._files.is_folder(f"{path}/metrics")
        said = RunData(
            {},
            {mark: 0.0 for mark in _MARKS if metrics and self._files.stat(f"{path}/metrics/{mark}")},
            {} if gate is None else {names.QUALITY_GATE: gate},
        )
        return frozenset(kind for kind in Kind if is_of(kind, said))

    def facts(self, run_ids: Collection[str]) -> Mapping[str, RunData]:
        return {run_id: self._ask(self._facts, run_id) for run_id in run_ids}

    def _facts(self, run_id: str) -> RunData:
        folder = self._folder(run_id)
        if folder is None:
            return NO_DATA
        keys = {of: self._or_without(self._keys, f"{folder}/{of}") or [] for of in ("params", "metrics", "tags")}
        paths = (f"{folder}/{of}/{key}" for of in keys for key in keys[of])
        return self._kept(f"{folder}/facts", paths, partial(self._read_facts, folder, keys))

    def _read_facts(self, folder: str, keys: Mapping[str, Iterable[str]]) -> RunData:
        return RunData(
            self._each(self._files.text, f"{folder}/params", keys["params"]),
            self._each(self._files.last_value, f"{folder}/metrics", keys["metrics"]),
            self._each(self._files.text, f"{folder}/tags", keys["tags"]),
        )

    def _keys(self, path: str) -> list[str]:
        return list(self._files.keys(path))

    def _each(self, read: Callable[[str], T | None], folder: str, keys: Iterable[str]) -> dict[str, T]:
        """By key, without those whose file cannot be read or went away meanwhile."""
        found = ((key, self._or_without(read, f"{folder}/{key}")) for key in keys)
        return {key: value for key, value in found if value is not None}

    def _folder(self, run_id: str) -> str | None:
        """Of a run, wherever it is: ids are unique in a store."""
        if not _ID.fullmatch(run_id):
            return None
        for experiment in self._experiment_folders():
            folder = f"{experiment}/{run_id}"
            if self._or_without(self._is_run, folder):
                return folder
        return None

    def _experiment_folders(self) -> Iterator[str]:
        """Those of deleted experiments last."""
        experiments = self._files.entries("")[0]
        yield from experiments
        if _TRASH in experiments:
            trash, _ = self._or_without(self._files.entries, _TRASH) or ([], [])
            yield from (f"{_TRASH}/{name}" for name in trash)

    def _is_run(self, folder: str) -> bool:
        return self._files.is_folder(folder) and self._files.stat(f"{folder}/{META}") is not None

    def artifact_root(self, run_id: str) -> str | None:
        folder = self._folder(run_id)
        if folder is None:
            return None
        meta = self._or_without(self._files.meta, folder)
        return (meta.get("artifact_uri") if meta else None) or ""

    def artifact_bases(self, run_id: str) -> tuple[Path, ...]:
        folder, root = self._folder(run_id), Path(self._files.root)
        experiment = folder.rpartition("/")[0] if folder else None
        return places.bases((root, *(root.parent / name for name in places.BESIDE[1:])), experiment)

    def production(self, model: str) -> ProductionModel | None:
        return self._ask(self._production, model)

    def _production(self, model: str) -> ProductionModel | None:
        folder = f"{_REGISTRY}/{model}"
        plain = model not in {"", ".", ".."} and not {"/", "\0"} & set(model)
        if not plain or not self._files.is_folder(_REGISTRY):
            return None
        # Where one of its files cannot be read, nobody knows which version is in production.
        return self._or_without(self._in_production, model, folder)

    def _in_production(self, model: str, folder: str) -> ProductionModel | None:
        if not self._files.is_folder(folder):
            return None
        return self._by_alias(model, folder) or self._by_stage(model, folder)

    def _by_alias(self, model: str, folder: str) -> ProductionModel | None:
        for alias in names.ALIASES:
            version = _VERSION.fullmatch(self._files.text(f"{folder}/aliases/{alias}") or "")
            meta = self._files.meta(f"{folder}/version-{int(version.group(1))}") if version else None
            if version and meta and meta.get("current_stage") != _DELETED_VERSION:
                return ProductionModel(model, str(int(version.group(1))), alias, None, meta.get("run_id") or None)
        return None

    def _by_stage(self, model: str, folder: str) -> ProductionModel | None:
        folders, _ = self._files.entries(folder)
        matches = (_VERSION.fullmatch(name.removeprefix("version-")) for name in folders)
        for version in sorted((int(match.group(1)) for match in matches if match), reverse=True):
            meta = self._files.meta(f"{folder}/version-{version}")
            if meta and meta.get("current_stage") == names.STAGE:
                return ProductionModel(model, str(version), None, names.STAGE, meta.get("run_id") or None)
        return None
