"""Versions: which of its library a model was saved with, and what that library lacks here. Runs in the child."""

import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.child.align import Refused
from sandbox.files.bounds import BoundError, FileBounds
from sandbox.files.recognise import HEAD
from sandbox.files.streams import DamagedError, NoCodecError, Unpacked, codec_of

LIBRARIES = {
    "sklearn": "scikit-learn", "xgboost": "XGBoost", "lightgbm": "LightGBM", "catboost": "CatBoost", "numpy": "NumPy",
    "scipy": "SciPy", "pandas": "pandas", "joblib": "joblib",
}  # fmt: skip
"""Module -> what the library is called."""

LOST = re.compile(r"(?:Can't get attribute|module '[\w.]+' has no attribute) '([\w.]+)'")
OF_MODULE = re.compile(r"module '([\w.]+)'")
SAVED = re.compile(rb"_sklearn_version.{1,12}?(\d+\.\d+(?:\.(?:\d+(?:(?:a|b|rc)\d+)?|(?:dev|post)\d+))*)", re.DOTALL)
"""As pickles of scikit-learn write it beside what it has learned."""


class Saved:
    """With which version of scikit-learn; None as long as nobody has said."""

    scikit_learn: str | None = None

    def warned(self, message: Warning | str, *_: Any, **__: Any) -> None:
        """Takes the place of ``warnings.showwarning``."""
        version = getattr(message, "original_sklearn_version", None)
        if isinstance(version, str):
            self.scikit_learn = version[:40]

    def differ(self) -> str:
        """'it was saved with scikit-learn 1.2.2, and 1.9.1 is here'; empty where they are the same, or not known."""
        here = _here("sklearn")
        if self.scikit_learn is None or here is None or self.scikit_learn == here:
            return ""
        return f"it was saved with scikit-learn {self.scikit_learn}, and {here} is here"


@contextmanager
def noticed() -> Iterator[Saved]:
    """What scikit-learn says of versions while a model is opened."""
    saved = Saved()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("always", "Trying to unpickle estimator")  # of a library that may not be imported yet
        warnings.showwarning = saved.warned
        yield saved


def written_in(file: Path) -> str | None:
    """The version of scikit-learn that a pickle names, which may fail before scikit-learn itself comes to say it."""
    try:
        with file.open("rb") as raw:
            codec = codec_of(raw.read(HEAD))
            raw.seek(0)
            source: Any = Unpacked(raw, codec, FileBounds()) if codec else raw
            before = b""
            while piece := source.read(HEAD):
                if found := SAVED.search(before + piece):
                    return found[1].decode("ascii", "replace")[:40]
                before = piece[-100:]
    except (OSError, DamagedError, NoCodecError, BoundError):
        return None
    return None


AGAIN = "save it again with the version here"


def explained(error: Exception, saved: Saved, *, opening: bool = True) -> Refused | None:
    """An error that comes of another version of a library; None where that is not known of it. opening: whether that is
    when it came; later on, the rows may be the cause of most errors."""
    versions = saved.differ()
    lost, module = _lost(error)
    library = module.partition(".")[0]
    if library in LIBRARIES and lost:
        versions = versions or f"it was saved with another version of {LIBRARIES[library]} than {_here(library)}"
        return Refused(f"{versions}, where {lost!r} of {module} is not there; {AGAIN}")
    if not versions:
        return None
    if isinstance(error, AttributeError) and error.name is not None and error.obj is not None:
        owner = type(error.obj).__qualname__[:100]
        return Refused(f"{versions}, which wants the attribute {error.name!r} that its {owner} has not; {AGAIN}")
    if not opening:
        return None
    said = next(iter(str(error).splitlines()), "")
    return Refused(f"{versions}, which cannot use it ({type(error).__name__}: {said}); {AGAIN}")


def _lost(error: Exception) -> tuple[str, str]:
    """What could not be found, and in which module; both empty where it was something else."""
    if isinstance(error, ModuleNotFoundError):
        parent, _, name = str(error.name).rpartition(".")
        return name, parent
    if isinstance(error, AttributeError | ImportError):
        lost, within = LOST.search(str(error)), OF_MODULE.search(str(error))
        if lost is not None and within is not None:
            return lost[1], within[1]
    return "", ""


def _here(module: str) -> str | None:
    return getattr(sys.modules.get(module), "__version__", None)
