"""What a model's process may use, and what may go to and from it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.memory import allowed_mb
from sandbox.usage import Bounds


@dataclass(frozen=True)
class Limits:
    """Bounds of one session.

    wall_s: seconds until the child is killed. call_s: for one answer of a model that is open; None where only
    ``wall_s`` counts. memory_mb: address space, see `memory`. file_mb: size of any file it writes; folder_mb and files:
    of all of them together. rows_mb, answer_mb: of the tables that go to it, and come back, in one call. model_mb: of
    the model, one file or a folder."""

    wall_s: float = 180.0
    cpu_s: int = 600
    memory_mb: int = field(default_factory=allowed_mb)
    file_mb: int = 256
    folder_mb: int = 256
    files: int = 10_000
    call_s: float | None = None
    rows_mb: int = 1_024
    answer_mb: int = 256
    model_mb: int = 4_096

    @property
    def bounds(self) -> Bounds:
        return Bounds(self.file_mb, self.folder_mb, self.files)


def too_large(files: Iterable[Path], limits: Limits) -> str | None:
    """Why a model is not opened: a file or folder among ``files`` has more than it may; None where none has."""
    for file in files:
        parts = file.rglob("*") if file.is_dir() else [file]
        size = sum(part.lstat().st_size for part in parts if part.is_file())
        if size > limits.model_mb << 20:
            return f"the model is larger than the limit: got {size >> 20:,} MB, expected at most {limits.model_mb:,}"
    return None
