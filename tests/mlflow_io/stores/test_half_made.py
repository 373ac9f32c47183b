"""A store whose making, upgrade or last write was cut short, and one that nobody has open."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from mlflow_io.client import connect
from mlflow_io.errors import SchemaUnknown, StoreMissing, TrackingUnreachable
from mlflow_io.history import read_history
from mlflow_io.stores.open import open_store
from tests.conftest import ROOT
from tests.mlflow_io.test_client import CONNECT
from tests.world import NAMES, World

pytestmark = pytest.mark.slow

CUT = """if True:
    import os, sys
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    from mlflow_io.client import connect

    uri, signal, so_many = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    made = []

    def strike(_, __, sql, *___):
        if sql.lstrip().startswith("CREATE TABLE"):
            made.append(sql)
            if len(made) == so_many:
                os.kill(os.getpid(), signal)

    event.listen(Engine, "after_cursor_execute", strike)
    connect(uri, create=True)
"""
"""Signals itself when it has made so many tables."""


def hears_sigint() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def started(script: str, database: Path, *arguments: int) -> subprocess.CompletedProcess[str]:
    """In a terminal of its own, so to speak: what a shell starts in the background has to ignore SIGINT."""
    command = [sys.executable, "-c", script, f"sqlite:///{database}", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=hears_sigint)


def starts(database: Path) -> None:
    done = started(CONNECT, database)
    assert (done.stderr, done.returncode) == ("", 0)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(("number", "so_many"), [(signal.SIGKILL, 1), (signal.SIGINT, 12), (signal.SIGKILL, 40)])
def test_a_start_that_is_cut_short_leaves_nothing_that_keeps_the_next_from_succeeding(
    tmp_path: Path, number: signal.Signals, so_many: int
) -> None:
    database = tmp_path / "mlflow.db"
    assert started(CUT, database, number, so_many).returncode == -number
    assert (tmp_path / "mlflow.db.new").exists()
    assert not database.exists()
    with pytest.raises(StoreMissing):
        read_history(f"sqlite:///{database}", NAMES)
    starts(database)
    assert read_history(f"sqlite:///{database}", NAMES).batches == ()
    assert files(tmp_path) == ["mlflow.db", "mlflow.lock"]


def half_made(database: Path, migrated: Path, *, tables_left: tuple[str, ...]) -> None:
    """As an earlier version of this program left one: some tables, no revision, a temporary one of Alembic's."""
    shutil.copy(migrated, database)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        for (name,) in connection.execute(query).fetchall():
            if name not in tables_left:
                connection.execute(f'DROP TABLE "{name}"')
        connection.execute("CREATE TABLE _alembic_tmp_params (key TEXT)")
        connection.commit()


def test_one_that_was_left_half_made_is_made_anew_which_is_said(
    tmp_path: Path, migrated: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = tmp_path / "mlflow.db"
    half_made(database, migrated, tables_left=("experiments", "runs", "params"))
    (tmp_path / "mlflow.lock").touch()
    with pytest.raises(StoreMissing, match="left it half-made, with nothing in it; the next run makes it anew"):
        read_history(f"sqlite:///{database}", NAMES)
    connect(f"sqlite:///{database}", create=True).create_experiment("first")
    assert "left half-made by an interrupted start and held nothing: it is made anew" in caplog.text
    assert files(tmp_path) == ["mlflow.db", "mlflow.lock"]


def test_somebody_elses_half_made_database_is_neither_missing_nor_touched(tmp_path: Path, migrated: Path) -> None:
    database = tmp_path / "mlflow.db"
    half_made(database, migrated, tables_left=("experiments", "runs", "params"))
    before = database.read_bytes()
    with pytest.raises(SchemaUnknown, match="table tags lacks"):
        read_history(f"sqlite:///{database}", NAMES)
    assert (database.read_bytes(), files(tmp_path)) == (before, ["mlflow.db"])


def test_what_somebody_has_stored_is_never_made_anew(world: World, tmp_path: Path) -> None:
    world.gate(0, decision="BASELINE")
    database = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
        connection.execute("CREATE TABLE _alembic_tmp_params (key TEXT)")
        connection.commit()
    before = database.read_bytes()
    with pytest.raises(SchemaUnknown, match="a newer MLflow made it"):
        connect(world.uri, create=True)
    assert database.read_bytes() == before


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As an MLflow of some versions ago made it, with an experiment that somebody has stored."""
    from alembic import command
    from alembic.script import ScriptDirectory
    from mlflow.store.db import utils
    from mlflow.store.tracking.dbmodels.initial_models import Base

    database = tmp_path_factory.mktemp("older") / "mlflow.db"
    engine = utils.create_sqlalchemy_engine(f"sqlite:///{database}")
    config = utils._get_alembic_config(str(engine.url))
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revisions[30])
    engine.dispose()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(
            "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage) "
            "VALUES (1, 'theirs', 'file:///nowhere', 'active')"
        )
        connection.commit()
    return database


def names_of(uri: str) -> list[str]:
    return sorted(experiment.name for experiment in connect(uri).search_experiments())


def test_our_store_of_an_older_version_is_brought_up_with_all_that_is_in_it(older: Path, tmp_path: Path) -> None:
    database = Path(shutil.copy(older, tmp_path))
    connect(f"sqlite:///{database}", create=True)
    assert "theirs" in names_of(f"sqlite:///{database}")
    assert files(tmp_path) == ["mlflow.db", "mlflow.lock"]


def test_an_upgrade_that_is_cut_short_has_not_happened(older: Path, tmp_path: Path) -> None:
    database = Path(shutil.copy(older, tmp_path))
    before = database.read_bytes()
    assert started(CUT, database, signal.SIGKILL, 1).returncode == -signal.SIGKILL
    assert database.read_bytes() == before
    starts(database)
    assert "theirs" in names_of(f"sqlite:///{database}")


def killed_while_writing(database: Path) -> None:
    """A writer that has spilt half a transaction into the file, and is no more: its journal is beside it."""
    script = """if True:
        import os, sqlite3, sys
        writer = sqlite3.connect(sys.argv[1], isolation_level=None)
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("BEGIN")
        writer.execute("UPDATE experiments SET name = name || hex(zeroblob(90000))")
        writer.execute("CREATE TABLE more AS SELECT randomblob(4000) FROM sqlite_master")
        os.kill(os.getpid(), 9)
    """
    subprocess.run([sys.executable, "-c", script, str(database)], check=False)
    assert database.with_name("mlflow.db-journal").stat().st_size


def test_what_a_killed_writer_began_in_our_store_is_taken_back(world: World, tmp_path: Path) -> None:
    world.gate(0, decision="BASELINE")
    (tmp_path / "mlflow.lock").touch()
    killed_while_writing(tmp_path / "mlflow.db")
    assert [record.batch for record in read_history(world.uri, NAMES).batches] == [0]
    assert not (tmp_path / "mlflow.db-journal").exists()


def test_what_a_killed_writer_began_in_somebody_elses_is_told(world: World, tmp_path: Path) -> None:
    world.gate(0, decision="BASELINE")
    killed_while_writing(tmp_path / "mlflow.db")
    before = (tmp_path / "mlflow.db").read_bytes()
    with pytest.raises(TrackingUnreachable, match=r"a program was killed while it wrote to it.*sqlite3 mlflow\.db"):
        read_history(world.uri, NAMES)
    assert (tmp_path / "mlflow.db").read_bytes() == before
    assert (tmp_path / "mlflow.db-journal").exists()


@pytest.fixture
def write_ahead(world: World, tmp_path: Path) -> Path:
    """In write-ahead mode, and closed cleanly, in a folder of its own."""
    world.gate(0, decision="BASELINE")
    folder = tmp_path / "wal"
    folder.mkdir()
    shutil.copy(tmp_path / "mlflow.db", folder)
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    return folder / "mlflow.db"


def change(writer: sqlite3.Connection) -> None:
    writer.execute("UPDATE experiments SET last_update_time = 1")
    writer.commit()


def test_a_database_in_write_ahead_mode_is_read_without_a_trace(write_ahead: Path) -> None:
    before = write_ahead.read_bytes()
    for _ in range(2):
        assert len(read_history(f"sqlite:///{write_ahead}", NAMES).batches) == 1
    assert (files(write_ahead.parent), write_ahead.read_bytes()) == (["mlflow.db"], before)


@pytest.mark.parametrize("keeps_it_open", [True, False])
def test_a_writer_that_comes_later_is_noticed(write_ahead: Path, keeps_it_open: bool) -> None:
    with open_store(f"sqlite:///{write_ahead}") as source:
        assert source.experiment_names().content
        writer = sqlite3.connect(write_ahead)
        change(writer)
        if not keeps_it_open:
            writer.close()
        with pytest.raises(TrackingUnreachable, match="somebody began to write to it"):
            source.has_changed()
    assert len(read_history(f"sqlite:///{write_ahead}", NAMES).batches) == 1
    writer.close()


def as_nobody(folder: Path, question: Callable[[], object]) -> None:
    """Root may write everywhere, so it steps down for a moment; the folder may then only be read."""
    parents = [parent for parent in folder.parents if parent.owner() == "root" and not parent.stat().st_mode & 1]
    modes = {path: path.stat().st_mode for path in (folder, *parents)}
    was = os.geteuid()
    try:
        for path in parents:
            path.chmod(modes[path] | 0o111)
        folder.chmod(0o555)
        if was == 0:
            os.seteuid(65534)
        question()
    finally:
        os.seteuid(was)
        for path, mode in modes.items():
            path.chmod(mode)


def test_a_folder_that_may_only_be_read_is_enough(write_ahead: Path) -> None:
    def question() -> None:
        assert len(read_history(f"sqlite:///{write_ahead}", NAMES).batches) == 1

    as_nobody(write_ahead.parent, question)


def test_a_log_that_cannot_be_read_there_is_told(write_ahead: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    copied.mkdir()
    with closing(sqlite3.connect(write_ahead)) as writer:
        change(writer)
        for name in ("mlflow.db", "mlflow.db-wal"):
            shutil.copy(write_ahead.with_name(name), copied)

    def question() -> None:
        with pytest.raises(TrackingUnreachable, match=r"is in mlflow\.db-wal.*copy both files into a folder"):
            read_history(f"sqlite:///{copied / 'mlflow.db'}", NAMES)

    as_nobody(copied, question)
