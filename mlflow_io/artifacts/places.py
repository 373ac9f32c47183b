"""Where the artifacts of a run are: as recorded, or, where the store was moved with them, beside it.

A store that comes from elsewhere names folders of the machine that made it: a home folder, a Windows drive, a path
relative to wherever MLflow was started, ``mlflow-artifacts:/`` of its own server. What it names is anybody's text:
beside the store, nothing outside of the folders that ``ArtifactPlace.beside`` names is opened, by whatever path or
link.
"""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import unquote, urlsplit

from mlflow_io.errors import ArtifactElsewhere, ArtifactMissing

BESIDE = ("mlruns", "mlartifacts", "artifacts")
"""Where MLflow, its server and people keep artifacts beside a database."""

LONGEST_TAIL = 8
"""Folders of a recorded path that are looked for below the store's own."""

PROXIED = {"mlflow-artifacts", "http", "https"}
"""Schemes of artifacts that a server passes on."""

LONGEST = 200
"""Characters of a recorded place that are told."""

_WINDOWS = re.compile(r"/?[a-zA-Z]:([\\/]|$)|\\\\")
_PLAIN = re.compile(r"[\w-]{1,256}", re.ASCII)


def is_local(uri: str) -> bool:
    """Whether the recorded URI names files of some machine; a Windows drive looks like a scheme."""
    return bool(_WINDOWS.match(uri)) or urlsplit(uri).scheme in {"", "file"}


def is_proxied(uri: str) -> bool:
    return not _WINDOWS.match(uri) and urlsplit(uri).scheme in PROXIED


def plain(name: object) -> str | None:
    """An id that is one folder and no way out of it."""
    text = str(name)
    return text if _PLAIN.fullmatch(text) else None


def bases(homes: Sequence[Path], experiment: str | None) -> tuple[Path, ...]:
    """In each of ``homes``, the folder of the experiment comes first."""
    return tuple(place for home in homes for place in ((home / experiment, home) if experiment else (home,)))


def find(recorded: str, run_id: str, below: Sequence[Path], path: str) -> Path:
    """The file of the artifact ``path``. recorded: a URI that is local or proxied. below: folders of a store on this
    machine.

    Raises ArtifactMissing where the artifacts of the run are here and this one is not among them, ArtifactElsewhere
    where they are not, OSError where that cannot be seen.
    """
    named, as_recorded = _path(recorded), _as_recorded(recorded)
    if as_recorded is not None and os.path.exists(as_recorded / path):  # noqa: PTH110  # False where it may not look
        return as_recorded / path
    folders = list(_beside(named, run_id, below)) if plain(run_id) else []
    for base, folder in folders:
        if _is_below(base, folder / path) and (folder / path).exists():
            return folder / path
    kept = any(_holds_something(base, folder) for base, folder in folders)
    if kept or (as_recorded is not None and _is_in_place(as_recorded, run_id, below)):
        raise ArtifactMissing(f"This run has no {path}")
    raise ArtifactElsewhere(path, _words(recorded, named, run_id))


def here(recorded: str) -> Path | None:
    """The recorded place, where it is one of this machine and is there."""
    place = _as_recorded(recorded)
    return place if place is not None and os.path.exists(place) else None  # noqa: PTH110  # False where it may not look


def folder(recorded: str, run_id: str, below: Sequence[Path]) -> Path | None:
    """Where the artifacts of the run are: as recorded, or below; None where they are neither."""
    if (place := here(recorded)) is not None or not plain(run_id):
        return place
    found = _beside(_path(recorded), run_id, below)
    return next((folder for base, folder in found if _holds_something(base, folder)), None)


def _as_recorded(recorded: str) -> Path | None:
    named = _path(recorded)
    return Path(named) if _is_of_this_machine(recorded, named) else None


def _path(recorded: str) -> PurePath:
    if _WINDOWS.match(recorded):
        return PureWindowsPath(recorded.lstrip("/"))
    if not urlsplit(recorded).scheme:
        return PurePosixPath(recorded)
    parts = urlsplit(recorded)
    path = unquote(parts.path)
    if parts.scheme != "file":
        return PurePosixPath(path.lstrip("/"))
    if _WINDOWS.match(path):
        return PureWindowsPath(path.lstrip("/"))
    if re.fullmatch("[a-zA-Z]:", parts.netloc):
        return PureWindowsPath(f"{parts.netloc}{path}")
    if parts.netloc not in {"", "localhost"}:
        return PureWindowsPath(f"//{parts.netloc}{path}")
    return PurePosixPath(path)


def _is_of_this_machine(recorded: str, named: PurePath) -> bool:
    """What is relative was so to a folder that nobody knows any more, and never to ours."""
    return isinstance(named, type(PurePath())) and named.is_absolute() and is_local(recorded) and _can_be(named)


def _can_be(named: PurePath) -> bool:
    """File systems take no longer names."""
    text = str(named)
    return "\0" not in text and len(text) < 4_000 and all(len(part) < 256 for part in named.parts)


def _beside(named: PurePath, run_id: str, below: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """(base, folder that may hold the run's artifacts): the recorded path's end, as much of it as there is, which names
    the run."""
    parts = [part for part in named.parts if part != named.anchor][-LONGEST_TAIL:]
    tails: list[tuple[str, ...]] = []
    if ".." not in parts and run_id in parts and _can_be(named):
        last = max(place for place, part in enumerate(parts) if part == run_id)
        tails += (tuple(parts[first:]) for first in range(last + 1))
    tails.append((run_id, "artifacts"))
    for base in below:
        yield from ((base, base.joinpath(*tail)) for tail in dict.fromkeys(tails))


def _holds_something(base: Path, folder: Path) -> bool:
    """MLflow makes an empty folder beside every run of a file store, wherever the artifacts go."""
    if not folder.is_dir() or not _is_below(base, folder):
        return False
    with os.scandir(folder) as entries:
        return next(entries, None) is not None


def _is_below(base: Path, path: Path) -> bool:
    """By the way that links go as well; one that leads in a circle leads nowhere."""
    return Path(os.path.realpath(path)).is_relative_to(base)


def _is_in_place(folder: Path, run_id: str, below: Sequence[Path]) -> bool:
    """Whether the recorded folder, or the one that holds those of all runs, is here: a run without artifacts may have
    none. So may a whole store that was not moved."""
    if folder.is_dir():
        return True
    if run_id not in folder.parts:
        return False
    runs = Path(*folder.parts[: folder.parts.index(run_id)])
    return runs.is_dir() or any(runs == base or runs.is_relative_to(base) for base in below)


def _words(recorded: str, named: PurePath, run_id: str) -> str:
    """The place of all runs' artifacts, so that the same is said of each run."""
    parts = named.parts
    place = PurePath if isinstance(named, type(PurePath())) else type(named)
    shown = place(*parts[: parts.index(run_id)]) if run_id in parts else named
    text = shown.as_posix()
    if is_proxied(recorded):
        text = f"{recorded.partition(':')[0]}:/{text.removeprefix('.')}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
