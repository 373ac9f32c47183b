"""Tables as people bring them."""

import gzip
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from storage.files import FileError
from storage.tables import read_table
from tests import s3

TABLE = "age,kind,y\n30,a,0\n40,b,1\n"


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"age": [30, 40], "kind": ["a", "b"], "y": [0, 1], **columns})


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet", "odd name #1?.csv"])
def test_a_table_is_read_by_what_its_name_ends_in(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith(".parquet"):
        frame().to_parquet(path)
    else:
        path.write_bytes(gzip.compress(TABLE.encode()) if name.endswith(".gz") else TABLE.encode())
    pd.testing.assert_frame_equal(read_table(path), frame(), check_dtype=False)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("t.csv", b"", "the file is empty"),
        ("t.csv", b"\n\n", "the file is empty"),
        ("t.csv", b"age,kind,y\n", "the table has no rows"),
        ("t.csv", b"age,kind\n1,a,0\n2,b,1\n", "cannot be read as a table: Length of header"),
        ("t.csv", b"a,b\n1,2\n1,2,3\n", "cannot be read as a table: Error tokenizing data"),
        ("t.csv", b"age\n\xff\xfe\n", "cannot be read as a table: 'utf-8' codec can't decode"),
        ("t.csv", b"a,a\n1,2\n", "more than one column is named 'a'"),
        ("t.xlsx", b"PK", "a file ending in .csv, .csv.gz or .parquet was wanted"),
        ("t.csv.gz", TABLE.encode(), "cannot be read as a table: Not a gzipped file"),
        ("t.csv.gz", gzip.compress(TABLE.encode() * 99)[:-20], "cannot be read as a table: "),
        ("t.csv.gz", gzip.compress(TABLE.encode() * 99)[:12] + b"\xff" * 40, "cannot be read as a table: "),
        ("t.parquet", b"", "cannot be read as a table: "),
        ("t.parquet", b"PAR1 or not", "cannot be read as a table: "),
    ],
)
def test_what_is_no_table_is_one_sentence(tmp_path: Path, name: str, content: bytes, complaint: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileError) as caught:
        read_table(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: {complaint}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "sentence"), [("none.csv", "there is no such file"), (".", "it is a folder, a regular file was wanted")]
)
def test_a_path_without_a_file_is_said(tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(FileError, match=sentence):
        read_table(tmp_path / name)


@pytest.mark.parametrize("key", ["t.csv", "t.CSV", "deep/down/t.csv.gz", "t.parquet"])
def test_a_table_in_a_bucket_is_read_as_one_on_disk(lake: s3.Lake, key: str) -> None:
    if key.endswith(".parquet"):
        content = frame().to_parquet()
    else:
        content = gzip.compress(TABLE.encode()) if key.endswith(".gz") else TABLE.encode()
    lake.put(key, content)
    pd.testing.assert_frame_equal(read_table(f"s3://lake/{key}"), frame(), check_dtype=False)


def test_an_empty_object_is_an_empty_file(lake: s3.Lake) -> None:
    lake.put("empty.csv", b"")
    with pytest.raises(FileError, match=r"s3://lake/empty.csv: the file is empty"):
        read_table("s3://lake/empty.csv")
