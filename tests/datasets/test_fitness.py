"""What a later step would refuse is refused before anything is trained or promoted."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from mlflow_io.client import connect
from pipeline.__main__ import main
from tests import small


@pytest.fixture
def refused(
    migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Batch 0 of an experiment whose table is ``data`` -> the sentence that refuses it; nothing was trained."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated, home)
    monkeypatch.setenv("BATCH_ZERO_HOME", str(home))

    def refused(folder: Path, *options: str) -> str:
        assert main(["run", "--experiment", str(folder), "--batch", "0", *options]) == 2
        client = connect(f"sqlite:///{home / 'mlflow.db'}")
        ids = [found.experiment_id for found in client.search_experiments()]
        assert client.search_runs(ids, "run_name LIKE 'train_batch_%'") == []
        assert client.search_registered_models() == []
        err = capsys.readouterr().err
        assert err.count("\n") == 1
        return err

    return refused


def changed(folder: Path, line: str) -> Path:
    """An experiment whose features.py ends with ``line``, which changes ``frame``."""
    made = small.make(folder)
    code = (made / "features.py").read_text().replace("    return pd.DataFrame(", "    frame = pd.DataFrame(")
    (made / "features.py").write_text(f"{code}    {line}\n    return frame\n")
    return made


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('frame["vehage"] = pd.Timestamp("2024-01-31")', "column 'vehage': got Timestamp('2024-01-31 00:00:00'), e"),
        (
            'frame["abcat"] = [str(row) for row in frame.index]',
            "column 'abcat' is listed as categorical, but is free text",
        ),
        ('frame["abcat"] = [[1]] * len(frame)', "column 'abcat' of the reference: got [1], expected a category"),
        (
            'frame["vehicle"] = 1',
            "rows: column 'vehicle' has 1 different value in 393 rows, and those with one value stay",
        ),
        ('frame["batch"] += 1', "column 'batch': got batches from 1 to 6, expected numbers from 0 on"),
    ],
)
def test_what_a_later_batch_would_be_refused_for_is_refused_at_once(
    refused: Callable[..., str], tmp_path: Path, line: str, sentence: str
) -> None:
    assert sentence in refused(changed(tmp_path / "experiment", line))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"vehage"]', '"batch"]', "column 'batch' is the batch, and listed in [features]: no model may be shown it"),
        (
            '"deploy"]',
            '"vehicle"]',
            "column 'vehicle' is the group, and listed in [features]: no model may be shown it",
        ),
        ('group = "vehicle"', 'group = "batch"', "column 'batch' is the batch and the group"),
        ('target = "severe"', 'target = "vehicle"', "column 'vehicle' is the group and the target"),
    ],
)
def test_a_column_has_one_role(refused: Callable[..., str], tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert sentence in refused(small.make(tmp_path / "experiment", {old: new}))


def test_a_workbook_is_named(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "rows.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    err = refused(small.make(tmp_path / "experiment"), "--data", str(tmp_path / "rows.xls"))
    assert err.endswith("rows.xls: got an Excel workbook, expected CSV or Parquet\n")


def test_features_py_finds_the_files_beside_it_and_not_those_of_another(tmp_path: Path) -> None:
    from datasets.frames import prepare
    from lifecycle.experiment import DataSpec

    for name, factor in (("one", 2), ("two", 3)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "settings.py").write_text(f"FACTOR = {factor}\n")
        code = "import settings\n\ndef prepare(raw):\n    from settings import FACTOR\n    return raw * FACTOR\n"
        (tmp_path / name / "features.py").write_text(code)
        spec = DataSpec(None, tmp_path / name / "features.py", "y", "batch", "group", ("x",), ())
        assert prepare(spec, pd.DataFrame({"x": [1]}))["x"].tolist() == [factor]
    import settings

    assert settings.GROUPS
