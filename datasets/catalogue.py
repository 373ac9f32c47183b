"""Which experiments there are, and how one is found and read: by its name, or by the path of its file."""

import difflib
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from errno import ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from batch_zero.errors import SettingsError, expected
from batch_zero.storage.meant import hint
from batch_zero.storage.regular import open_regular
from batch_zero.text import shortened
from batch_zero.validation import sentence
from datasets.experiment_file import ExperimentFile
from lifecycle.experiment import Experiment, UnknownExperiment

TOML_NAME = "experiment.toml"
TOML_MAX_BYTES = 100_000
ALIKE = 0.4
"""From so much likeness on, by difflib, a name may be meant by another: abdc is to abcd_efgh 0.46."""
NOT_THERE = {ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP}
"""By these a name is no path at all, and may be meant for another; whatever else goes wrong happens to a file that is
there."""


class NoSuchExperiment(SettingsError, UnknownExperiment):
    """An experiment that is neither shipped with this installation nor a file."""

    def __init__(self, key: str, known: tuple[str, ...], called: str = "experiment") -> None:
        """called: what it was asked for by."""
        self.key = key
        self.known, self.nearest = known, next(iter(difflib.get_close_matches(key, known, 1, ALIKE)), None)
        named = ", ".join(f"{name} (the nearest)" if name == self.nearest else name for name in known)
        path, absent = f"the path of an {TOML_NAME}", _absent(key)
        self.without_names = f"{expected(called, key, f'the name of one that there is or {path}')}{absent}"
        super().__init__(f"{expected(called, key, f'one of {named} or {path}')}{absent}")


def shipped(folder: Path) -> list[str]:
    """The names of the experiments below ``folder``."""
    return sorted(path.parent.name for path in folder.glob(f"*/{TOML_NAME}"))


def load(key: str, folder: Path, known: Sequence[str], drift_threshold: float | None = None) -> Experiment:
    """The experiment called ``key``: one of ``known``, which are below ``folder``, or the path of a file.

    Raises SettingsError where there is none or it cannot be used.
    """
    path = _toml_path(key, folder, known)
    try:
        return _checked(_content(path)).experiment(key, path.parent, drift_threshold)
    except OSError as error:
        if error.errno in NOT_THERE:
            raise NoSuchExperiment(key, tuple(known)) from None
        raise SettingsError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not a TOML file: {error}") from None
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from None


def names_in_mlflow(folder: Path, known: Sequence[str], *paths: str) -> frozenset[str]:
    """The experiments in MLflow that those of ``known`` and of ``paths`` go by which can be read."""
    found: set[str] = set()
    for key in dict.fromkeys((*known, *paths)):
        with suppress(SettingsError):
            found |= load(key, folder, known).names.experiments
    return frozenset(found)


def _toml_path(key: str, folder: Path, known: Sequence[str]) -> Path:
    """Only files called experiment.toml are ever opened: the key may come from a URL."""
    if key in known:
        return folder / key / TOML_NAME
    try:
        path = Path(key).expanduser()
        return (path if path.name == TOML_NAME else path / TOML_NAME).resolve()
    except (RuntimeError, ValueError):  # "~nobody"; a null byte
        raise NoSuchExperiment(key, tuple(known)) from None


def _absent(key: str) -> str:
    """Of a key that is a path and no name: the file that is not there, as it was named; it may come from a URL."""
    path = Path(key)
    if path.suffix.lower() == ".toml" and path.name != TOML_NAME:
        return f"; a file is read only if its name is {TOML_NAME}"
    if "/" not in key and path.name != TOML_NAME:
        return ""
    file = path if path.name == TOML_NAME else path / TOML_NAME
    return f"; there is no file {shortened(str(file), 200)}{hint(file)}"


def _content(path: Path) -> dict[str, Any]:
    with open_regular(path) as file:
        content = file.read(TOML_MAX_BYTES + 1)
    if len(content) > TOML_MAX_BYTES:
        raise ValueError(f"larger than {TOML_MAX_BYTES:,} bytes, which no {TOML_NAME} is")
    return tomllib.loads(content.decode())


def _checked(content: dict[str, Any]) -> ExperimentFile:
    try:
        return ExperimentFile.model_validate(content)
    except ValidationError as error:
        raise ValueError(sentence(error, ExperimentFile, content)) from None
