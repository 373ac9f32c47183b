"""How much of a sample is read, and by which name it goes."""

import gzip
import io
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
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


def test_what_was_taken_for_granted_is_said_of_that_name_and_else_of_the_path(tmp_path: Path) -> None:
    (tmp_path / "sample").write_bytes(b"a;b\n1;2\n")
    heard: list[str] = []
    read_sample(tmp_path / "sample", "rows.csv", heard.append)
    read_sample(tmp_path / "sample", say=heard.append)
    assert heard == [f"{name}: read as columns separated by semicolons" for name in ("rows.csv", tmp_path / "sample")]
