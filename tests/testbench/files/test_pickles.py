"""What a pickle would import, named without importing it; and what is said where it cannot be read on."""

import bz2
import io
import json
import pickle
import pickletools
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest

from sandbox.files.bounds import FileBounds
from testbench.files import pickles
from testbench.files.examine import examine
from testbench.files.sorts import Sort
from tests.sandbox.attacks import Opens
from tests.testbench.corpus import benign, hostile
from tests.testbench.corpus.world import made_in

MALICIOUS = {
    "os.system": "os.system",
    "protocol 0": "posix.system",
    "INST": "posix.system",
    "OBJ": "posix.system",
    "names of Python 2": "builtins.eval",
    "a name in escapes": "posix.system",
    "a name from the memo": "posix.system",
    "through an attribute": "sklearn.base.warnings.sys.exit",
    "after a pickle that is harmless": "posix.system",
    "before it breaks off": "posix.system",
    "runstring": "numpy.testing._private.utils.runstring",
    "joblib by xz": "builtins.exec",
    "joblib by zlib": "builtins.exec",
    "code after an array of joblib": "builtins.exec",
    "an MLflow zip with a pickle that runs something": "builtins.exec",
    "a skops file with a function": "os.system",
}


def read(content: bytes, **bounds: Any) -> pickles.Reading:
    return pickles.read(io.BytesIO(content), FileBounds(**bounds))


def names(reading: pickles.Reading) -> set[str]:
    return {f"{found.module}.{found.name}" for found in reading.imports}


@pytest.mark.parametrize("name", [name for name in MALICIOUS if name != "os.system"])
def test_what_a_hostile_file_imports_is_named_as_dangerous(tmp_path: Path, name: str) -> None:
    case = next(case for case in hostile.cases() if case.name == name)
    (tmp_path / "file").mkdir()
    with made_in(tmp_path) as world:
        report = examine(case.make(tmp_path / "file", world))
        assert world.harm() == []
    dangerous = report.of_sort(Sort.DANGEROUS)
    assert MALICIOUS[name] in [str(found) for found in dangerous]
    assert all(found.why for found in dangerous)
    assert report.names[0].sort is Sort.DANGEROUS
    assert any(sentence.startswith("Dangerous: ") for sentence in report.sentences())


WITH_CODE = {"a class of its author's", "a function of its author's", "an MLflow zip of a function"}


@pytest.mark.parametrize("case", list(benign.cases()), ids=lambda case: case.name)
def test_a_model_of_the_libraries_imports_nothing_dangerous(case: benign.Benign, tmp_path: Path) -> None:
    report = examine(case.make(tmp_path))
    assert report.stopped is None
    if case.name not in WITH_CODE:
        assert report.of_sort(Sort.DANGEROUS) == ()
        assert report.of_sort(Sort.UNKNOWN) == ()
    assert report.read_to == report.read_of
    assert json.loads(json.dumps(report.as_dict()))["sha256"] == report.sha256
    assert "clean" not in " ".join(report.sentences())


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("model", [benign.classifier, benign.forest, benign.mixed, benign.light])
def test_every_import_is_named_as_pickle_itself_makes_it(model: Any, protocol: int) -> None:
    content = pickle.dumps(model(), protocol)
    found: set[str] = set()

    class Listening(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            found.add(f"{getattr(sys.modules.get(module), '__name__', module)}.{name}")
            return super().find_class(module, name)

    Listening(io.BytesIO(content)).load()
    seen = read(content)
    assert {name.removeprefix("__builtin__.") for name in names(seen)} >= {
        name.removeprefix("__builtin__.") for name in found if not name.startswith(("copy_reg", "__builtin__"))
    }
    assert (seen.read_to, seen.stopped) == (len(content), None)


ARRAYS = {
    "numbers": np.arange(10.0),
    "a table in Fortran's order": np.asfortranarray(np.ones((30, 4))),
    "text": np.array(["a", "bcd"]),
    "objects": np.array([{"a": 1}, None, "x"], dtype=object),
    "a structure": np.zeros(3, dtype=[("a", "f8"), ("b", "i4")]),
    "truth values": np.array([True, False]),
    "no dimension": np.array(3.5),
    "nothing": np.zeros((0, 3)),
    "a frame": pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}),
}


@pytest.mark.parametrize("what", ARRAYS)
def test_what_follows_an_array_of_joblib_is_read(tmp_path: Path, what: str) -> None:
    joblib.dump([ARRAYS[what], Opens("pass")], tmp_path / "m.joblib")
    content = (tmp_path / "m.joblib").read_bytes()
    seen = read(content)
    assert (seen.read_to, seen.stopped) == (len(content), None)
    assert "builtins.exec" in names(seen)


def test_an_array_whose_end_is_not_certain_ends_the_reading(tmp_path: Path) -> None:
    times = np.array(["2026-01-01"], dtype="datetime64[D]")
    joblib.dump([times, Opens("pass")], tmp_path / "m.joblib")
    content = bytearray((tmp_path / "m.joblib").read_bytes())
    place = content.index(b"shape")
    content[place : place + 5] = b"shap_"
    seen = read(bytes(content))
    assert seen.stopped == "where the array that comes next ends cannot be told for certain"
    assert 0 < seen.read_to < len(content) == seen.size


ENDLESS = {
    "opcodes": b"N0" * 5_000_000,
    "a memo": b"\x80\x04N" + b"\x94" * 5_000_000,
    "dictionaries": b"}" * 5_000_000,
    "marks": b"(" * 5_000_000,
    "tuples in one another": b"N" + b"\x85" * 5_000_000,
    "one line": b"c" + b"a" * 20_000_000,
    "a number": b"I" + b"9" * 20_000_000 + b"\n.",
    "bytes that are not there": b"\x80\x04\x8e" + (1 << 62).to_bytes(8, "little"),
    "names": b"\x80\x04" + b"".join(b"ca%d\nb\n" % number for number in range(300_000)),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", ENDLESS)
def test_an_endless_pickle_is_left_after_so_much_and_never_called_clean(what: str) -> None:
    began = time.monotonic()
    seen = read(ENDLESS[what], opcodes=200_000, kept_mb=32, read_s=20.0, names=100)
    assert seen.stopped is not None
    assert len(seen.imports) <= 100
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_pickle_that_breaks_off_is_read_up_to_there(cut: int) -> None:
    content = pickle.dumps(benign.classifier())
    seen = read(content[:-cut])
    assert seen.stopped == "it breaks off"
    assert seen.read_to <= len(content) - cut


def test_bytes_that_follow_are_told(tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(benign.classifier()) + b"\xff\xfe more")
    report = examine(tmp_path / "m.pkl")
    assert report.stopped == "what comes after its end is no pickle"
    assert "What comes after may import anything." in report.sentences()[-1]


def test_every_opcode_has_its_part() -> None:
    from testbench.files.opcodes import DOES

    assert set(DOES) == {opcode.name for opcode in pickletools.opcodes}


def test_the_version_of_scikit_learn_is_told() -> None:
    import sklearn

    assert read(pickle.dumps(benign.mixed())).saved_with == sklearn.__version__


def test_a_zip_of_many_pickles_takes_no_longer_than_one(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("MLmodel", "flavors: {}")
        for number in range(100):
            archive.writestr(f"{number}.pkl", b"\x80\x04" + b"N0" * 200_000 + b"N.")
    began = time.monotonic()
    report = examine(tmp_path / "m.zip", bounds=FileBounds(read_s=0.5))
    assert "to read" in str(report.stopped)
    assert time.monotonic() - began < 30


@pytest.mark.slow
def test_bytes_that_unpack_slowly_are_left_at_the_deadline(tmp_path: Path) -> None:
    length = 200 << 20
    content = b"\x80\x04\x8e" + length.to_bytes(8, "little") + bytes(length)
    (tmp_path / "m.joblib").write_bytes(bz2.compress(content, 1))
    report = examine(tmp_path / "m.joblib", bounds=FileBounds(read_s=0.05, ratio=1_000_000))
    assert report.stopped == "to read it takes more than 0.05 seconds"
    assert report.read_of is None


@pytest.mark.parametrize("protocol", [0, 4])
def test_a_dangerous_name_is_not_hidden_behind_many_others(protocol: int) -> None:
    others = b"".join(b"ca%d\nB\n" % number for number in range(50))
    seen = read((b"\x80\x04" if protocol else b"") + others + b"cposix\nsystem\n.", names=10)
    assert "posix.system" in names(seen)
    assert (len(seen.imports), seen.more) == (11, 40)


def test_what_a_zip_brings_of_its_own_is_told_with_the_file_it_is_in(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("m/MLmodel", "flavors: {}")
        archive.writestr("m/model.pkl", pickle.dumps(benign.classifier()))
        archive.writestr("m/data/steps.pkl", pickle.dumps(Opens("pass"))[:-1])
        archive.writestr("m/code/own.py", "import os\n")
    report = examine(tmp_path / "m.zip")
    assert [(str(name), name.member) for name in report.names[:1]] == [("builtins.exec", "m/data/steps.pkl")]
    assert report.stopped == "in m/data/steps.pkl, it breaks off"
    assert report.remarks == ("It brings code of its own, which runs when it is opened: 1 file in Python.",)
    said = report.sentences()
    assert "Dangerous: builtins.exec (a builtin that a model has no use for; in m/data/steps.pkl)." in said
    assert report.read_to == report.read_of


def test_after_the_last_byte_there_is_nothing_that_could_import_anything(tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(pickle.dumps({"a": list(range(100))})[:50])
    said = examine(tmp_path / "m.pkl").sentences()[-1]
    assert said.startswith("Read to byte 50 of 50, no further: ")
    assert "What comes after" not in said
