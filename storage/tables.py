"""Tables as people bring them: CSV or Parquet, on disk or in a bucket."""

import io
import warnings
import zlib
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa

from drift.columns import quoted, shortened
from storage import files, regular
from storage.files import FileError

ENDINGS = (".csv", ".csv.gz", ".parquet", ".pq")

UNREADABLE = (ValueError, OSError, EOFError, zlib.error, pa.ArrowException, pd.errors.ParserWarning)
"""What a file that is no table makes pandas, pyarrow and gzip say."""


def read_table(name: str | Path) -> pd.DataFrame:
    """The table at a path or ``s3://bucket/key``; what it is, its name's ending says. Raises FileError."""
    source, ending = _source(name), str(name).lower()
    if not ending.endswith(ENDINGS):
        raise FileError(f"{name}: a file ending in .csv, .csv.gz or .parquet was wanted")
    try:
        frame = pd.read_parquet(source) if ending.endswith((".parquet", ".pq")) else _read_csv(name, source)
    except pd.errors.EmptyDataError:
        raise FileError(f"{name}: the file is empty") from None
    except UNREADABLE as error:
        raise FileError(f"{name}: cannot be read as a table: {shortened(first_line(error), 200)}") from error
    if frame.empty:
        raise FileError(f"{name}: the table has no rows")
    return frame


def _source(name: str | Path) -> Path | io.BytesIO:
    if files.is_s3(name):
        return io.BytesIO(files.read(name))
    path = Path(name)
    try:
        regular.check(path)
    except regular.NotRegular as error:
        raise FileError(f"{name}: {error.strerror}") from None
    except (OSError, ValueError):  # ValueError: a null byte in the name
        raise FileError(f"{name}: there is no such file") from None
    return path


def _read_csv(name: str | Path, source: Path | io.BytesIO) -> pd.DataFrame:
    """With the names its first line has, where pandas alone turns a second "age" into "age.1"."""
    compression: Literal["gzip"] | None = "gzip" if str(name).lower().endswith(".gz") else None
    header = pd.read_csv(source, compression=compression, header=None, nrows=1, dtype=str).iloc[0]
    if twice := list(header[header.duplicated()].dropna().unique()):
        raise FileError(f"{name}: more than one column is named {quoted(twice)}")
    if isinstance(source, io.BytesIO):
        source.seek(0)
    with warnings.catch_warnings():
        # Rows with more fields than the first line has names: pandas would shift or drop some without a word.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        # One type per column, not one per chunk.
        return pd.read_csv(source, compression=compression, index_col=False, low_memory=False)


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
