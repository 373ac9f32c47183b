"""Forms that mean harm: files that grow, names that lead elsewhere, cells that are formulas."""

import csv
import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from tests.api.test_run_tests import client, files, home, model, shared, until, working, working_in
from tests.testbench.conftest import Trained

__all__ = ("client", "home", "model", "shared", "working")

LATER = {"Prefer": "respond-async"}
GROWN = 80 << 20
FORMULA = "=cmd|' /C calc'!A0"


def a_zip() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("MLmodel", "flavors: {sklearn: {}}")
        with archive.open("model.pkl", "w", force_zip64=True) as file:
            for _ in range(1_100):
                file.write(bytes(1 << 20))
    return kept.getvalue()


def a_csv_in_gzip() -> bytes:
    return gzip.compress(b"age\n" + b"1\n" * (GROWN // 2))


def a_parquet_of_one_value() -> bytes:
    kept = io.BytesIO()
    pq.write_table(pa.table({"age": np.zeros(GROWN // 8, "int64")}), kept)
    assert len(kept.getvalue()) < 1 << 20
    return kept.getvalue()


@pytest.mark.slow
def test_what_grows_is_refused_with_its_reason_and_leaves_no_file(
    client: TestClient, home: Path, model: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCH_ZERO_BENCH_UPLOAD_MB", "32")
    given: dict[str, dict[str, Any]] = {
        "got more than 1,024 MB when it is unpacked": {"model": ("m.zip", a_zip())},
        "got more than 1,000,000 rows of 1 columns": {"sample": ("rows.csv.gz", a_csv_in_gzip())},
        "got 10,485,760 rows of 1 columns": {"sample": ("rows.parquet", a_parquet_of_one_value())},
    }
    posted = {}
    for said, grows in given.items():
        answer = client.post("/run_tests", files={**files(model), **grows}, headers=LATER)
        posted[said] = answer.headers["location"]
    with working_in(home):
        until(lambda: {client.get(address).json()["state"] for address in posted.values()} == {"failed"})
    for said, address in posted.items():
        reason = client.get(address).json()["reason"]
        assert said in reason
        assert str(home) not in reason  # where it lies here is nobody's business
    assert list((home / "uploads").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "../../../evil",
        "/etc/cron.d/evil",
        "..\\..\\evil",
        "a/../../evil\0",
        "uploads/asked.json",
        ".",
        "..",
        "a" * 5_000,
    ],
)
def test_a_name_with_a_path_in_it_leads_nowhere(client: TestClient, home: Path, model: Trained, name: str) -> None:
    beside = {*home.parent.iterdir()}
    form = {part: (name, content) for part, (_, content) in files(model).items()}
    answer = client.post("/run_tests", files={**form, "schema": (name, b"{}")}, headers=LATER)
    assert answer.status_code in {202, 400}, answer.text
    assert {*home.parent.iterdir()} == beside
    assert {path.name for path in home.iterdir() if path.is_dir()} <= {"uploads"}
    for folder in (home / "uploads").iterdir():
        assert {path.name for path in folder.iterdir()} == {"asked.json", "model", "sample", "schema", "tested.job"}


@pytest.mark.parametrize("field", ["../../evil", "/tmp/evil", "asked.json", "model/../../evil"])
def test_a_field_with_a_path_for_its_name_is_not_kept(
    client: TestClient, home: Path, model: Trained, field: str
) -> None:
    form = {"model": files(model)["model"], field: ("x", b"harm")}
    beside = {*home.parent.iterdir()}
    answer = client.post("/run_tests", files=form, headers=LATER)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"].startswith("field: got ")
    assert {*home.parent.iterdir()} == beside
    assert list((home / "uploads").iterdir()) == []


@pytest.mark.slow
def test_no_cell_of_an_export_is_a_formula(client: TestClient, shared: Path, model: Trained) -> None:
    rows = model.sample.assign(region=np.where(model.sample["region"] == "north", FORMULA, model.sample["region"]))
    form = {
        "sample": ("=1+1.csv", rows.to_csv(index=False).encode()),
        "model": ("=2+2.joblib", model.path.read_bytes()),
    }
    answer = client.post("/run_tests", data={"labels": "outcome", "checks": "works,robustness,quality"}, files=form)
    assert answer.status_code == 200, answer.text
    cells = [cell for path in (shared / "artifacts").rglob("*.csv") for row in csv.reader(path.open()) for cell in row]
    assert any(FORMULA in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
