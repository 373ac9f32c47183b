"""Looks at a model file before anything opens it: what it is, whether its name agrees, what it would import. What is
no model, or not to be unpacked, is refused."""

import zipfile
import zlib
from pathlib import Path

from batch_zero.text import one_line
from sandbox.files import kinds
from sandbox.files.bounds import BoundError, FileBounds
from sandbox.files.kinds import Kind
from sandbox.files.recognise import Found, recognised
from sandbox.files.streams import CutError, DamagedError, NoCodecError
from sandbox.files.whole import ends_early
from sandbox.files.zips import ZipError
from testbench.files import folder, scan
from testbench.files.errors import DamagedFile, NotAModel, TooLarge, UnsafeZip, WrongSuffix
from testbench.files.report import FileReport
from testbench.files.scan import Seen

LONGEST_NAME = 100


def examine(path: Path, name: str | None = None, bounds: FileBounds | None = None) -> FileReport:
    """path: a file, or an MLflow model folder. name: that its owner calls it by; by default the path's.

    Raises FileRefused where it is no model, of another kind than its name says, larger than the bounds, or damaged."""
    bounds = bounds or FileBounds()
    called = one_line(Path(name or path.name).name, LONGEST_NAME) or "the file"
    try:
        if path.is_dir():
            return _of_folder(path, called, bounds)
        bounds.check_file(path.stat().st_size)
        found = recognised(path, bounds)
        if found.cut:
            raise _cut(called, path)
        fits = _fitting(found, called)
        seen = _seen(path, found, bounds)
    except BoundError as error:
        raise TooLarge(f"{called}: {error}") from error
    except ZipError as error:
        zipped = "" if path.is_dir() else "a zip of "
        raise UnsafeZip(f"{called}: {error}; expected {zipped}plain files and folders") from error
    except CutError as error:
        raise _cut(called, path) from error
    except (DamagedError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DamagedFile(f"{called}: got {found.kind.words} that is damaged, expected it whole") from error
    return _report(called, found, fits, seen, path.stat().st_size, folder.sha256(path))


def _cut(called: str, path: Path) -> DamagedFile:
    return DamagedFile(f"{called}: {ends_early(path.stat().st_size)}")


def _of_folder(path: Path, called: str, bounds: FileBounds) -> FileReport:
    files = folder.files_in(path, bounds)
    if "MLmodel" not in files:
        raise NotAModel(f"{called}: got a folder without an MLmodel, expected an MLflow model folder, or {kinds.VALID}")
    found, seen = Found(kinds.MLFLOW_FOLDER), folder.seen_in_folder(files, bounds)
    return _report(called, found, None, seen, folder.size_of(files), folder.digest(files))


def _seen(path: Path, found: Found, bounds: FileBounds) -> Seen:
    try:
        return scan.seen_in(path, found, bounds)
    except NoCodecError as lacking:
        return Seen(
            read_to=0,
            stopped=f"it is compressed by {lacking}, and the package {lacking} is not installed here "
            "(pip install -r requirements/bench.txt)",
        )


def _fitting(found: Found, called: str) -> bool | None:
    """Whether the suffix is one of this kind's; None where it is nobody's. Raises NotAModel or WrongSuffix."""
    kind, suffix = found.kind, Path(called).suffix.lower()
    if not kind.model:
        packed = f", compressed by {found.codec}" if found.codec and kind not in (kinds.DAMAGED, kinds.TWICE) else ""
        raise NotAModel(f"{called}: got {kind.words}{packed}, expected {kinds.VALID}", hint=_hint(kind))
    if suffix in kind.suffixes:
        return True
    meant = next((other for other in kinds.MODELS if suffix in other.suffixes), None)
    if meant is None:
        return None
    raise WrongSuffix(
        f"{called}: got {kind.words} by its bytes and {meant.words} by its name, expected both to be the same",
        hint=f"name it {kind.suffixes[0]} if that is what it is",
    )


def _hint(kind: Kind) -> str | None:
    return kind.advice or None


def _report(called: str, found: Found, fits: bool | None, seen: Seen, size: int, sha256: str) -> FileReport:
    kind = kinds.JOBLIB if found.kind is kinds.PICKLE and seen.arrays else found.kind
    return FileReport(
        name=called,
        kind=kind.name,
        words=kind.words,
        codec=found.codec,
        suffix_fits=fits,
        size=size,
        sha256=sha256,
        names=scan.by_danger(seen.names),
        more_names=seen.more,
        read_to=seen.read_to,
        read_of=seen.read_of,
        stopped=seen.stopped,
        saved_with=seen.saved_with,
        remarks=seen.remarks,
    )
