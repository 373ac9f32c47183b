"""``python -m pipeline prepare``: an experiment's own code lays out its raw table."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from batch_zero.storage import files
from pipeline.__main__ import main
from tests import s3, small

LAYOUT = """
def lay_out(raw):
    yield "processed_data/initial_train.csv", raw[:2]
    yield "drift_monitoring/batch_data/batch_1.csv", raw[["a"]][2:]
"""
Prepare = Callable[..., tuple[int, str, str]]


@pytest.fixture
def prepare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Prepare:
    """The command, for an experiment with a layout of its own and three raw rows -> (exit code, stdout, stderr)."""
    folder = small.make(tmp_path / "experiment")
    (folder / "layout.py").write_text(LAYOUT)
    (tmp_path / "raw.csv").write_text("a,b\n1,x\n2,y\n3,z\n")

    def prepare(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        asked = {"--experiment": folder, "--data": tmp_path / "raw.csv", "--out": tmp_path / "out"}
        asked |= dict(zip(arguments[::2], arguments[1::2], strict=False))
        given = [str(text) for option in asked.items() for text in option if text is not None]
        code = main(["prepare", *given])
        return code, *capsys.readouterr()

    return prepare


def test_a_folder_is_made_and_filled(prepare: Prepare, tmp_path: Path) -> None:
    code, out, err = prepare()
    assert (code, err) == (0, "")
    assert (tmp_path / "out/processed_data/initial_train.csv").read_text() == "a,b\n1,x\n2,y\n"
    assert (tmp_path / "out/drift_monitoring/batch_data/batch_1.csv").read_text() == "a\n3\n"
    assert out.splitlines()[0] == f"pipeline: {tmp_path}/out/processed_data/initial_train.csv: 2 rows"


def test_codes_are_laid_out_as_they_are_written(prepare: Prepare, tmp_path: Path) -> None:
    (tmp_path / "raw.csv").write_text("a,sex\n01,1e5\n2,2\n3,3\n")
    code, out, _ = prepare()
    assert (code, "'a' as text" in out, "'sex' as text" in out) == (0, True, True)
    assert (tmp_path / "out/processed_data/initial_train.csv").read_text() == "a,sex\n01,1e5\n2,2\n"


@pytest.mark.parametrize("place", ["s3://lake", "s3://lake/some/where"])
def test_a_bucket_is_filled(prepare: Prepare, lake: s3.Lake, place: str) -> None:
    assert prepare("--out", place)[0] == 0
    prefix = f"{place}/".removeprefix("s3://lake/")
    assert sorted(lake.names()) == [
        f"{prefix}drift_monitoring/batch_data/batch_1.csv",
        f"{prefix}processed_data/initial_train.csv",
    ]


def test_what_is_there_is_written_over_only_when_told_so(prepare: Prepare, tmp_path: Path) -> None:
    prepare()
    train = tmp_path / "out/processed_data/initial_train.csv"
    train.write_text("precious")
    sentence = f"pipeline: {train}: is there already; --replace writes over it\n"
    assert prepare() == (2, "", sentence)
    assert train.read_text() == "precious"
    assert prepare("--replace", None)[0] == 0
    assert train.read_text() != "precious"


@pytest.mark.parametrize("there", ["notes.csv", "processed_data/initial_validation.csv"])
@pytest.mark.usefixtures("lake")
@pytest.mark.parametrize("place", ["a folder", "s3://lake", "s3://lake/some/where"])
def test_every_name_that_would_be_written_is_looked_for_before_the_first_is(
    prepare: Prepare, tmp_path: Path, place: str, there: str
) -> None:
    (tmp_path / "experiment/layout.py").write_text(f"{LAYOUT}    yield {there!r}, raw\n")
    target = place if place.startswith("s3:") else str(tmp_path / place)
    put(files.join(target, there))
    assert prepare("--out", target) == (
        2,
        "",
        f"pipeline: {files.join(target, there)}: is there already; --replace writes over it\n",
    )
    assert files.read(files.join(target, there)) == b"precious"
    assert "initial_train.csv" not in files.names(files.join(target, "processed_data"))


def put(place: str) -> None:
    if not files.is_s3(place):
        Path(place).parent.mkdir(parents=True)
    files.write(place, b"precious")


def test_batches_that_are_there_are_precious_too(prepare: Prepare, lake: s3.Lake) -> None:
    lake.put("drift_monitoring/batch_data/batch_4.csv", b"precious")
    code, _, err = prepare("--out", "s3://lake")
    assert (code, err.split(": ", 1)[1].partition(";")[0]) == (
        2,
        "s3://lake/drift_monitoring/batch_data/batch_4.csv: is there already",
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--data", "none.csv"), "none.csv: there is no such file"),
        (("--experiment", "crash_triage"), "this experiment has no layout.py that lays out its data"),
        (("--out", "s3://sea"), "s3://sea/processed_data: there is no such bucket"),
        (("--out", "/dev/null/out"), "/dev/null/out/processed_data/initial_train.csv: cannot be written: Not a direct"),
    ],
)
@pytest.mark.usefixtures("lake")
def test_what_cannot_be_done_is_one_sentence(prepare: Prepare, arguments: tuple[str, ...], sentence: str) -> None:
    code, out, err = prepare(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"pipeline: {sentence}")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("def lay_out(raw):\n    return [('x.csv', raw[['z']])]\n", "raw.csv: a column is missing: "),
        ("def lay_out(raw):\n    return 1 / 0\n", "layout.py: ZeroDivisionError: division by zero"),
        ("", "layout.py: AttributeError: "),
    ],
)
def test_code_that_fails_is_one_sentence_and_writes_nothing(
    prepare: Prepare, tmp_path: Path, code: str, sentence: str
) -> None:
    (tmp_path / "experiment/layout.py").write_text(code)
    status, _, err = prepare()
    assert (status, err.count("\n")) == (2, 1)
    assert sentence in err
    assert not (tmp_path / "out").exists()


def test_the_table_may_be_parquet(prepare: Prepare, tmp_path: Path) -> None:
    pd.DataFrame({"a": [1, 2, 3], "b": list("xyz")}).to_parquet(tmp_path / "raw.parquet")
    assert prepare("--data", tmp_path / "raw.parquet")[0] == 0
