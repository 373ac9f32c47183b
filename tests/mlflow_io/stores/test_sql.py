"""Rows that no MLflow writes: SQLite keeps anything in any column, and a store may come from anywhere."""

import sqlite3
from contextlib import closing

import pytest

from mlflow_io.client import sqlite_path
from mlflow_io.history import read_history
from tests.world import NAMES, World


def execute(world: World, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(sqlite_path(world.uri))) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(statement, values)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("status", None, "its status is None"),
        ("status", "DONE", "its status is 'DONE'"),
        ("status", b"\xff", "its status is b'\\xff'"),
        ("start_time", "at dawn", "its start_time is 'at dawn'"),
        ("start_time", 1.5, "its start_time is 1.5"),
        ("end_time", "later", "its end_time is 'later'"),
    ],
)
def test_a_run_with_an_odd_value_is_left_out_and_named(world: World, column: str, value: object, said: str) -> None:
    kept, odd = world.gate(1), world.gate(1)
    execute(world, f"UPDATE runs SET {column} = ? WHERE run_uuid = ?", value, odd)
    history = read_history(world.uri, NAMES)
    assert [record.gate.run.run_id for record in history.batches] == [kept]
    assert history.unreadable == (f"run {odd}: {said}",)


@pytest.mark.parametrize(("stage", "there"), [("act", True), (None, True), ("deleted", False)])
def test_only_deleted_is_deleted(world: World, stage: str | None, there: bool) -> None:
    run = world.gate(1)
    execute(world, "UPDATE runs SET lifecycle_stage = ? WHERE run_uuid = ?", stage, run)
    execute(world, "UPDATE experiments SET lifecycle_stage = ? WHERE name = ?", stage, NAMES.drift_experiment)
    assert bool(read_history(world.uri, NAMES).batches) is there


def test_a_value_that_is_none_is_left_out_and_named(world: World) -> None:
    run = world.gate(1, decision="DEPLOY")
    for table, key, value in (
        ("latest_metrics", "prod_f1_test", "high"),
        ("params", "model_type", b"\xff\xfe"),
        ("tags", "decision", None),
    ):
        execute(world, f"UPDATE {table} SET value = ? WHERE run_uuid = ? AND key = ?", value, run, key)
    history = read_history(world.uri, NAMES)
    (record,) = history.batches
    assert (record.gate.production.get("auc"), record.gate.production.get("f1"), record.gate.model_type) == (
        0.8,
        None,
        None,
    )
    assert record.gate.decision is None
    assert history.unreadable == (
        f"run {run}, model_type: its value is b'\\xff\\xfe'",
        f"run {run}, prod_f1_test: its value is 'high'",
    )


def test_a_number_that_is_no_text_is_named(world: World) -> None:
    world.experiment(NAMES.drift_experiment)
    kept, odd = world.gate(1), world.gate(2)
    execute(world, "UPDATE params SET value = x'ff' WHERE key = 'batch_number' AND run_uuid = ?", odd)
    history = read_history(world.uri, NAMES)
    assert [record.gate.run.run_id for record in history.batches] == [kept]
    assert history.unreadable == (f"run {odd}: its batch_number is b'\\xff'",)


def test_text_that_is_not_utf_8_is_read(world: World) -> None:
    world.drift(1)
    run = world.gate(1)
    execute(world, "UPDATE params SET value = CAST(x'6dfc' AS TEXT) WHERE key = 'model_type' AND run_uuid = ?", run)
    (record,) = read_history(world.uri, NAMES).batches
    assert (record.drift.share, record.gate.model_type) == (0.1, "m�")


def test_an_experiment_without_a_name_is_named(world: World) -> None:
    number = world.experiment("Other")
    execute(world, "UPDATE experiments SET name = x'00' WHERE experiment_id = ?", number)
    history = read_history(world.uri, NAMES)
    assert history.present_experiments == ("Default",)
    assert history.unreadable == (f"experiment {number}: its name is b'\\x00'",)
