"""Predictions of a model file, made in a child process. See the README of this folder for what that is worth."""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

WORKER = Path(__file__).with_name("worker.py")
MAX_ANSWER_BYTES = 200_000_000


class ModelError(Exception):
    """The model could not be opened, or it gave no usable predictions. One sentence."""


@dataclass(frozen=True)
class Limits:
    """wall_s: seconds until the child is killed. memory_mb: address space. file_mb: size of any file it writes."""

    wall_s: float = 180.0
    cpu_s: int = 600
    memory_mb: int = 8_192
    file_mb: int = 512


def predict_probability(
    model: Path, preprocessor: Path | None, features: pd.DataFrame, limits: Limits | None = None
) -> np.ndarray:
    """The probability of the positive class for each row of ``features``, shape (rows,), each 0..1.

    model: an MLflow model folder (with its ``MLmodel``) of the scikit-learn or XGBoost flavour.
    preprocessor: a joblib or pickle file whose ``transform`` comes first; None where the model takes the features as
    they are. Raises ModelError.
    """
    limits = limits or Limits()
    # A model may leave anything behind in its folder; what cannot be removed must not hide its answer.
    with tempfile.TemporaryDirectory(prefix="batch-zero-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        _hand_over(features, scratch / "features.parquet")
        request = {"model": str(model.resolve()), "preprocessor": str(preprocessor.resolve()) if preprocessor else None}
        (scratch / "request.json").write_text(json.dumps(request))
        said = _run(scratch, limits)
        answer = _answer(scratch / "answer.json", said)
    return _checked(answer, len(features))


def _hand_over(features: pd.DataFrame, file: Path) -> None:
    try:
        features.to_parquet(file, index=False)
    except (ValueError, pa.ArrowException) as error:
        raise ModelError(f"the rows cannot be handed to the model: {_plain(str(error))}") from error


def _run(scratch: Path, limits: Limits) -> str:
    """Runs the worker to its end and returns the last line it printed to standard error."""
    with (scratch / "stderr.txt").open("w+b") as errors:
        child = subprocess.Popen(
            [sys.executable, "-I", str(WORKER)],
            cwd=scratch,
            env={"PATH": os.defpath, "HOME": str(scratch), "LANG": "C.UTF-8", "TMPDIR": str(scratch)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            preexec_fn=lambda: _restrict(limits),
        )
        try:
            child.wait(limits.wall_s)
        except subprocess.TimeoutExpired:
            raise ModelError(f"the model gave no answer within {limits.wall_s:.0f} seconds") from None
        finally:
            _kill_group(child.pid)
            child.wait()
        errors.seek(0)
        lines = errors.read(100_000).decode("utf-8", "replace").strip().splitlines()
    if child.returncode < 0:
        raise ModelError(f"the model's process was ended by {signal.Signals(-child.returncode).name}")
    return _plain(lines[-1]) if lines else f"exit code {child.returncode}"


def _restrict(limits: Limits) -> None:
    megabyte = 1 << 20
    for what, value in (
        (resource.RLIMIT_AS, limits.memory_mb * megabyte),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_FSIZE, limits.file_mb * megabyte),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        _, ceiling = resource.getrlimit(what)
        allowed = value if ceiling == resource.RLIM_INFINITY else min(value, ceiling)
        resource.setrlimit(what, (allowed, allowed))


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # nothing of it is left, which is what was wanted


def _answer(file: Path, said: str) -> object:
    if not file.is_file() or file.is_symlink():
        raise ModelError(f"the model could not be used: {said}")
    if file.stat().st_size > MAX_ANSWER_BYTES:
        raise ModelError(f"the model's answer is larger than {MAX_ANSWER_BYTES:,} bytes")
    try:
        return json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError):
        raise ModelError("the model's answer is not JSON") from None


def _checked(answer: object, rows: int) -> np.ndarray:
    error = answer.get("error") if isinstance(answer, dict) else "no object"
    if error:
        raise ModelError(f"the model could not be used: {_plain(str(error))}")
    values = answer.get("probability") if isinstance(answer, dict) else None
    if not isinstance(values, list) or not all(isinstance(value, float) for value in values):
        raise ModelError("the model's answer holds no probabilities")
    if len(values) != rows:
        raise ModelError(f"the model answered {len(values)} probabilities for {rows} rows")
    probability = np.asarray(values, dtype=float)
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ModelError("the model's answer holds numbers outside 0..1, which are no probabilities")
    return probability


def _plain(text: str) -> str:
    """A model's own words, for a terminal and a log: one line of at most 300 characters, none of them for control."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:300]
