"""The report never changes what it reads."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from mlflow_io.client import connect
from mlflow_io.errors import SchemaUnknown, TrackingUnreachable
from mlflow_io.history import read_history
from mlflow_io.stores.mlflow_client import open_client
from mlflow_io.stores.open import open_store
from mlflow_io.stores.tuning import Tuning
from tests.world import EXPERIMENT_TOML, NAMES, World, read_production

ROOT = Path(__file__).resolve().parents[3]


def of_another_version(database: Path) -> None:
    """As an older MLflow leaves it: an earlier revision, fewer tables and columns."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0584bdc529eb'")
        connection.execute("DROP TABLE registered_model_aliases")
        connection.execute("ALTER TABLE runs DROP COLUMN deleted_time")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.commit()


@pytest.mark.slow
def test_a_database_of_another_version_is_read_and_left_byte_for_byte(world: World, tmp_path: Path) -> None:
    world.gate(0, decision="BASELINE")
    run = world.gate(1, 0.8, 0.85, decision="DEPLOY")
    world.artifact(run, "roc_curves/roc_curve_production.json", {"fpr": [0, 1], "tpr": [0, 1], "auc": 0.5})
    older = tmp_path / "older" / "mlflow.db"
    older.parent.mkdir()
    shutil.copy(tmp_path / "mlflow.db", older)
    of_another_version(older)
    before = hashlib.sha256(older.read_bytes()).hexdigest()
    (tmp_path / "experiment.toml").write_text(EXPERIMENT_TOML)
    for suffix in ("json", "html", "md"):
        command = [sys.executable, "-m", "report", "--format", suffix, "--out", str(tmp_path / f"report.{suffix}")]
        command += ["--experiment", str(tmp_path), "--mlflow-tracking-uri", f"sqlite:///{older}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "report.json").read_text())
    assert [batch["decision"] for batch in told["batches"]] == ["BASELINE", "DEPLOY"]
    assert "roc-1" in (tmp_path / "report.html").read_text()
    assert hashlib.sha256(older.read_bytes()).hexdigest() == before
    assert [file.name for file in older.parent.iterdir()] == ["mlflow.db"]


def test_the_page_does_not_need_mlflow_to_read_a_local_store(world: World, tmp_path: Path) -> None:
    world.gate(0, decision="BASELINE")
    (tmp_path / "experiment.toml").write_text(EXPERIMENT_TOML)
    script = (
        "import sys, runpy; sys.argv = ['report', '--format', 'json', '--experiment', sys.argv[1], "
        "'--mlflow-tracking-uri', sys.argv[2]]\n"
        "try: runpy.run_module('report', run_name='__main__')\n"
        "except SystemExit as end: assert not end.code\n"
        "print([name for name in sys.modules if name in ('mlflow', 'sqlalchemy', 'pandas', 'plotly', 'streamlit')], "
        "file=sys.stderr)"
    )
    command = [sys.executable, "-c", script, str(tmp_path), world.uri]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("suffix", ["", "?timeout=1", "?mode=ro&uri=true"])
def test_however_a_local_database_is_addressed_it_is_left_byte_for_byte(
    world: World, tmp_path: Path, suffix: str
) -> None:
    run = world.gate(0)
    shutil.copy(tmp_path / "mlflow.db", tmp_path / "older.db")
    of_another_version(tmp_path / "older.db")
    before = hashlib.sha256((tmp_path / "older.db").read_bytes()).hexdigest()
    uri = f"sqlite:///{'file:' if 'uri' in suffix else ''}{tmp_path}/older.db{suffix}"
    (record,) = read_history(uri, NAMES).batches
    assert record.gate.run.run_id == run
    assert hashlib.sha256((tmp_path / "older.db").read_bytes()).hexdigest() == before


def test_the_client_is_kept_from_a_database_of_another_version(world: World, tmp_path: Path) -> None:
    """As one of MySQL or SQL Server, which are read by way of the client."""
    world.gate(0)
    of_another_version(tmp_path / "mlflow.db")
    before = hashlib.sha256((tmp_path / "mlflow.db").read_bytes()).hexdigest()
    wanted = "of version 0584bdc529eb, and MLflow would change that to"
    with pytest.raises(SchemaUnknown, match=wanted), open_client(world.uri):
        pass
    assert hashlib.sha256((tmp_path / "mlflow.db").read_bytes()).hexdigest() == before


def test_who_writes_does_not_bring_a_team_database_to_another_version_either(world: World, tmp_path: Path) -> None:
    of_another_version(tmp_path / "mlflow.db")
    before = hashlib.sha256((tmp_path / "mlflow.db").read_bytes()).hexdigest()
    with pytest.raises(SchemaUnknown, match="and MLflow would change that to"):
        connect(world.uri)
    assert hashlib.sha256((tmp_path / "mlflow.db").read_bytes()).hexdigest() == before


def test_postgres_is_read_in_transactions_and_its_session_left_as_it_was(postgres_world: World) -> None:
    """Behind a pool of connections the next statement of that session may be MLflow's own."""
    with open_store(postgres_world.uri) as source:
        assert source.experiment_names().content == ("Default",)
        database = source._database
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            database.rows("DELETE FROM experiments")
        session = database._connection
        for setting, usual in {"default_transaction_read_only": "off", "statement_timeout": "0"}.items():
            assert session.execute(f"SHOW {setting}").fetchone() == (usual,)


def test_a_registry_of_stages_only_is_read(world: World, tmp_path: Path) -> None:
    world.client.create_registered_model("Model")
    run = world.gate(0)
    world.client.create_model_version("Model", "file:///nowhere", run)
    world.client.transition_model_version_stage("Model", "1", "Production")
    of_another_version(tmp_path / "mlflow.db")
    model = read_production(world.uri, "Model")
    assert model is not None
    assert (model.version, model.alias, model.stage, model.run_id) == ("1", None, "Production", run)


def test_a_database_that_is_no_mlflow_store_is_said(tmp_path: Path) -> None:
    database = tmp_path / "other.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE runs (run_uuid TEXT)")
    with pytest.raises(SchemaUnknown, match="table experiments lacks experiment_id, lifecycle_stage, name"):
        read_history(f"sqlite:///{database}", NAMES)


def test_a_locked_database_is_an_outage(world: World, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as writer:
        writer.execute("PRAGMA locking_mode = EXCLUSIVE")
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(TrackingUnreachable, match="database is locked"):
            read_history(world.uri, NAMES, Tuning(busy_s=0.1))
    assert read_history(world.uri, NAMES).batches == ()


def test_a_file_that_is_no_database_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "no.db").write_text("this is not SQLite, and it is long enough to be read as a header" * 20)
    with pytest.raises(TrackingUnreachable, match="not a database"):
        read_history(f"sqlite:///{tmp_path}/no.db", NAMES)
