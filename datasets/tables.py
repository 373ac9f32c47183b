"""Tables as people bring them: CSV or Parquet, packed or not, on disk or in a bucket. Content says which, not names."""

import io
import re
from collections.abc import Callable, Collection
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from batch_zero.storage import files
from batch_zero.storage.files import FileError
from batch_zero.text import quoted, shortened
from datasets import encoding, numbers, packed, separated

ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".parquet", ".pq")
"""By which a table in a bucket is told from a prefix."""

LARGEST = 2_000_000_000
"""Bytes of a table, unpacked. Beyond, pandas needs more memory than most machines have."""

CELL = 8
"""Bytes of one, at least, in memory."""

UNREADABLE = (ValueError, OSError, pa.ArrowException, pd.errors.ParserWarning)
"""What a file that is no table makes pandas and pyarrow say."""

MISSING = {
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA"),
    *("NULL", "NaN", "None", "n/a", "nan", "null"),
}
"""What pandas reads as no value in a CSV file."""

TOO_WIDE = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")

Say = Callable[[str], None]


def unheard(_: str) -> None:
    """For who does not want to know what was taken."""


def read_table(
    name: str | Path, say: Say = unheard, largest: int = LARGEST, *, names: Collection[str] = ()
) -> pd.DataFrame:
    """The table at a path or ``s3://bucket/key``. Raises FileError.

    say: told in a sentence what was taken, where it is no plain CSV (UTF-8, commas, decimal points) and no Parquet.
    names: columns that hold no numbers that are counted with; where they are there, 1e5 is text.
    """
    content = files.read(name, largest)
    if len(content) > largest:
        raise FileError(f"{name}: larger than {largest:,} bytes; give a part of it")
    try:
        frame, taken = _read(str(name), content, largest, names)
    except (packed.NotUnpacked, encoding.NoText, separated.NoTable, numbers.Ambiguous) as error:
        raise FileError(f"{name}: {error}") from error
    except pd.errors.EmptyDataError:
        raise FileError(f"{name}: the file is empty") from None
    except UNREADABLE as error:
        raise FileError(f"{name}: cannot be read as a table: {_cause(error)}") from error
    if frame.empty:
        raise FileError(f"{name}: the table has no rows")
    if taken:
        say(f"{name}: read as {', '.join(taken)}")
    return frame


def _check_size(content: bytes, largest: int) -> None:
    """A Parquet file has each value once: what it says of itself is looked at, not how long it is."""
    about = pq.read_metadata(io.BytesIO(content))
    cells = about.num_rows * about.num_columns * CELL
    held = sum(about.row_group(group).total_byte_size for group in range(about.num_row_groups))
    if max(cells, held) > largest:
        raise separated.NoTable(
            f"its {about.num_rows:,} rows of {about.num_columns:,} columns need over {largest:,} bytes; give a part"
        )


def _read(name: str, content: bytes, largest: int, names: Collection[str]) -> tuple[pd.DataFrame, list[str]]:
    taken = []
    if how := packed.packing(content):
        content = packed.unpacked(content, how, largest)
        if not (how == "gzip" and name.lower().endswith(".gz")):
            taken.append(f"packed with {how}")
    if content.startswith(packed.PARQUET):
        _check_size(content, largest)
        frame, missing = _as_from_csv(pd.read_parquet(io.BytesIO(content)))
        return frame, [*taken, *missing]
    if foreign := packed.foreign(content):
        raise separated.NoTable(f"got {foreign}, {packed.EXPECTED}")
    if content.strip() and name.lower().endswith((".parquet", ".pq")):
        raise separated.NoTable("it is no Parquet, whatever its name says, or not all of it")
    written, taken_as = encoding.decoded(content)
    found = separated.table(written, names)
    return found.frame, [*taken, *([taken_as] if taken_as else []), *found.taken]


def _as_from_csv(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """A table is the same as CSV and as Parquet: the words that mean a missing value there do so here."""
    texts = [name for name, dtype in frame.dtypes.items() if not pd.api.types.is_numeric_dtype(dtype)]
    found = {name: there for name in texts if (there := frame[name].astype(object).map(_is_missing)).any()}
    words = {name: repr(str(frame[name][there].iloc[0])) for name, there in found.items()}
    notes = [f"missing values where column {quoted([name])} has {word}" for name, word in words.items()]
    for name, there in found.items():
        frame[name] = frame[name].mask(there)
    return frame, notes


def _is_missing(value: object) -> bool:
    return isinstance(value, str) and value in MISSING


def _cause(error: Exception) -> str:
    if wide := TOO_WIDE.search(str(error)):
        return f"line {int(wide[2]):,} has {wide[3]} columns, the first line has {wide[1]}"
    if isinstance(error, pd.errors.ParserWarning):
        return "its rows have more columns than its first line"
    return shortened(first_line(error), 200)


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
