"""How much of a sample is read, and by which name it goes."""

import gzip
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from batch_zero.storage.files import FileError
from datasets.bounds import Most
from datasets.tables import read_table
from testbench.given import MOST_BYTES, read_sample

FEW = Most(rows=10, cells=40, columns=8)


def as_csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def as_parquet(frame: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file, index=False)
    return file.getvalue()


def table(rows: int, columns: int) -> pd.DataFrame:
    return pd.DataFrame({f"x{place}": [0.5] * rows for place in range(columns)})


@pytest.mark.parametrize("write", [as_csv, as_parquet])
@pytest.mark.parametrize(("rows", "columns"), [(10, 1), (10, 4), (5, 8)])
def test_a_table_may_be_as_large_as_the_bounds(
    tmp_path: Path, write: Callable[[pd.DataFrame], bytes], rows: int, columns: int
) -> None:
    (tmp_path / "t").write_bytes(write(table(rows, columns)))
    assert read_table(tmp_path / "t", most=FEW).shape == (rows, columns)


@pytest.mark.parametrize("write", [as_csv, as_parquet])
@pytest.mark.parametrize(
    ("rows", "columns", "said"),
    [
        (11, 1, "got (11|more than 10) rows of 1 columns, expected at most 10 rows and 40 cells"),
        (9, 5, "got (9|more than 8) rows of 5 columns, expected at most 10 rows and 40 cells"),
        (1, 9, "got 9 columns, expected at most 8"),
    ],
)
def test_a_table_beyond_them_is_refused(
    tmp_path: Path, write: Callable[[pd.DataFrame], bytes], rows: int, columns: int, said: str
) -> None:
    (tmp_path / "t").write_bytes(write(table(rows, columns)))
    with pytest.raises(FileError, match=f"^{re.escape(str(tmp_path / 't'))}: {said}$"):
        read_table(tmp_path / "t", most=FEW)


def test_beyond_them_a_csv_is_not_read(tmp_path: Path) -> None:
    """What would be refused elsewhere is not seen: the row that is too wide comes after as many as there may be."""
    (tmp_path / "t").write_bytes(b"a,b\n" + b"1,2\n" * 2_000 + b"1,2,3\n")
    with pytest.raises(FileError, match="got more than 1,500 rows of 2 columns"):
        read_table(tmp_path / "t", most=Most(rows=1_500, cells=6_000, columns=8))


def test_first_lines_of_too_many_fields_are_not_split(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"a\n" + b"," * 49 + b"\n")
    with pytest.raises(FileError, match="got more than 40 cells in its first lines"):
        read_table(tmp_path / "t", most=FEW)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "rows.csv: the file is empty"),
        (b"a,b\n", "rows.csv: the table has no rows"),
        (
            gzip.compress(b"a\n" + b"1\n" * (MOST_BYTES // 2)),
            f"packed with gzip, and holds more than {MOST_BYTES:,} byte",
        ),
        (
            b"a\n" + b"1\n" * 1_000_001,
            "rows.csv: got more than 1,000,000 rows of 1 columns, expected at most 1,000,000",
        ),
        (None, "rows.csv: there is no such file"),
    ],
)
def test_a_sample_goes_by_its_owners_name(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "6c1f" / "sample"
    file.parent.mkdir()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(FileError) as refused:
        read_sample(file, "rows.csv")
    assert said in str(refused.value)
    assert str(refused.value).startswith("rows.csv: ")
    assert "6c1f" not in str(refused.value)
    assert refused.value.status == 422
    assert refused.value.in_vain  # the bytes that were uploaded do not change


def test_what_was_taken_for_granted_is_said_of_that_name_and_else_of_the_path(tmp_path: Path) -> None:
    (tmp_path / "sample").write_bytes(b"a;b\n1;2\n")
    heard: list[str] = []
    read_sample(tmp_path / "sample", "rows.csv", heard.append)
    read_sample(tmp_path / "sample", say=heard.append)
    assert heard == [f"{name}: read as columns separated by semicolons" for name in ("rows.csv", tmp_path / "sample")]


def repeated(text: str | bytes, rows: int, kind: pa.DataType, **options: Any) -> bytes:
    """A column that holds one value in each row, which the file has once."""
    column = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([text], kind))
    return as_arrow(pa.table({"note": column}), **options)


def as_arrow(table: pa.Table, **options: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


FULL = f"holds more than {MOST_BYTES:,} bytes unpacked, expected at most that"
ONE = "expected one value in each cell"
SMALL_AND_HUGE = {
    "a text in every row": (lambda: repeated("x" * 1_000_000, 900_000, pa.string()), FULL),
    "which is not told to be one of few": (
        lambda: repeated("x" * 1_000_000, 900_000, pa.string(), store_schema=False), FULL,
    ),
    "bytes": (lambda: repeated(b"x" * 1_000_000, 900_000, pa.large_binary()), FULL),
    "a thousand columns of them": (
        lambda: as_arrow(
            pa.table({
                f"x{place}": pa.DictionaryArray.from_arrays(pa.array([0] * 500, pa.int32()), pa.array(["y" * 1_000]))
                for place in range(1_000)
            })
        ),
        FULL,
    ),
    "lists": (
        lambda: as_arrow(pa.table({"note": [["x"] * 9] * 9})), f"has a column 'note' of list<element: string>, {ONE}",
    ),
    "structures": (
        lambda: as_arrow(pa.table({"note": [{"k": 1}] * 9})), f"has a column 'note' of struct<k: int64>, {ONE}",
    ),
    "maps": (
        lambda: as_arrow(pa.table({"note": pa.array([[("k", 1)]] * 9, pa.map_(pa.string(), pa.int8()))})),
        "has a column 'note' of map<string, int8",
    ),
    "more columns than there may be": (
        lambda: as_arrow(pa.table({f"c{place}": [1] for place in range(10_001)})),
        "got 10,001 columns, expected at most 10,000",
    ),
    "a long list of columns": (
        lambda: b"PAR1" + (1 << 30).to_bytes(4, "little") + b"PAR1",
        "takes 1,073,741,824 bytes to say which columns it has, expected at most 33,554,432",
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("what", SMALL_AND_HUGE)
def test_a_small_parquet_file_that_is_huge_in_memory_is_refused_before_it_is_there(tmp_path: Path, what: str) -> None:
    make, said = SMALL_AND_HUGE[what]
    (tmp_path / "t.parquet").write_bytes(make())
    assert (tmp_path / "t.parquet").stat().st_size < 8 << 20
    before = pa.default_memory_pool().max_memory()
    with pytest.raises(FileError) as refused:
        read_sample(tmp_path / "t.parquet", "rows.parquet")
    assert str(refused.value).startswith(f"rows.parquet: {said}")
    assert pa.default_memory_pool().max_memory() - before < 100 << 20


def test_texts_that_stand_in_many_rows_are_read_where_they_fit(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(repeated("a note", 10_000, pa.large_string()))
    frame = read_sample(tmp_path / "t.parquet")
    assert (len(frame), set(frame["note"])) == (10_000, {"a note"})
