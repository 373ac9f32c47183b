"""Predictions of a model file, made in a child process. See the README of this folder for what that is worth."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile, mkdtemp
from typing import IO

import numpy as np
import pandas as pd
import pyarrow as pa

from batch_zero.errors import BatchZeroError
from batch_zero.text import one_line
from sandbox import confine
from sandbox.labels import Labels
from sandbox.memory import allowed_mb
from sandbox.shown import Shown
from sandbox.usage import Bounds, excess

WORKER = Path(__file__).with_name("worker.py")
LOOK_EVERY_S = 0.1
MOST_THREADS = 8
"""Of each native library: each thread takes some of the address space, and BLAS hangs where there is none left."""
log = logging.getLogger(__name__)


class ModelError(BatchZeroError):
    """The model could not be opened, or it gave no usable predictions. One sentence."""

    status = 422


@dataclass(frozen=True)
class Limits:
    """wall_s: seconds until the child is killed. memory_mb: address space, see `memory`. file_mb: size of any file it
    writes; folder_mb and files: of all of them together."""

    wall_s: float = 180.0
    cpu_s: int = 600
    memory_mb: int = field(default_factory=allowed_mb)
    file_mb: int = 256
    folder_mb: int = 256
    files: int = 10_000

    @property
    def bounds(self) -> Bounds:
        return Bounds(self.file_mb, self.folder_mb, self.files)


@dataclass(frozen=True)
class Answer:
    """probability: of the positive class for each row, shape (rows,), each 0..1. model_type: what the model is, in its
    own words: anybody's text, printable and short; None where it says nothing."""

    probability: np.ndarray
    model_type: str | None


NAME_BYTES = 100
"""As many may follow the probabilities, for the model's type."""


def predict_probability(
    model: Path, preprocessor: Path | None, features: pd.DataFrame, limits: Limits | None = None
) -> np.ndarray:
    """As ``predict``, of features that are shown as they are, with a target of 0 and 1; the probabilities only."""
    return predict(model, preprocessor, Shown(features, features), limits=limits).probability


def predict(
    model: Path, preprocessor: Path | None, shown: Shown, labels: Labels | None = None, limits: Limits | None = None
) -> Answer:
    """What the model says of each row.

    model: an MLflow model folder (with its ``MLmodel``) of the scikit-learn or XGBoost flavour.
    preprocessor: a joblib or pickle file whose ``transform`` comes first; None where the model takes the rows itself.
    labels: those of the target, where the experiment names the positive one. Raises ModelError.
    """
    _warn_once()
    try:
        answer = _ask(model, preprocessor, shown, labels, limits or Limits())
    except (OSError, subprocess.SubprocessError) as error:
        raise ModelError(f"the model's process could not be run: {_plain(str(error))}") from error
    return _checked(answer, len(shown.features))


@cache
def _warn_once() -> None:
    for what in confine.missing():
        log.warning("a model file is not kept from %s; open only what you trust", what)


def _ask(model: Path, preprocessor: Path | None, shown: Shown, labels: Labels | None, limits: Limits) -> bytes:
    """What the worker answered, at most a byte more than is wanted.

    Rows, answer and remarks are files without a name: nobody can put another file in their place, and nothing of them
    is left, however this process ends.
    """
    with ExitStack() as held:
        watch = held.enter_context(_watched(time.monotonic() + limits.wall_s))
        scratch = watch.folder
        rows, answer, remarks = (held.enter_context(TemporaryFile()) for _ in range(3))
        _hand_over(shown, rows)
        request = _request(model, preprocessor, labels, limits)
        child = subprocess.Popen(
            [sys.executable, "-I", confine.__file__, WORKER, json.dumps(request)],
            cwd=scratch,
            env=_environment(scratch),
            stdin=rows,
            stdout=answer,
            stderr=remarks,
            start_new_session=True,
        )
        rows_are = os.fstat(rows.fileno())
        _wait(child, watch, limits.wall_s, replace(limits.bounds, apart=(rows_are.st_dev, rows_are.st_ino)))
        _raise_for(child.returncode, remarks)
        answer.seek(0)
        return answer.read(8 * len(shown.features) + NAME_BYTES + 1)


def _hand_over(shown: Shown, file: IO[bytes]) -> None:
    try:
        shown.table().to_parquet(file, index=False)
    except (ValueError, pa.ArrowException) as error:
        raise ModelError(f"the rows cannot be handed to the model: {_plain(str(error))}") from error
    file.flush()
    file.seek(0)


def _request(model: Path, preprocessor: Path | None, labels: Labels | None, limits: Limits) -> dict[str, object]:
    files = [str(path.resolve()) for path in (model, preprocessor) if path]
    return {
        "model": files[0],
        "preprocessor": files[1] if preprocessor else None,
        "labels": asdict(labels) if labels else None,
        "read": [*files, str(WORKER.parent)],
        "limits": asdict(limits),
        "parent": os.getpid(),
    }


def _environment(scratch: str) -> dict[str, str]:
    threads = str(min(MOST_THREADS, os.cpu_count() or 1))
    return {
        "PATH": os.defpath,
        "HOME": scratch,
        "TMPDIR": scratch,
        "LANG": "C.UTF-8",
        "JOBLIB_MULTIPROCESSING": "0",  # its processes and shared memory would be denied
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "MALLOC_ARENA_MAX": "2",  # every thread would reserve 64 MB of the address space for itself
    }


def _wait(child: subprocess.Popen[bytes], watch: "_Watch", wall_s: float, bounds: Bounds) -> None:
    deadline = time.monotonic() + wall_s
    try:
        watch.expect(child.pid)
        while not _ended(child, deadline - time.monotonic()):
            if time.monotonic() >= deadline:
                raise ModelError(f"the model gave no answer within {wall_s:.0f} seconds")
            if found := excess(child.pid, Path(watch.folder), bounds):
                raise ModelError(f"the model was stopped: it made {found}")
    finally:
        _kill_group(child.pid)
        child.wait()


def _ended(child: subprocess.Popen[bytes], remaining_s: float) -> bool:
    try:
        child.wait(max(0.0, min(LOOK_EVERY_S, remaining_s)))
    except subprocess.TimeoutExpired:
        return False
    return True


WATCH = """
read -r child; read -r ended || kill -9 "-$child"
rm -rf -- "$1" || { chmod -R u+rwx -- "$1"; rm -rf -- "$1"; }
"""


class _Watch:
    """A small shell that outlives this process. However this one may die, its pipe to the shell closes then, which ends
    the child. The shell removes the folder in any case: a model may leave anything there, of any depth and number."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", WATCH, "sh", folder],
            cwd="/",
            env={"PATH": os.defpath},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._shell.stdin is not None
        self._pipe = self._shell.stdin

    def expect(self, child: int) -> None:
        self._tell(f"{child}\n")

    def end(self, within_s: float) -> None:
        """Nothing is left to kill. Waits until the folder is gone, but no longer than that; it will be."""
        self._tell("\nended\n")
        self._pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self._shell.wait(max(0.0, within_s))

    def _tell(self, line: str) -> None:
        with suppress(BrokenPipeError):  # somebody has killed the shell; what it was for is done without it
            self._pipe.write(line.encode())
            self._pipe.flush()


@contextmanager
def _watched(deadline: float) -> Iterator[_Watch]:
    """deadline: of the answer, by the monotonic clock."""
    watch = _Watch(mkdtemp(prefix="batch-zero-"))
    try:
        yield watch
    finally:
        watch.end(deadline - time.monotonic())


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # nothing of it is left, which is what was wanted


def _raise_for(code: int, remarks: IO[bytes]) -> None:
    if code < 0:
        raise ModelError(f"the model's process was ended by {_signal_name(-code)}")
    if code > 0:
        raise ModelError(f"the model could not be used: {_last_line(remarks) or f'exit code {code}'}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # the real-time signals have no names
        return f"signal {number}"


def _last_line(remarks: IO[bytes]) -> str:
    end = remarks.seek(0, os.SEEK_END)
    remarks.seek(max(0, end - 100_000))
    lines = remarks.read(100_000).decode("utf-8", "replace").strip().splitlines()
    return _plain(lines[-1]) if lines else ""


def _checked(answer: bytes, rows: int) -> Answer:
    if not 8 * rows <= len(answer) <= 8 * rows + NAME_BYTES:
        raise ModelError(f"the model's answer is not one number for each of {rows} rows")
    probability = np.frombuffer(answer, "<f8", rows).astype(float)
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ModelError("the model's answer holds numbers outside 0..1, which are no probabilities")
    return Answer(probability, _plain(answer[8 * rows :].decode("utf-8", "replace")) or None)


def _plain(text: str) -> str:
    """A model's own words, for a terminal and a log: one line of at most 300 characters, none of them for control."""
    return " ".join(one_line(text).split())[:300]
