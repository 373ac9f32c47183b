"""What each record logs, the one loop that logs it, and that reading gives it back."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from batch_zero.interrupts import interruptible
from lifecycle.gate import Decision
from lifecycle.records import DriftRecord, GateRecord
from metrics.roc import RocCurve
from mlflow_io.history import read_history
from mlflow_io.writing.items import Item, Json, Metric, Param, Tag, Text, drift_items, gate_items, opening_items
from mlflow_io.writing.runs import recording
from tests.conftest import ROOT
from tests.interrupting import signalled_at
from tests.scored import four
from tests.world import NAMES, World

OLD, NEW = four(0.8, 0.7, 0.6, 0.5), four(0.85, 0.72, 0.61, 0.55)
CURVE = RocCurve((0.0, 1.0), (0.0, 1.0), (1.9, 0.1), 0.5)
DRIFT = DriftRecord(3, 0.4, 0.3, 4, 10, "initial_train", "batch_3")
TRAINED = GateRecord(3, OLD, NEW, Decision.DEPLOY, "batch_3_test", 120, "XGBoost", training_run_id="f" * 32)
EVALUATED = GateRecord(2, OLD, None, Decision.SKIP_NO_DRIFT, "batch_2_test", 110, "XGBoost")
BASELINE = GateRecord(0, OLD, None, Decision.BASELINE, "initial_test", 100, "XGBoost")


def in_any_order(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=repr)


def test_a_run_opens_with_its_batch_and_a_gate_run_says_that_it_is_one() -> None:
    assert list(opening_items(3, gate=False)) == [Param("batch_number", 3)]
    assert list(opening_items(3, gate=True)) == [Param("batch_number", 3), Tag("quality_gate", "True")]


def test_what_a_drift_record_logs() -> None:
    assert in_any_order(drift_items(DRIFT)) == in_any_order(
        [
            Param("reference_data", "initial_train"),
            Param("new_data", "batch_3"),
            Param("drift_threshold", 0.3),
            Metric("drift_share", 0.4),
            Metric("n_drifted_columns", 4.0),
            Metric("n_total_columns", 10.0),
            Metric("dataset_drift", 1.0),
        ]
    )


def test_what_a_drift_record_does_not_know_it_does_not_log() -> None:
    few = DriftRecord(3, None, too_few_rows=True, reference_rows=400, new_rows=12, min_rows=30)
    assert in_any_order(drift_items(few)) == in_any_order(
        [
            Param("drift_verdict", "too_few_rows"),
            Param("min_rows", 30),
            Metric("reference_rows", 400.0),
            Metric("new_rows", 12.0),
        ]
    )
    assert in_any_order(drift_items(DriftRecord(3, None))) == in_any_order([Metric("dataset_drift", 0.0)])
    assert Metric("dataset_drift", 0.0) in list(drift_items(DriftRecord(0, 1.0, 0.3)))


def test_what_a_gate_record_with_a_candidate_logs() -> None:
    assert in_any_order(gate_items(TRAINED, CURVE, CURVE)) == in_any_order(
        [
            Param("test_set_used", "batch_3_test"),
            Param("model_type", "XGBoost"),
            Param("training_run_id", "f" * 32),
            Metric("prod_auc_test", 0.8),
            Metric("prod_f1_test", 0.7),
            Metric("prod_precision_test", 0.6),
            Metric("prod_recall_test", 0.5),
            Metric("new_auc_test", 0.85),
            Metric("new_f1_test", 0.72),
            Metric("new_precision_test", 0.61),
            Metric("new_recall_test", 0.55),
            Metric("auc_improvement", 0.05),
            Metric("f1_improvement", 0.02),
            Metric("test_rows", 120.0),
            Tag("decision", "DEPLOY"),
            Json("roc_curves/roc_curve_production.json", CURVE.to_dict()),
            Json("roc_curves/roc_curve_new.json", CURVE.to_dict()),
        ]
    )


def test_where_nothing_was_trained_production_stands_in_and_it_is_said() -> None:
    logged = list(gate_items(EVALUATED, CURVE))
    assert Param("evaluation_type", "production_only") in logged
    assert {Metric("prod_auc_test", 0.8), Metric("new_auc_test", 0.8), Metric("auc_improvement", 0.0)} <= {
        item for item in logged if isinstance(item, Metric)
    }
    assert [item.path for item in logged if isinstance(item, Json)] == ["roc_curves/roc_curve_production.json"]


def test_a_baseline_has_nothing_to_be_compared_with() -> None:
    logged = list(gate_items(BASELINE))
    assert Param("evaluation_type", "production_only") not in logged
    assert Tag("decision", "BASELINE") in logged


@pytest.mark.parametrize("unknown", [None, float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_not_logged(unknown: float | None) -> None:
    keys = {item.key for item in gate_items(GateRecord(3, OLD, four(unknown, 0.7))) if isinstance(item, Metric)}
    assert {"new_auc_test", "auc_improvement", "new_recall_test"}.isdisjoint(keys)
    assert {"new_f1_test", "f1_improvement"} <= keys


def write(world: World, drift: DriftRecord | None, gate: GateRecord | None) -> None:
    if drift is not None:
        experiment = world.experiment(NAMES.drift_experiment)
        with recording(world.client, experiment, "drift", opening_items(drift.batch, gate=False)) as run:
            run.log(drift_items(drift))
    if gate is not None:
        experiment = world.experiment(NAMES.gate_experiment)
        with recording(world.client, experiment, "gate", opening_items(gate.batch, gate=True)) as run:
            run.log(gate_items(gate, CURVE))


@pytest.mark.parametrize(
    "drift", [DRIFT, replace(DRIFT, share=0.0, drifted_columns=0), DriftRecord(3, 1 / 3, 1.0), DriftRecord(3, None)]
)
def test_a_drift_record_is_read_as_it_was_written(world: World, drift: DriftRecord) -> None:
    write(world, drift, None)
    (read,) = read_history(world.uri, NAMES).batches
    assert replace(read.drift, run=None) == drift


@pytest.mark.parametrize("decision", [Decision.DEPLOY, Decision.DEPLOY_REFRESH, Decision.SKIP, None])
def test_a_gate_record_is_read_as_it_was_written(world: World, decision: Decision | None) -> None:
    gate = replace(TRAINED, decision=decision)
    write(world, None, gate)
    (read,) = read_history(world.uri, NAMES).batches
    assert replace(read.gate, run=None) == gate


def test_without_a_candidate_production_stands_in_when_read(world: World) -> None:
    write(world, None, EVALUATED)
    write(world, None, BASELINE)
    baseline, evaluated = (replace(record.gate, run=None) for record in read_history(world.uri, NAMES).batches)
    assert evaluated == replace(EVALUATED, candidate=OLD, production_only=True)
    assert baseline == replace(BASELINE, candidate=OLD)


def runs(world: World) -> list:
    return list(world.client.search_runs([world.experiment("Gate")]))


def test_a_step_that_comes_through_is_finished(world: World) -> None:
    with recording(world.client, world.experiment("Gate"), "quality_gate_batch_1", [Param("batch_number", 1)]) as run:
        run.log([Text("notes/a.txt", "Ä"), Json("b.json", {"x": [1]}), Tag("t", "v"), Metric("m", 2), Param("p", 0.5)])
        run.log([])
    (stored,) = runs(world)
    assert (stored.info.status, stored.info.run_name) == ("FINISHED", "quality_gate_batch_1")
    assert stored.data.params == {"batch_number": "1", "p": "0.5"}
    assert (stored.data.metrics, stored.data.tags["t"]) == ({"m": 2.0}, "v")
    assert "failure_reason" not in stored.data.tags
    folder = Path(world.client.download_artifacts(run.run_id, "", str(world.artifacts.parent)))
    assert (folder / "notes" / "a.txt").read_text("utf-8") == "Ä"
    assert json.loads((folder / "b.json").read_text()) == {"x": [1]}


def test_a_step_that_raises_is_failed_with_its_reason(world: World) -> None:
    opened = recording(world.client, world.experiment("Gate"), "gate", opening_items(1, gate=True))
    with pytest.raises(ZeroDivisionError), opened:
        raise ZeroDivisionError("s3://key:hunter2@host said\nmore lines " + "x" * 9_999)
    (stored,) = runs(world)
    assert stored.info.status == "FAILED"
    assert stored.data.tags["failure_reason"] == "ZeroDivisionError: s3://key:***@host said"
    assert [batch for batch, _ in read_history(world.uri, NAMES).unfinished] == [1]


def test_an_opening_that_cannot_be_logged_fails_its_run(world: World) -> None:
    opened = recording(world.client, world.experiment("Gate"), "gate", [Param("p" * 10_000, 1)])
    with pytest.raises(Exception, match=r"(?i)length|exceed"), opened:
        raise AssertionError("not reached")
    assert [stored.info.status for stored in runs(world)] == ["FAILED"]


def test_a_step_that_is_interrupted_is_killed(world: World) -> None:
    opened = recording(world.client, world.experiment("Gate"), "gate", opening_items(1, gate=True))
    with pytest.raises(KeyboardInterrupt), opened:
        raise KeyboardInterrupt
    (stored,) = runs(world)
    assert (stored.info.status, stored.data.tags["failure_reason"]) == (
        "KILLED",
        "KeyboardInterrupt: KeyboardInterrupt",
    )


@pytest.mark.parametrize(
    ("fails", "left"),
    [("set_tag", ("FAILED", None)), ("set_terminated", ("RUNNING", "ZeroDivisionError: the first error"))],
)
def test_a_store_that_fails_as_well_hides_no_error_and_keeps_nothing_else_from_being_written(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fails: str,
    left: tuple[str, str | None],
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionError("the store\nis down")

    monkeypatch.setattr(world.client, fails, refuse)
    opened = recording(world.client, world.experiment("Gate"), "gate", opening_items(1, gate=True))
    with pytest.raises(ZeroDivisionError, match="the first error"), opened:
        raise ZeroDivisionError("the first error")
    (stored,) = runs(world)
    assert (stored.info.status, stored.data.tags.get("failure_reason")) == left
    (message,) = caplog.messages
    assert message.startswith(f"run {stored.info.run_id}: ")
    assert message.endswith(" cannot be written: the store")


def test_two_open_runs_do_not_mix(world: World) -> None:
    """There is no "active run": what is logged goes where it is said to go."""
    with (
        recording(world.client, world.experiment("Drift"), "drift") as drift,
        recording(world.client, world.experiment("Gate"), "gate") as gate,
    ):
        gate.log([Param("whose", "gate")])
        drift.log([Param("whose", "drift")])
    for run, experiment in ((drift, "Drift"), (gate, "Gate")):
        stored = world.client.get_run(run.run_id)
        assert stored.info.experiment_id == world.experiment(experiment)
        assert stored.data.params == {"whose": experiment.lower()}


DIES = """
import os, signal, sys
from mlflow_io.client import connect
from mlflow_io.writing.items import opening_items, gate_items
from mlflow_io.writing.runs import recording
from lifecycle.records import GateRecord
from tests.scored import four

with recording(connect(sys.argv[1]), sys.argv[2], "gate", opening_items(1, gate=True)) as run:
    run.log(gate_items(GateRecord(1, four(0.99, 0.99, 0.99, 0.99), decision="SKIP_NO_DRIFT")))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_a_process_that_is_killed_leaves_a_run_that_no_reader_counts(world: World) -> None:
    counted = world.gate(1)
    died = subprocess.run(
        [sys.executable, "-c", DIES, world.uri, world.experiment("Gate")], cwd=ROOT, capture_output=True, check=False
    )
    assert died.returncode == -9, died.stderr
    (record,) = read_history(world.uri, NAMES).batches
    assert record.gate.run.run_id == counted
    assert [ref.status for ref in record.gate_attempts.newer_unfinished] == ["RUNNING"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("statement", ["INSERT INTO runs ", "INSERT INTO params ", "INSERT INTO metrics "])
def test_a_signal_in_the_middle_of_a_write_is_heard_when_it_is_through(
    world: World, statement: str, number: int, code: int
) -> None:
    """And the run is KILLED: a transaction that was cut off would keep the store locked."""
    experiment, before = world.experiment("Gate"), signal.signal(signal.SIGINT, signal.default_int_handler)

    @interruptible("program")
    def main() -> int:
        with recording(world.client, experiment, "r", [Param("batch_number", 1)]) as run:
            run.log([Metric("test_rows", 1.0), Tag("decision", "SKIP")])
            raise AssertionError("not reached")

    with signalled_at(statement, number):
        assert main() == code
    signal.signal(signal.SIGINT, before)
    (run,) = world.client.search_runs([experiment])
    assert run.info.status == "KILLED"
    assert run.data.tags["failure_reason"] == (
        "Terminated: SIGTERM" if code == 143 else "KeyboardInterrupt: KeyboardInterrupt"
    )
    assert ("batch_number" in run.data.params) == (statement != "INSERT INTO runs ")
    assert ("decision" in run.data.tags) == (statement == "INSERT INTO metrics ")


def test_a_signal_while_a_run_ends_leaves_it_finished(world: World) -> None:
    experiment = world.experiment("Gate")

    @interruptible("program")
    def main() -> int:
        with recording(world.client, experiment, "r"):
            pass
        raise AssertionError("not reached")

    with signalled_at("UPDATE runs ", signal.SIGTERM):
        assert main() == 143
    assert world.client.search_runs([experiment])[0].info.status == "FINISHED"
