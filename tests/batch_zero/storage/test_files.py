"""Files by one name, on disk and on an S3 server that checks signatures."""

import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from batch_zero.storage import files
from batch_zero.storage.files import FileError
from tests import s3


@pytest.fixture(params=["a folder", "a bucket", "a bucket's prefix"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "a folder":
        return str(tmp_path)
    request.getfixturevalue("lake")
    return "s3://lake" if request.param == "a bucket" else "s3://lake/deep/down/"


@pytest.mark.parametrize("name", ["t.csv", "odd #1?x=y & ü.csv", "100%.json"])
def test_what_is_written_is_read_and_listed(place: str, name: str) -> None:
    whole = files.join(place, name)
    files.write(whole, b"old")
    files.write(whole, b"new")
    assert files.read(whole) == b"new"
    assert files.names(place) == [name]


def test_only_files_directly_below_are_listed(lake: s3.Lake) -> None:
    for key in ("b/2.csv", "b/1.csv", "b/c/3.csv", "bb/4.csv", "5.csv"):
        lake.put(key, b"x")
    assert files.names("s3://lake/b") == ["1.csv", "2.csv"]
    assert files.names("s3://lake/none") == []


def test_more_files_than_a_page_holds_are_all_listed(lake: s3.Lake) -> None:
    """S3 gives a thousand at a time; a server may give fewer."""
    for number in range(1_001):
        lake.put(f"many/{number}", b"")
    assert len(files.names("s3://lake/many")) == 1_001


def test_nothing_is_left_of_a_file_that_could_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileError, match="cannot be written: it is a folder, expected a regular file"):
        files.write(tmp_path / "folder", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_file_is_as_private_as_its_user_wants(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    before = os.umask(0o077)
    try:
        files.write(file, b"new")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        file.chmod(0o640)
        files.write(file, b"again")
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
    finally:
        os.umask(before)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("s3://lake/none.csv", "the bucket has no such key"),
        ("s3://sea/t.csv", "there is no such bucket"),
        ("s3://lake", "expected s3://bucket/key"),
        ("s3:///t.csv", "expected s3://bucket/key"),
        ("s3://not a bucket/t.csv", "the S3 server cannot be asked: Parameter validation failed: Invalid bucket name"),
        ("/none/t.csv", "there is no such file"),
        ("/", "it is a folder, expected a regular file"),
    ],
)
@pytest.mark.usefixtures("lake")
def test_what_is_not_there_is_one_sentence(name: str, sentence: str) -> None:
    assert complaint(name).startswith(f"{name}: {sentence}")


def complaint(name: str = "s3://lake/t.csv") -> str:
    with pytest.raises(FileError) as caught:
        files.read(name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


ENVIRONMENTS = {
    "a wrong secret": ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "the secret key is wrong; check AWS_SECRET_ACCESS_KEY"),
    "an unknown key": ({"AWS_ACCESS_KEY_ID": "nobody"}, "the access key is not known there; check AWS_ACCESS_KEY_ID"),
    "no credentials": (
        {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
        "there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    ),
    "half of them": ({"AWS_SECRET_ACCESS_KEY": None}, "half of the credentials is missing; set AWS_ACCESS_KEY_ID and"),
    "an unknown profile": (
        {"AWS_PROFILE": "nobody"},
        "the S3 server cannot be asked: The config profile (nobody) could not be found",
    ),
    "no address": ({"AWS_ENDPOINT_URL_S3": "no url"}, "the S3 server cannot be asked: Invalid endpoint: no url"),
}


@pytest.mark.parametrize("case", ENVIRONMENTS)
@pytest.mark.parametrize("act", ["read", "write", "names"])
@pytest.mark.usefixtures("lake")
def test_settings_that_do_not_fit_are_one_sentence(monkeypatch: pytest.MonkeyPatch, case: str, act: str) -> None:
    settings, sentence = ENVIRONMENTS[case]
    for name, value in settings.items():
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    with pytest.raises(FileError) as caught:
        {"read": files.read, "names": files.names, "write": lambda name: files.write(name, b"x")}[act]("s3://lake/t")
    assert str(caught.value).startswith(f"s3://lake/t: {sentence}")


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that nobody listens on, and nobody else can take meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.mark.usefixtures("lake")
def test_a_server_that_is_down_is_one_sentence(monkeypatch: pytest.MonkeyPatch, closed_port: int) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{closed_port}")
    said = complaint()
    assert said.startswith("s3://lake/t.csv: the S3 server cannot be asked: Could not connect to the endpoint URL")
    assert str(closed_port) in said


def test_a_profile_is_honoured_with_its_credentials_and_its_server(
    lake: s3.Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.put("t.csv", b"x")
    (tmp_path / "credentials").write_text(
        f"[team]\naws_access_key_id = {s3.KEY}\naws_secret_access_key = {s3.SECRET}\n"
    )
    (tmp_path / "config").write_text(
        "[profile team]\nregion = eu-west-1\nservices = ours\n"
        f"[services ours]\ns3 =\n  endpoint_url = {lake.endpoint}\n"
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_PROFILE", "team")
    assert files.read("s3://lake/t.csv") == b"x"


@pytest.mark.parametrize("scheme", ["s3", "S3", "s3a", "s3n"])
def test_a_bucket_has_several_names(lake: s3.Lake, scheme: str) -> None:
    files.write(f"{scheme}://lake/a/b.txt", b"x")
    assert (files.read(f"{scheme}://lake/a/b.txt"), lake.get("a/b.txt")) == (b"x", b"x")
    assert files.names(files.join(f"{scheme}://lake", "a")) == ["b.txt"]


@pytest.mark.parametrize("name", ["https://it.example/a.csv", "gs://lake/a.csv", "file:///tmp/a.csv", " s3://lake/a"])
@pytest.mark.parametrize("ask", [files.read, files.names, lambda name: files.write(name, b"")])
def test_an_address_of_another_kind_is_no_missing_file(name: str, ask: Callable[[str], object]) -> None:
    with pytest.raises(FileError, match=r"expected a path or s3://bucket/key$"):
        ask(name)


def test_a_blank_at_the_end_of_a_name_is_pointed_at(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no such file; its name begins or ends with a blank"):
        files.read(f"{tmp_path}/a.csv ")


@pytest.mark.parametrize("written", ["data.CSV", "my data/Rows.csv", "MyData/rows.csv", "MyData/Rows.csv "])
def test_a_name_that_differs_in_capitals_or_blanks_is_offered(
    written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Data.csv").write_text("a\n1\n")
    (tmp_path / "MyData").mkdir()
    (tmp_path / "MyData" / "Rows.csv").write_text("a\n1\n")
    there = "Data.csv" if written == "data.CSV" else "MyData/Rows.csv"
    assert complaint(written) == f"{written}: there is no such file; did you mean '{there}'?"


def test_a_key_that_differs_in_capitals_or_blanks_is_offered(lake: s3.Lake) -> None:
    lake.put("in/Rows.csv", b"a\n1\n")
    assert complaint("s3://lake/in/rows.csv").endswith(
        "rows.csv: the bucket has no such key; did you mean s3://lake/in/Rows.csv?"
    )


def test_a_file_in_a_folder_that_is_not_there_names_the_folder(tmp_path: Path) -> None:
    (tmp_path / "Out").mkdir()
    with pytest.raises(FileError) as caught:
        files.write(tmp_path / "out" / "report.md", b"")
    meant = f"there is no folder {tmp_path}/out; did you mean '{tmp_path}/Out'?"
    assert str(caught.value) == f"{tmp_path}/out/report.md: cannot be written: {meant}"


def test_what_has_no_end_is_no_file_and_a_folder_that_is_missing_is_said_beforehand(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="it is a FIFO, expected a regular file, or a folder"):
        files.check_there(tmp_path / "pipe")
    files.check_there(tmp_path)
    files.check_folder_of(tmp_path / "new.json")
    with pytest.raises(FileError, match="cannot be written: there is no folder"):
        files.check_folder_of(tmp_path / "none" / "new.json")
