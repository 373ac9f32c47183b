"""What came with a model, to be kept beside what was found: its policy, its sample, and whether the files may stay."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from batch_zero.storage import files
from batch_zero.storage.files import FileError
from batch_zero.text import one_line
from datasets.bounds import Most
from datasets.tables import Say, read_table, unheard
from testbench.errors import UnreadableSample

MODEL, SAMPLE = "model", "sample"
MOST_COLUMNS = 1_000
"""Names of a sample's columns that are kept."""

MOST_BYTES = 200_000_000
"""Of a sample, unpacked."""

MOST = Most(rows=1_000_000, cells=20_000_000, columns=10_000)
"""Of a sample. More rows make no test of a model surer, and what is larger fills the memory of whoever reads it."""


@dataclass(frozen=True)
class SampleFile:
    """name: that its owner calls it by. columns: its labels among them, the first ``MOST_COLUMNS``."""

    name: str
    sha256: str
    rows: int
    columns: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "sha256": self.sha256, "rows": self.rows, "columns": list(self.columns)}


@dataclass(frozen=True)
class Given:
    """policy: its text. labels: the column of the sample that holds the labels. again_of: the run of the test that
    this one repeats. upload: the key that its files had here. keep: files that stay with the test, by what they are:
    ``MODEL``, ``SAMPLE``."""

    policy: str | None = None
    labels: str | None = None
    sample: SampleFile | None = None
    again_of: str | None = None
    upload: str | None = None
    keep: Mapping[str, Path] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "policy": self.policy,
            "labels": self.labels,
            "sample": self.sample.as_dict() if self.sample is not None else None,
            "again_of": self.again_of,
            "kept": sorted(self.keep),
        }


NOTHING = Given()


def read_sample(name: str | Path, called: str | None = None, say: Say = unheard) -> pd.DataFrame:
    """called: its owner's name for it where it was uploaded, by which it goes in all that is said of it; by default
    ``name``. Raises FileError, of an upload UnreadableSample."""

    def told(sentence: str) -> str:
        return sentence if called is None else sentence.replace(str(name), one_line(called, 200))

    try:
        return read_table(name, lambda sentence: say(told(sentence)), MOST_BYTES, most=MOST)
    except FileError as error:
        raise (FileError if called is None else UnreadableSample)(told(str(error)), hint=error.hint) from None


def sample_file(name: str | Path, frame: pd.DataFrame, called: str | None = None) -> SampleFile:
    """name: a path or ``s3://bucket/key``. frame: what was read from it. called: its owner's name for it."""
    own = one_line(Path(called or str(name)).name, 200)
    columns = tuple(one_line(column, 200) for column in frame.columns[:MOST_COLUMNS])
    return SampleFile(own, sha256_of(name), len(frame), columns)


def sha256_of(name: str | Path) -> str:
    """As ``sha256sum`` gives it. Raises FileError."""
    if not files.is_s3(name) and Path(name).is_file():
        with Path(name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(files.read(name)).hexdigest()


def rows_sha256(rows: pd.DataFrame) -> str:
    """Of a table's content: the same for the same rows under the same names, whatever file they came from."""
    types = [(str(name), str(kind)) for name, kind in zip(rows.columns, rows.dtypes, strict=True)]
    digest = hashlib.sha256(repr(types).encode())
    for place in range(len(rows.columns)):
        texts = rows.iloc[:, place].astype(str)
        digest.update(pd.util.hash_pandas_object(texts, index=False).to_numpy().tobytes())
    return digest.hexdigest()
