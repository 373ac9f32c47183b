"""What kind a file is, by its bytes: what this program opens, and what people upload by mistake."""

import io
import json
import zipfile
from pathlib import Path

import joblib
import numpy as np
import pytest

from sandbox.files import kinds
from sandbox.files.bounds import BoundError, FileBounds
from sandbox.files.kinds import Kind
from sandbox.files.recognise import recognised
from testbench.files.errors import DamagedFile, FileRefused, NotAModel, TooLarge, UnsafeZip, WrongSuffix
from testbench.files.examine import examine
from tests.testbench.corpus import benign

NOISE = np.random.default_rng(3).bytes(1_000)
XGBOOST = '{"learner": {"attributes": {}}, "version": [3, 1, 0]}'


def zipped(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return held.getvalue()


STRANGERS: dict[str, tuple[bytes, Kind]] = {
    "nothing": (b"", kinds.EMPTY),
    "comma-separated": (b"x,y\n1,2\n3,4\n", kinds.CSV),
    "with semicolons, in Latin-1": ("größe;b\n1;2\n3;4\n".encode("latin-1"), kinds.CSV),
    "in UTF-16": ("a,b\n1,2\n3,4\n".encode("utf-16"), kinds.CSV),
    "like opcodes of a pickle": (b"I1,(c,c\nN,F,3\n1,2,3\n", kinds.CSV),
    "a copyright": (b"(c) 2024 Somebody\nAll rights\nreserved.\n", kinds.TEXT),
    "HTML after a blank line": (b"\n <!doctype HTML><html>", kinds.HTML),
    "PMML": (b'<?xml version="1.0"?>\n<PMML version="4.4">', kinds.PMML),
    "a notebook": (json.dumps({"metadata": {}, "nbformat": 4}).encode(), kinds.NOTEBOOK),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", kinds.LFS),
    "an MLmodel": (b"artifact_path: model\nflavors:\n  sklearn: {}\n", kinds.MLMODEL),
    "Python": (b"import os\n", kinds.PYTHON),
    "Parquet": (b"PAR1" + NOISE + b"PAR1", kinds.PARQUET),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + NOISE, kinds.HDF5),
    "PyTorch, before it was a zip": (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M", kinds.PYTORCH),
    "PyTorch": (zipped("net/data.pkl", "net/version"), kinds.PYTORCH),
    "Keras": (zipped("config.json", "model.weights.h5"), kinds.KERAS),
    "a wheel": (zipped("a.py", "a-1.dist-info/METADATA"), kinds.WHEEL),
    "a workbook": (zipped("[Content_Types].xml", "xl/a.xml"), kinds.OFFICE),
    "another zip": (zipped("a.txt", "b.txt"), kinds.ZIP),
    "a zip of two models": (zipped("a.joblib", "models/b.onnx"), kinds.ZIPPED_FILES),
    "XGBoost's JSON in UTF-16": (XGBOOST.encode("utf-16"), kinds.MARKED),
    "XGBoost's JSON behind a mark": (XGBOOST.encode("utf-8-sig"), kinds.MARKED),
    "LightGBM's text in UTF-16, the other way round": ("\ufefftree\nversion=v4\n".encode("utf-16-be"), kinds.MARKED),
    "a zip whose list is bent": (zipped("MLmodel", "b.txt").replace(b"PK\x01\x02", b"PK\x09\x09"), kinds.BROKEN_ZIP),
    "safetensors": ((40).to_bytes(8, "little") + b'{"w": 1}' + NOISE, kinds.SAFETENSORS),
    "a program": (b"\x7fELF" + NOISE, kinds.PROGRAM),
    "an image": (b"\xff\xd8\xff\xe0" + NOISE, kinds.IMAGE),
    "noise": (NOISE, kinds.UNKNOWN),
}


@pytest.mark.parametrize("what", STRANGERS)
def test_what_is_no_model_is_named_whatever_it_is_called(tmp_path: Path, what: str) -> None:
    content, kind = STRANGERS[what]
    (tmp_path / "model.pkl").write_bytes(content)
    assert recognised(tmp_path / "model.pkl").kind == kind
    with pytest.raises(NotAModel) as caught:
        examine(tmp_path / "model.pkl")
    assert str(caught.value).startswith(f"model.pkl: got {kind.words}, expected a pickle or joblib file, ")
    assert caught.value.status == 422


@pytest.mark.parametrize("head", [b"\x80", b"\x80\x04"])
def test_what_begins_a_pickle_is_one_however_early_it_ends(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "model.pkl").write_bytes(head)
    assert recognised(tmp_path / "model.pkl").kind is kinds.PICKLE


@pytest.mark.parametrize("case", list(benign.cases()), ids=lambda case: case.name)
def test_a_model_is_known_by_its_bytes_without_its_suffix(case: benign.Benign, tmp_path: Path) -> None:
    made = case.make(tmp_path)
    kind = recognised(made).kind
    assert kind.model
    plain = made.rename(tmp_path / "upload")
    assert recognised(plain).kind is kind
    assert examine(plain).suffix_fits is None


def test_a_model_whose_name_says_something_else_is_refused(tmp_path: Path) -> None:
    joblib.dump(benign.classifier(), tmp_path / "model.onnx")
    with pytest.raises(WrongSuffix) as caught:
        examine(tmp_path / "model.onnx")
    assert str(caught.value) == (
        "model.onnx: got a joblib file by its bytes and an ONNX graph by its name, expected both to be the same"
    )
    assert examine(tmp_path / "model.onnx", "model.pkl").suffix_fits


def test_the_name_that_somebody_gives_is_text_and_leads_nowhere(tmp_path: Path) -> None:
    joblib.dump(benign.classifier(), tmp_path / "upload")
    assert examine(tmp_path / "upload", "../../etc/\u202elkp.ledom.pkl").name == "\\u202elkp.ledom.pkl"


UNSAFE = {
    "../x": "a name that leads elsewhere",
    "/etc/x": "a name that leads elsewhere",
    "a/../../x": "a name that leads elsewhere",
    "C:\\x": "a name that leads elsewhere",
    "a\\b": "a name that leads elsewhere",
    "a//b": "a name that leads elsewhere",
    "mlmodel": "two files of one name",
    "a/" * 30 + "b": "a name that is too long",
}


@pytest.mark.parametrize("name", UNSAFE)
def test_a_zip_with_something_odd_in_it_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "m.zip").write_bytes(zipped("MLmodel", name))
    with pytest.raises(UnsafeZip) as caught:
        examine(tmp_path / "m.zip")
    assert f"it has {UNSAFE[name]}: " in str(caught.value)
    assert str(caught.value).endswith("expected a zip of plain files and folders")


@pytest.mark.parametrize("codec", ["zlib", "gzip", "bz2", "xz", "lzma"])
def test_a_file_that_grows_too_much_when_it_is_unpacked_is_refused(tmp_path: Path, codec: str) -> None:
    joblib.dump(np.zeros(6_000_000), tmp_path / "m.joblib", compress=(codec, 9))
    with pytest.raises(TooLarge) as caught:
        examine(tmp_path / "m.joblib", bounds=FileBounds(unpacked_mb=20))
    assert "got more than 20 MB when it is unpacked, expected at most that" in str(caught.value)
    assert caught.value.status == 413
    with pytest.raises(TooLarge) as caught:
        examine(tmp_path / "m.joblib", bounds=FileBounds(ratio=100, free_mb=1))
    assert "got more than 100 times its size" in str(caught.value)


def test_a_zip_that_grows_too_much_or_has_too_many_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("MLmodel", "flavors: {}")
        archive.writestr("big", bytes(3 << 20))
    for bounds in (FileBounds(unpacked_mb=2), FileBounds(free_mb=1), FileBounds(members=1)):
        with pytest.raises(TooLarge):
            examine(tmp_path / "m.zip", bounds=bounds)


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(bytes(2 << 20))
    with pytest.raises(TooLarge) as caught:
        examine(tmp_path / "m.pkl", bounds=FileBounds(file_mb=1))
    assert str(caught.value) == "m.pkl: got 2 MB, expected at most 1"
    with pytest.raises(BoundError):
        FileBounds(file_mb=1).check_file(2 << 20)


def test_a_compressed_file_that_breaks_off_is_damaged(tmp_path: Path) -> None:
    joblib.dump(np.random.default_rng(1).normal(size=40_000), tmp_path / "m.joblib", compress=3)
    content = (tmp_path / "m.joblib").read_bytes()
    (tmp_path / "m.joblib").write_bytes(content[: len(content) // 2])
    with pytest.raises(DamagedFile) as caught:
        examine(tmp_path / "m.joblib")
    assert str(caught.value).startswith(f"m.joblib: the file ends too early, after {len(content) // 2:,} bytes (")
    assert issubclass(DamagedFile, FileRefused)


def test_lz4_without_its_package_is_said_so_and_is_read_where_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "m.joblib").write_bytes(b"\x04\x22\x4d\x18" + NOISE)
    try:
        report = examine(tmp_path / "m.joblib")
    except FileRefused as refused:
        assert "damaged" in str(refused)  # noqa: PT017 - the package is installed, and these bytes are none of its
    else:
        assert "the package lz4 is not installed here (pip install -r requirements/bench.txt)" in str(report.stopped)
