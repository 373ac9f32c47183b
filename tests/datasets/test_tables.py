"""Tables as people bring them."""

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from batch_zero.storage.files import FileError
from datasets.tables import MISSING, read_table
from tests import s3

TABLE = "age,kind,y\n30,a,0\n40,b,1\n"


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


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
        ("t.csv", b"age,kind\n1,a,0\n2,b,1\n", "its first line has 2 columns, separated by commas, the next has 3"),
        ("t.csv", b"a,b\n1,2\n1,2,3\n", "cannot be read as a table: line 3 has 3 columns, the first line has 2"),
        ("t.csv", b"a,b\n1;2\n", "its first line has 2 columns, separated by commas, the next has 1"),
        ("t.csv", b"a,b;c\n1,2;3\n", "its columns may be separated by commas (2 columns) as well as by semicolons"),
        ("t.csv", b"a b\n1 2\n", "its columns seem to be separated by blanks"),
        (
            "t.csv",
            b"5.1,3.5\n4.9,3\n",
            "its first line holds the numbers '5.1', '3.5', expected the names",
        ),
        ("t.csv", b"a,a\n1,2\n", "more than one column is named 'a'"),
        ("t.csv", b"a\n\xd0\x9c\xff\xe2\xe0\n", "it is not UTF-8, and what else it is cannot be told for sure"),
        ("t.csv", "imię,x\nMałgosia,1\n".encode("iso-8859-2"), "it is not UTF-8, and what else it is cannot be"),
        ("t.csv", b"a,b\n1,2\0\n", "got a null byte in line 2, which no table in text has"),
        ("t.csv", bytes(range(256)) * 4, "got a null byte in line 1"),
        ("t.csv", b"  \n \n", "the file is empty"),
        ("t.csv", b'a,b,c\n1,"x,3\n4,5,6\n', "line 2 opens a quotation mark that is never closed"),
        ("t.csv", b'"a,b\n1,2\n', "line 1 opens a quotation mark that is never closed"),
        ("t.csv", b"a;b\r\n" + b'1;"x""y"\r\n' * 2000 + b'1;"x""\r\n', "line 2,002 opens a quotation mark that is"),
        ("t.csv", b"sep=^\na^b\n1^2\n", "its first line says 'sep=^', expected commas, semicolons, tabs or pipes"),
        ("t.csv", b"sep=,\na;b\n1;2\n", "its first line says 'sep=,', and semicolons separate its columns"),
        ("t.csv", b"Report 2024\n\na,b\n1,2\n", "its first line, 'Report 2024', is one column, and the next has 2"),
        ("t.csv", b"\xff\xfea", "it begins as UTF-16 but is not"),
        ("t.csv", b"<!DOCTYPE html>\n<html>", "got a web page or XML, expected CSV or Parquet"),
        ("t.csv", b'[{"a": 1}]', "got JSON, expected CSV or Parquet"),
        ("t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "got an Excel workbook, expected CSV or Parquet"),
        ("t.xlsx", zipped(**{"[Content_Types].xml": b"", "xl/workbook.xml": b""}), "got an Excel workbook"),
        ("t.csv", b"\x89PNG\r\n\x1a\n", "got an image, expected CSV or Parquet"),
        ("t.tar", b"t.csv".ljust(257, b"\0") + b"ustar", "got a tar archive, expected CSV or Parquet"),
        ("t.zip", zipped(a=b"x\n1\n", b=b"x\n1\n"), "got a zip archive of 2 files, expected one table"),
        ("t.zip", b"PK\x03\x04 or not", "it is packed with zip and cannot be unpacked: is it cut off?"),
        (
            "t.csv.gz",
            gzip.compress(TABLE.encode() * 99, mtime=0)[:-20],
            "it is packed with gzip and cannot be unpacked",
        ),
        (
            "t.csv.gz",
            gzip.compress(TABLE.encode() * 99, mtime=0)[:12] + b"\xff" * 40,
            "it is packed with gzip and cannot be",
        ),
        ("t.parquet", b"", "the file is empty"),
        ("t.parquet", b"PAR1 or not", "cannot be read as a table: "),
        ("t.parquet", b"no parquet at all", "it is no Parquet, whatever its name says"),
    ],
)
def test_what_is_no_table_is_one_sentence(tmp_path: Path, name: str, content: bytes, complaint: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileError) as caught:
        read_table(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: {complaint}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "sentence"), [("none.csv", "there is no such file"), (".", "it is a folder, expected a regular file")]
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


def said(path: Path, content: bytes) -> tuple[pd.DataFrame, list[str]]:
    path.write_bytes(content)
    heard: list[str] = []
    return read_table(path, heard.append), [sentence.removeprefix(f"{path}: read as ") for sentence in heard]


@pytest.mark.parametrize(
    ("content", "taken"),
    [
        (TABLE.encode(), []),
        (TABLE.replace("\n", "\r\n").encode("utf-8-sig"), []),
        (TABLE.encode("utf-16"), ["UTF-16"]),
        (TABLE.replace(",", ";").encode(), ["columns separated by semicolons"]),
        (TABLE.replace(",", "\t").encode(), ["columns separated by tabs"]),
        (TABLE.replace(",", "|").encode(), ["columns separated by pipes"]),
        (
            gzip.compress(TABLE.replace(",", ";").encode(), mtime=0),
            ["packed with gzip, columns separated by semicolons"],
        ),
        (bz2.compress(TABLE.encode()), ["packed with bzip2"]),
        (lzma.compress(TABLE.encode()), ["packed with xz"]),
        (pa.compress(TABLE.encode(), "lz4", asbytes=True), ["packed with lz4"]),
        (zipped(t=TABLE.encode()), ["packed with zip"]),
        (frame().to_parquet(), []),
    ],
)
@pytest.mark.parametrize("name", ["t.csv", "no ending"])
def test_content_says_what_a_table_is_and_it_is_said(tmp_path: Path, name: str, content: bytes, taken: list) -> None:
    found, heard = said(tmp_path / name, content)
    pd.testing.assert_frame_equal(found, frame(), check_dtype=False)
    assert heard == taken


@pytest.mark.parametrize(
    ("content", "taken"),
    [
        (TABLE.encode("utf-16-le"), ["UTF-16 without a mark"]),
        (TABLE.encode("utf-16-be"), ["UTF-16 without a mark"]),
        (TABLE.encode("utf-32-le"), ["UTF-32 without a mark"]),
        (b"sep=,\n" + TABLE.encode(), ["columns separated by commas"]),
        (b'"SEP=;"\r\n' + TABLE.replace(",", ";").encode(), ["columns separated by semicolons"]),
        (f"sep=\t\n{TABLE}".replace(",", "\t").encode("utf-16"), ["UTF-16, columns separated by tabs"]),
        (TABLE.replace("\n", ",\n").encode(), ["a table without column 4, which has neither name nor values"]),
        (
            TABLE.replace("\n", ",,\n").encode(),
            ["a table without column 4 and column 5, which have neither name nor values"],
        ),
        (
            TABLE.replace("\n", ",\n").replace("y,", "y").encode(),
            ["a table without column 4, which has neither name nor values"],
        ),
    ],
)
def test_what_other_programs_add_to_a_table_is_taken_away_and_said(tmp_path: Path, content: bytes, taken: list) -> None:
    found, heard = said(tmp_path / "t.csv", content)
    pd.testing.assert_frame_equal(found, frame(), check_dtype=False)
    assert heard == taken


def test_a_column_without_a_name_and_a_row_that_ends_early_are_said(tmp_path: Path) -> None:
    found, heard = said(tmp_path / "t.csv", b",a,b\n0,1,2\n1,3\n")
    assert (list(found), found["b"].tolist()[0]) == (["Unnamed: 0", "a", "b"], 2)
    assert heard == ["'Unnamed: 0' for column 1, which has no name, 3 columns of which row 2 has 2, the others missing"]


def test_a_word_that_means_a_missing_value_does_so_in_csv_and_parquet(tmp_path: Path) -> None:
    words = pd.DataFrame({"a": ["x", *sorted(MISSING)], "b": 1, "c": pd.Categorical(["x"] * len(MISSING) + ["None"])})
    words.to_csv(tmp_path / "t.csv", index=False)
    from_csv, _ = said(tmp_path / "t.csv", (tmp_path / "t.csv").read_bytes())
    from_parquet, heard = said(tmp_path / "t.parquet", words.to_parquet())
    assert from_csv["a"].isna().tolist() == from_parquet["a"].isna().tolist() == [False] + [True] * len(MISSING)
    assert from_csv["c"].isna().tolist() == from_parquet["c"].isna().tolist()
    assert heard == ["missing values where column 'a' has '', missing values where column 'c' has 'None'"]


def test_a_long_text_is_a_value_as_any_other(tmp_path: Path) -> None:
    found, _ = said(tmp_path / "t.csv", b"a,b\n" + b"x" * 200_000 + b",1\n")
    assert len(found["a"][0]) == 200_000


def test_latin_1_is_read_with_its_umlauts_and_said(tmp_path: Path) -> None:
    found, heard = said(tmp_path / "t.csv", "größe,ort\n1,Köln\n2,Älmhult – 5 m²\n".encode("cp1252"))
    assert (list(found), found["ort"].tolist()) == (["größe", "ort"], ["Köln", "Älmhult – 5 m²"])
    assert heard == ["Latin-1 (Windows-1252), because it is not UTF-8"]


@pytest.mark.parametrize(
    ("text", "values", "taken"),
    [
        ("a;b\n50,12;x\n7;y\n", [50.12, 7], "decimal commas in 'a'"),
        ("a;b\n1.234,56;x\n-2,5;y\n", [1234.56, -2.5], "decimal commas in 'a'"),
        ("a;b\n1.234;2,5\n12.500;3,5\n", [1234, 12500], "points that group thousands in 'a'"),
        ("a;b\n1,234;2,5\n12,500;3,5\n", [1.234, 12.5], "decimal commas in 'b', 'a'"),
        ("a;b\n1,234;x\n12,500;y\n", ["1,234", "12,500"], "'a' as text, because '1,234' may be one of two numbers"),
        ("a;b\n63.002;1.5\n71.554;2.5\n", [63.002, 71.554], "columns separated by semicolons"),
        ("a;b\n0.002;2,5\n71.554;3,5\n", [0.002, 71.554], "decimal commas in 'b'"),
        ("a\tb\n63.002\tx\n71.554\ty\n", [63.002, 71.554], "columns separated by tabs, decimal points in 'a'"),
        ("a,b\n1.234.567,x\n12.345,y\n", [1234567, 12345], "points that group thousands in 'a'"),
        ("a;b\n63.002;1.234.567\n71.554;9\n", [63002, 71554], "points that group thousands in 'a', 'b'"),
        ("a;b\n1 234;x\n12;y\n", [1234, 12], "blanks or apostrophes that group thousands in 'a'"),
        ("a;b\n1\u202f234,5;x\n12;y\n", [1234.5, 12], "blanks or apostrophes that group thousands in 'a'"),
        ("a;b\n1'234.5;x\n12;y\n", [1234.5, 12], "blanks or apostrophes that group thousands in 'a'"),
        ("a;b\n030 123;x\n12;y\n", ["030 123", "12"], "columns separated by semicolons"),
        ("a;b\n1,5E+03;x\n\u22122,5;y\n", [1500, -2.5], "decimal commas in 'a'"),
        ('a,b\n"1,234.5",x\n"12",y\n', [1234.5, 12], "commas that group thousands in 'a'"),
        ('a,b\n"1,5",x\n"2,5",y\n', ["1,5", "2,5"], "'a' as text, because '1,5' may be one of two numbers"),
        ('a,b\n"1,2,3",x\n"2,3",y\n', ["1,2,3", "2,3"], "'a' as text, because '1,2,3' may be one of two numbers"),
    ],
)
def test_numbers_are_taken_as_they_are_plainly_meant(tmp_path: Path, text: str, values: list, taken: str) -> None:
    found, heard = said(tmp_path / "t.csv", text.encode())
    assert found["a"].tolist() == values
    assert heard[0].endswith(taken)


ZERO, PLUS, DIGITS = "its leading zero", "its plus sign", "its last digits"
ZEROS = "00012345678901234567890"
PHONES = ["+4915112345678", "+4915112345679"]


@pytest.mark.parametrize(
    ("text", "values", "loses"),
    [
        ("a,b\n01,1\n1,2\n", ["01", "1"], ZERO),
        ("a,b\n0,1\n007,2\n,3\n", ["0", "007", None], ZERO),
        ('a,b\n"007", 1\n"8",2\n', ["007", "8"], ZERO),
        ("a\r\n 01\r\n2\r\n", ["01", "2"], ZERO),
        ("b;a\n1,5;042.10\n2,5;250\n", ["042.10", "250"], ZERO),
        (f"a,b\n{ZEROS},1\n2,2\n", [ZEROS, "2"], ZERO),
        ("a,b\n" + "".join(f"{phone},x\n" for phone in PHONES), PHONES, PLUS),
        ("a,b\n9007199254740993,1\n,2\n", ["9007199254740993", None], DIGITS),
    ],
)
def test_a_code_is_no_number_and_keeps_its_text(tmp_path: Path, text: str, values: list, loses: str) -> None:
    found, heard = said(tmp_path / "t.csv", text.encode())
    assert found["a"].astype(object).where(found["a"].notna(), None).tolist() == values
    assert f"would lose {loses} as a number" in " ".join(heard)
    assert "as text" not in read_heard(tmp_path / "t.csv", "b")


def read_heard(path: Path, column: str) -> str:
    """What is said of a column."""
    heard: list[str] = []
    read_table(path, heard.append)
    return next((part for part in heard[0].split(", ") if repr(column) in part), "")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a,b\n0,0.5\n0.5,01:30\n", [0, 0.5]),
        ("a,b\n-005,1\n012,2\n", [-5, 12]),
        ("a,b\n+5,1\n-3,2\n", [5, -3]),
        ("a,b\n1e5,2024-01-05 08:00\n1e+06,x\n", [1e5, 1e6]),
        ("a,b\n1e16,01.02.2024\n2.5e18,x\n", [1e16, 2.5e18]),
        ("a,b\n9007199254740993,1\n9007199254740995,2\n", [9007199254740993, 9007199254740995]),
    ],
)
def test_a_number_that_loses_nothing_is_a_number(tmp_path: Path, text: str, values: list) -> None:
    found, heard = said(tmp_path / "t.csv", text.encode())
    assert (found["a"].tolist(), heard) == (values, [])


def test_what_is_known_to_be_a_name_keeps_its_letter_and_its_sign(tmp_path: Path) -> None:
    path, heard = tmp_path / "t.csv", []
    path.write_text("commit,shift,level,b\n1e5,+1,1e+05,1e5\n123,2,2.5,2\n")
    found = read_table(path, heard.append, names=["commit", "shift", "level", "absent"])
    assert (found["commit"].tolist(), found["shift"].tolist()) == (["1e5", "123"], ["+1", "2"])
    assert (found["level"].tolist(), found["b"].tolist()) == ([1e5, 2.5], [1e5, 2])
    assert heard == [
        f"{path}: read as 'commit' as text, because '1e5' would lose its letter as a number, 'shift' as text, because "
        "'+1' would lose its plus sign as a number"
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a;b\n63.002;x\n500;y\n", "nothing else in the table tells"),
        ("a;b\n63.002;1,234\n500;5,678\n", "nothing else in the table tells"),
        ("a;b;c\n63.002;1,5;1.5\n500;2,5;2.5\n", "other columns have both decimal points and decimal commas"),
    ],
)
def test_a_point_that_may_be_either_is_refused_with_what_to_write(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(FileError) as caught:
        said(tmp_path / "t.csv", text.encode())
    column = "column 'a': got '63.002', which may be decimals (63.002) or have points that group thousands (63002)"
    assert str(caught.value).startswith(f"{tmp_path / 't.csv'}: {column}, and {why}; write 63002, or 63.0020")


@pytest.mark.parametrize("text", ["word\nJohn Smith\nand; so | on\n", "n\n1\n2\n", 'w\n"a,b"\n"c,d"\n'])
def test_one_column_stays_one_column(tmp_path: Path, text: str) -> None:
    found, heard = said(tmp_path / "t.csv", text.encode())
    assert (found.shape, heard) == ((2, 1), [])


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress, lambda content: zipped(t=content)])
def test_no_more_is_read_than_a_table_may_have(tmp_path: Path, pack: Any) -> None:
    (tmp_path / "t.csv").write_bytes(pack(b"a\n" + b"1\n" * 100_000))
    with pytest.raises(FileError, match="than 9,999 bytes"):
        read_table(tmp_path / "t.csv", largest=9_999)
