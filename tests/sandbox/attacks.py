"""Model files that do what they like, and what they need to write answers themselves."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from sandbox.wire import frames, tables

PICKLED = "flavors:\n  sklearn:\n    pickled_model: model.pkl\n    serialization_format: pickle\n"


class Opens:
    """Runs ``code`` when it is unpickled."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (self.code, {})


ANSWERS_ITSELF = """
import fcntl, os, stat, time

def is_for_answers(fd):
    try:
        return stat.S_ISFIFO(os.fstat(fd).st_mode) and fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_WRONLY
    except OSError:
        return False

fd = next(filter(is_for_answers, range(3, 50)))
"""

DESCRIBED = {
    "kind": "Forged", "model_class": "a.Forged", "library": "a", "versions": {}, "saved_with": {}, "features": None,
    "feature_count": None, "classes": [0, 1], "outputs": 2, "task": "classifier", "columns": None, "odd": {},
}  # fmt: skip


def frame(words: dict[str, Any], table: bytes | memoryview = b"") -> bytes:
    return b"".join(frames.packed(words, table))


OPENED = frame({"call": 0, **DESCRIBED})


def answer(values: Any, call: int = 1) -> bytes:
    return frame({"call": call}, tables.of_answer(np.asarray(values)))


def model_that(folder: Path, code: str) -> Path:
    """A model folder whose file runs this as soon as it is opened."""
    folder.mkdir(exist_ok=True)
    (folder / "MLmodel").write_text(PICKLED)
    (folder / "model.pkl").write_bytes(pickle.dumps(Opens(code)))
    return folder


def writes(*frames_or_garbage: bytes) -> str:
    """Code that writes these as the child's own answers, and waits."""
    return ANSWERS_ITSELF + "".join(f"os.write(fd, {part!r})\n" for part in frames_or_garbage) + "time.sleep(600)"
