"""A model file that is cut off, of each kind and anywhere: it is said that it ends too early, never in the words of the
library that found no more bytes."""

import shutil
import zipfile
from pathlib import Path

import mlflow.sklearn
import mlflow.xgboost
import pytest

from sandbox.errors import ModelError
from sandbox.files.recognise import recognised
from sandbox.session import open_model
from sandbox.warm import WarmParent
from testbench.files.errors import FileRefused
from testbench.files.examine import examine
from tests.testbench.corpus import benign

KINDS = [
    "a pickle of protocol 0", "a pickle of protocol 2", "a pickle of protocol 5", "joblib, plain", "joblib, zlib",
    "joblib, gzip", "joblib, bz2", "joblib, xz", "joblib, lzma", *(["joblib, lz4"] if benign.LZ4 else []),
    "histogram boosting", "skops", "CatBoost's cbm", "CatBoost, numbers", "LightGBM's text", "XGBoost, json",
    "XGBoost, ubj", "XGBoost, several classes", "ONNX", "an MLflow zip, skops",
]  # fmt: skip
SHARES = (0.1, 0.5, 0.99)


def sentence(size: int, file: str = "the file") -> str:
    told = f"{file} ends too early, after {size:,} bytes (it is cut off, or was not written to its end)"
    return f"{told}; save or upload it again"


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_cut_off_is_said_to_be(tmp_path: Path, kind: str, warm: WarmParent) -> None:
    case = next(case for case in benign.cases() if case.name == kind)
    file = case.make(tmp_path)
    content = file.read_bytes()
    assert not recognised(file).cut
    for share in SHARES:
        size = int(len(content) * share)
        file.write_bytes(content[:size])
        with pytest.raises(ModelError) as caught, open_model(file, warm=warm):
            pass
        assert str(caught.value) == f"the model could not be used: {sentence(size)}"
        try:
            examine(file)
        except FileRefused as refused:
            assert str(refused) == f"{file.name}: {sentence(size)}"  # noqa: PT017 - what a pickle lacks is seen later


@pytest.mark.parametrize("save", [mlflow.sklearn.save_model, mlflow.xgboost.save_model])
def test_a_file_of_a_model_folder_that_is_cut_off_is_named(tmp_path: Path, save: object, warm: WarmParent) -> None:
    of_sklearn = save is mlflow.sklearn.save_model
    if of_sklearn:
        mlflow.sklearn.save_model(
            benign.forest(), tmp_path / "m", serialization_format="cloudpickle", pip_requirements=[]
        )
    else:
        mlflow.xgboost.save_model(benign.boosted(), tmp_path / "m", pip_requirements=[])
    file = tmp_path / "m" / ("model.pkl" if of_sklearn else "model.ubj")
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    zipped = shutil.make_archive(str(tmp_path / "m"), "zip", tmp_path / "m")
    for place in (tmp_path / "m", Path(zipped)):
        with pytest.raises(ModelError) as caught, open_model(place, warm=warm):
            pass
        assert str(caught.value).endswith(sentence(len(content) // 2, f"its file {file.name}"))


def test_a_text_of_lightgbm_without_its_last_line_break_is_whole(tmp_path: Path, warm: WarmParent) -> None:
    benign.light().booster_.save_model(tmp_path / "m.txt")
    (tmp_path / "m.txt").write_text((tmp_path / "m.txt").read_text("utf-8").rstrip("\n"), "utf-8")
    with open_model(tmp_path / "m.txt", warm=warm) as session:
        assert session.describe().kind == "LightGBM"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x80\x04<zzz.", "KeyError: 60"),
        (b"a.", "IndexError: pop from empty list"),
        (b"h\x05.", "UnpicklingError: Memo value not found at index 5"),
    ],
)
def test_a_pickle_that_is_none_any_more_is_said_to_be_damaged(
    tmp_path: Path, content: bytes, what: str, warm: WarmParent
) -> None:
    (tmp_path / "m.pkl").write_bytes(content)
    with pytest.raises(ModelError) as caught, open_model(tmp_path / "m.pkl", warm=warm):
        pass
    assert f"its pickle is damaged ({what}): it was changed after it was written" in str(caught.value)


def test_a_library_does_not_say_where_it_was_built(tmp_path: Path, warm: WarmParent) -> None:
    model = benign.boosted().get_booster()
    model.save_model(tmp_path / "m.json")
    text = (tmp_path / "m.json").read_text("utf-8").replace('"version":[', '"version":["",', 1)
    (tmp_path / "m.json").write_text(text, "utf-8")
    with pytest.raises(ModelError) as caught, open_model(tmp_path / "m.json", warm=warm):
        pass
    assert ".cc:" not in str(caught.value)
    assert "XGBoostError: " in str(caught.value)


def test_an_error_of_a_whole_file_is_its_own(tmp_path: Path, warm: WarmParent) -> None:
    """An EOFError that a model raises itself."""
    (tmp_path / "m.pkl").write_bytes(b"cbuiltins\ninput\n)R.")
    with pytest.raises(ModelError) as caught, open_model(tmp_path / "m.pkl", warm=warm):
        pass
    assert "EOF" in str(caught.value)
    assert "too early" not in str(caught.value)
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("MLmodel", "flavors: {}")
    (tmp_path / "m.zip").write_bytes((tmp_path / "m.zip").read_bytes().replace(b"PK\x01\x02", b"PK\x09\x09"))
    with pytest.raises(ModelError) as caught, open_model(tmp_path / "m.zip", warm=warm):
        pass
    assert "got a zip that cannot be read" in str(caught.value)
