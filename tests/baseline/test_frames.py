"""Tables as people bring them, by path or from S3."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pandas as pd
import pytest

from baseline.frames import DataError, features_and_target, prepare, read_table
from lifecycle.experiment import DataSpec
from tests import s3

TABLE = "age,kind,y\n30,a,0\n40,b,1\n"
SPEC = DataSpec(None, None, "y", "batch", "group", ("age",), ("kind",))


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
        ("t.csv.gz", TABLE.encode(), "cannot be read as a table: Not a gzipped file"),
        ("t.csv.gz", gzip.compress(TABLE.encode() * 99)[:-20], "cannot be read as a table: "),
        ("t.csv.gz", gzip.compress(TABLE.encode() * 99)[:12] + b"\xff" * 40, "cannot be read as a table: "),
        ("t.parquet", b"", "cannot be read as a table: "),
        ("t.parquet", b"PAR1 or not", "cannot be read as a table: "),
    ],
)
def test_what_is_no_table_is_one_sentence(tmp_path: Path, name: str, content: bytes, complaint: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: {complaint}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["none.csv", "."])
def test_a_path_without_a_file_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="there is no such file"):
        read_table(tmp_path / name)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3.serving() as url:
        yield url


@pytest.fixture
def lake(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of an S3 server with one bucket, called lake."""
    return s3.configure(monkeypatch, endpoint)


@pytest.mark.parametrize("key", ["processed_data/initial_test.csv", "odd #1?x=y.csv", "deep//slashes/t.csv"])
def test_an_object_is_read_by_its_key(lake: Any, key: str) -> None:
    lake.put_object(Bucket="lake", Key=key, Body=TABLE.encode())
    pd.testing.assert_frame_equal(read_table(f"s3://lake/{key}"), frame(), check_dtype=False)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("s3://lake/none.csv", "the bucket has no such key"),
        ("s3://sea/none.csv", "there is no such bucket"),
        ("s3://lake", "s3://bucket/key was wanted"),
        ("s3:///key.csv", "s3://bucket/key was wanted"),
        ("s3://not a bucket/key.csv", "the S3 server cannot be asked: "),
    ],
)
@pytest.mark.usefixtures("lake")
def test_what_s3_does_not_have_is_one_sentence(url: str, complaint: str) -> None:
    with pytest.raises(DataError) as caught:
        read_table(url)
    assert str(caught.value).startswith(f"{url}: {complaint}")
    assert "\n" not in str(caught.value)


def test_an_empty_object_is_an_empty_file(lake: Any) -> None:
    lake.put_object(Bucket="lake", Key="empty.csv", Body=b"")
    with pytest.raises(DataError, match=r"s3://lake/empty.csv: the file is empty"):
        read_table("s3://lake/empty.csv")


@pytest.mark.parametrize(
    ("address", "complaint"),
    [("http://127.0.0.1:9", "Could not connect to the endpoint URL"), ("not a url", "Invalid endpoint: not a url")],
)
@pytest.mark.usefixtures("lake")
def test_an_s3_server_that_is_not_there_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, address: str, complaint: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", address)
    with pytest.raises(DataError) as caught:
        read_table("s3://lake/t.csv")
    assert str(caught.value).startswith(f"s3://lake/t.csv: the S3 server cannot be asked: {complaint}")


@pytest.mark.usefixtures("lake")
def test_missing_credentials_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    boto3.setup_default_session()
    with pytest.raises(DataError, match="Unable to locate credentials"):
        read_table("s3://lake/t.csv")


def test_features_come_in_the_experiments_order_and_of_one_type_per_kind() -> None:
    raw = frame(age=[30, None], kind=[1.0, None], extra=[0, 0])[["y", "kind", "extra", "age"]]
    features, target = features_and_target(SPEC, raw)
    assert list(features.columns) == ["age", "kind"]
    assert features["age"].dtype == "float64"
    assert features["kind"].tolist() == ["1", "missing"]
    assert target.tolist() == [0, 1]


def test_a_category_is_written_alike_whatever_stands_beside_it() -> None:
    whole, mixed = ([1, 2], ["1", "2"]), ([1.0, 2.5], ["1", "2.5"])
    for values, written in (whole, mixed, ([1.0, np.inf], ["1", "inf"]), ([True, False], ["True", "False"])):
        assert features_and_target(SPEC, frame(kind=values))[0]["kind"].tolist() == written


def test_without_listed_features_every_other_column_is_one() -> None:
    bare = DataSpec(None, None, "y", "batch", "group", (), ())
    assert list(features_and_target(bare, frame(batch=[0, 0], group=[1, 2]))[0].columns) == ["age", "kind"]


@pytest.mark.parametrize("target", [[False, True], [0.0, 1.0], ["0", "1"]])
def test_a_target_may_be_truth_values_or_floats_but_not_text(target: list[Any]) -> None:
    if isinstance(target[0], str):
        with pytest.raises(DataError, match="target 'y': '0', '1' came, the numbers 0 and 1 were wanted"):
            features_and_target(SPEC, frame(y=target))
    else:
        assert features_and_target(SPEC, frame(y=target))[1].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({"y": [0, 2]}, "target 'y': '0', '2' came"),
        ({"y": [0, None]}, "target 'y': '0.0', 'nan' came"),
        ({"y": ["yes", "no"]}, "target 'y': 'yes', 'no' came"),
        ({"age": ["old", 1]}, "column 'age': not all numbers: Unable to parse string \"old\" at position 0"),
        ({"age": [np.inf, 1]}, "column 'age': 1 infinite values came, finite or no values were wanted"),
    ],
)
def test_values_that_do_not_fit_are_said(columns: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DataError) as caught:
        features_and_target(SPEC, frame(**columns))
    assert str(caught.value).startswith(complaint)


def test_missing_columns_are_named_with_those_there_are() -> None:
    with pytest.raises(DataError, match="columns 'kind', 'y' are missing; the data has 'age', 'x"):
        features_and_target(SPEC, pd.DataFrame({"age": [1], "x\x1b[31m\n": [1]}))


def test_no_rows_left_is_said() -> None:
    with pytest.raises(DataError, match="no row of the data is left"):
        features_and_target(SPEC, frame().iloc[:0])


def features_file(folder: Path, text: str) -> DataSpec:
    (folder / "features.py").write_text(text)
    return DataSpec(None, folder / "features.py", "y", "batch", "group", ("age",), ("kind",))


def test_features_py_prepares_the_raw_rows(tmp_path: Path) -> None:
    spec = features_file(tmp_path, "def prepare(raw):\n    return raw.rename(columns={'Age': 'age'})\n")
    assert "age" in prepare(spec, frame().rename(columns={"age": "Age"}))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("def prepare(raw):\n    return raw['Age']\n", "columns are missing: 'Age'; the data has 'age', 'kind', 'y'"),
        ("def prepare(raw):\n    return raw[['Age', 'y']]\n", "columns are missing: "),
        ("def prepare(raw):\n    return raw.Age\n", "AttributeError: 'DataFrame' object has no attribute 'Age'"),
        ("def prepare():\n    pass\n", "TypeError: prepare() takes 0 positional arguments but 1 was given"),
        ("", "AttributeError: "),
        ("raise ValueError('first\\nsecond')\n", "ValueError: first"),
        ("def prepare(raw):\n    return 3\n", "prepare() returned a int, a DataFrame was wanted"),
    ],
)
def test_features_py_that_fails_is_one_sentence(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(DataError) as caught:
        prepare(features_file(tmp_path, text), frame())
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
