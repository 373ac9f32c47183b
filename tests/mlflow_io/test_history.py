"""Latest per batch, on a store that other tools have written."""

import math
import time
from dataclasses import replace
from typing import Any

import pytest

from lifecycle.experiment import MlflowNames
from lifecycle.gate import GatePolicy, Verdict, settle
from lifecycle.records import History, Impossible, Valid
from metrics.kinds import named
from metrics.scores import ScoreSet
from mlflow_io.errors import StoreMissing, TrackingUnreachable
from mlflow_io.history import history, read_history
from mlflow_io.stores.mlflow_client import open_client
from mlflow_io.stores.server.rest import open_rest
from mlflow_io.stores.tuning import Paging, Tuning
from report.story.story import tell
from tests.conftest import worlds
from tests.stories import EXPERIMENT
from tests.world import DAWN, MINUTE, NAMES, World

WORLDS = {
    "SQLite": "world",
    "PostgreSQL": "postgres_world",
    "file store": "file_world",
    "REST": "rest_world",
    "REST in small pages": "rest_world",
    "MLflow's client": "world",
}


@pytest.fixture(params=worlds(WORLDS))
def world(request: pytest.FixtureRequest) -> World:
    """The same answers from every store."""
    world: World = request.getfixturevalue(WORLDS[request.param])
    world.reader = READERS.get(request.param, read_history)
    return world


def by_the_client(uri: str, names: MlflowNames) -> History:
    with open_client(uri, Tuning(Paging(long_page=3))) as source:
        return history(source, names)


def first_the_latest_then_all(uri: str, names: MlflowNames) -> History:
    """As a long history is read over HTTP: the count comes later, and changes nothing else."""
    with open_rest(uri, tuning=Tuning(Paging(page=1, few=1, long_page=3))) as source:
        first = history(source, names)
        source.count_runs()
        then = history(source, names)
    assert [(record.drift, record.gate) for record in first.batches] == [
        (record.drift, record.gate) for record in then.batches
    ]
    assert then.counted
    return then


READERS = {"MLflow's client": by_the_client, "REST in small pages": first_the_latest_then_all}


def read(world: World, names: MlflowNames = NAMES) -> History:
    return world.reader(world.uri, names)


def winners(world: World) -> dict[int, str]:
    return {record.batch: record.gate.run.run_id for record in read(world).batches if record.gate and record.gate.run}


def test_the_newest_finished_run_of_each_batch_counts(world: World) -> None:
    world.gate(0)
    latest_0 = world.gate(0)
    latest_3 = world.gate(3, start=500)
    world.gate(3, start=400)
    assert winners(world) == {0: latest_0, 3: latest_3}


@pytest.mark.parametrize("status", ["FAILED", "RUNNING", "KILLED"])
def test_an_unfinished_attempt_never_wins_and_is_accounted_for(world: World, status: str) -> None:
    world.gate(1)
    counted = world.gate(1)
    newer = world.gate(1, status=status)
    (record,) = read(world).batches
    assert record.gate.run.run_id == counted
    assert (record.gate_attempts.finished, record.gate_attempts.superseded) == (2, 1)
    assert [(run.run_id, run.status) for run in record.gate_attempts.newer_unfinished] == [(newer, status)]


def test_an_unfinished_attempt_that_is_older_is_no_news(world: World) -> None:
    world.gate(1, status="FAILED")
    world.gate(1)
    (record,) = read(world).batches
    assert record.gate_attempts.newer_unfinished == ()


def test_a_batch_with_unfinished_runs_only_is_no_batch_yet(world: World) -> None:
    world.gate(0)
    failed = world.gate(4, status="FAILED")
    history = read(world)
    assert [record.batch for record in history.batches] == [0]
    assert [(batch, [run.run_id for run in runs]) for batch, runs in history.unfinished] == [(4, [failed])]


def test_a_deleted_run_does_not_count_until_it_is_restored(world: World) -> None:
    older, newer = world.gate(2), world.gate(2)
    world.client.delete_run(newer)
    assert winners(world) == {2: older}
    world.client.restore_run(newer)
    assert winners(world) == {2: newer}


@pytest.mark.parametrize("spelling", ["3", 3, 3.0, "3.0", " 3", "03", "3."])
def test_spellings_of_a_whole_number_are_one_batch(world: World, spelling: object) -> None:
    world.gate(3)
    newest = world.gate(spelling)
    assert winners(world) == {3: newest}


@pytest.mark.parametrize("odd", ["batch_3", "nan", "None", "THREE", "-1", "2.5", "inf", "1e3", "٣", "9" * 30])
def test_a_batch_number_that_is_none_is_left_out_and_said(world: World, odd: str) -> None:
    kept = world.gate(3)
    world.gate(odd)
    assert winners(world) == {3: kept}
    assert read(world).odd_batch_numbers == (odd,)


def test_the_batch_number_may_be_a_tag(world: World) -> None:
    tagged = world.run(NAMES.gate_experiment, tags={"quality_gate": "True", "batch_number": "5"})
    assert winners(world) == {5: tagged}


def test_a_param_wins_over_a_tag(world: World) -> None:
    run = world.run(
        NAMES.gate_experiment, params={"batch_number": 5}, tags={"quality_gate": "True", "batch_number": "6"}
    )
    assert winners(world) == {5: run}


@pytest.mark.parametrize("tag", ["True", "true", "TRUE"])
def test_a_gate_run_is_known_by_its_tag(world: World, tag: str) -> None:
    gate = world.gate(1, tag=tag)
    world.run(NAMES.gate_experiment, params={"batch_number": 1}, metrics={"val_auc": 0.9})
    assert winners(world) == {1: gate}


def test_a_gate_run_without_the_tag_is_known_by_its_scores(world: World) -> None:
    newest = world.gate(2, tag=None)
    assert winners(world) == {2: newest}


def test_a_run_that_says_it_is_no_gate_is_none(world: World) -> None:
    gate = world.gate(1)
    world.gate(1, tag="False")
    assert winners(world) == {1: gate}


def test_equal_start_times_go_to_the_later_end_and_then_to_the_greater_id(world: World) -> None:
    world.gate(1, start=10, end=20)
    later = world.gate(1, start=10, end=30)
    assert winners(world) == {1: later}
    twins = [world.gate(2, start=10, end=20) for _ in range(4)]
    assert winners(world)[2] == max(twins)


@pytest.mark.slow
def test_noise_on_top_does_not_push_an_old_baseline_out(world: World) -> None:
    baseline = world.gate(0)
    noise = world.client.create_run(world.experiment(NAMES.gate_experiment), tags={"batch_number": "0"})
    world.repeat(noise.info.run_id, 1_049)
    assert winners(world) == {0: baseline}


def test_nan_and_infinity_are_missing_values(world: World) -> None:
    world.gate(1, production=math.nan, candidate=math.inf)
    (record,) = read(world).batches
    assert not record.gate.production.known
    assert record.gate.candidate is None


@pytest.mark.parametrize("share", [7.5, -0.2, 30.0, math.inf])
def test_a_share_that_cannot_be_is_not_known_and_quoted(world: World, share: float) -> None:
    world.drift(2, share)
    (record,) = read(world).batches
    stored = "infinity" if share == math.inf else f"{share:g}"
    assert record.drift.share is record.drift.detected is None
    assert record.drift.impossible == (Impossible("drift_share", stored, Valid.SHARE),)


def test_scores_that_cannot_be_are_not_known_and_decide_nothing(world: World) -> None:
    world.gate(1, production=72.0, candidate=75.0)
    (record,) = read(world).batches
    assert not record.gate.production.known
    assert record.gate.candidate is None
    assert settle(record.gate, GatePolicy()) == Verdict(None, inferred=True)
    assert {(value.key, value.stored) for value in record.gate.impossible} >= {
        ("prod_auc_test", "72"),
        ("new_auc_test", "75"),
    }


def test_arithmetic_may_take_a_score_a_little_beyond_1(world: World) -> None:
    world.gate(1, production=1.0000000000000002)
    (record,) = read(world).batches
    assert (record.gate.production.get("auc"), record.gate.impossible) == (1.0, ())


@pytest.mark.parametrize(
    ("drifted", "total", "quoted"),
    [
        (-2, 10, ("n_drifted_columns", "-2")),
        (2.5, 10, ("n_drifted_columns", "2.5")),
        (12, 10, ("n_drifted_columns of n_total_columns", "12 of 10")),
    ],
)
def test_counts_that_cannot_be_are_not_known_and_quoted(
    world: World, drifted: float, total: float, quoted: tuple[str, str]
) -> None:
    metrics = {"drift_share": 0.2, "n_drifted_columns": drifted, "n_total_columns": total}
    world.run("Drift", params={"batch_number": 1, "drift_threshold": 0.3}, metrics=metrics)
    (record,) = read(world).batches
    assert (record.drift.share, record.drift.drifted_columns) == (0.2, None)
    assert [(value.key, value.stored) for value in record.drift.impossible] == [quoted]


def test_drift_and_gate_of_a_batch_meet_in_one_record(world: World) -> None:
    drift = world.drift(2, 0.36)
    gate = world.gate(2, 0.8, 0.85, decision="DEPLOY")
    (record,) = read(world).batches
    assert (record.drift.run.run_id, record.gate.run.run_id) == (drift, gate)
    assert (record.drift.share, record.drift.threshold, record.drift.detected) == (0.36, 0.3, True)
    assert (record.gate.production.get("auc"), record.gate.candidate.get("auc"), record.gate.decision) == (
        0.8,
        0.85,
        "DEPLOY",
    )


@pytest.mark.parametrize("text", [None, "much", "nan", "-0.3", "7"])
def test_a_threshold_that_is_none_is_not_made_up(world: World, text: str | None) -> None:
    world.drift(2, threshold=text)
    (record,) = read(world).batches
    assert record.drift.threshold is None
    assert [value.stored for value in record.drift.impossible] == ([text] if text else [])
    assert record.drift.judged_by(0.3).detected is (None if text else False)


def test_an_unknown_decision_is_no_decision(world: World) -> None:
    world.gate(1, decision="MAYBE")
    gate = read(world).batches[0].gate
    assert (gate.decision, gate.odd_decision) == (None, "MAYBE")


@pytest.mark.parametrize("blank", ["", " \t"])
def test_a_blank_decision_is_a_stored_one_that_says_nothing(world: World, blank: str) -> None:
    """Not a missing one, which today's gate would work out. Where the other place says something, that counts."""
    world.gate(1, 0.8, 0.9, decision=blank)
    world.client.log_param(world.gate(2, 0.8, 0.9, decision=blank), "decision", "SKIP")
    first, second = (record.gate for record in read(world).batches)
    assert (first.decision, first.odd_decision) == (None, "")
    assert (second.decision, second.odd_decision) == ("SKIP", None)
    assert settle(first, GatePolicy()) == Verdict(None, inferred=False)


def test_a_decision_may_be_a_param_where_there_is_no_tag(world: World) -> None:
    for batch, tag, param in ((1, None, "skip"), (2, None, "rejected"), (3, "DEPLOY", "SKIP")):
        run = world.gate(batch, decision=tag)
        world.client.log_param(run, "decision", param)
    gates = [record.gate for record in read(world).batches]
    assert [(gate.decision, gate.odd_decision) for gate in gates] == [
        ("SKIP", None),
        (None, "rejected"),
        ("DEPLOY", None),
    ]


def test_decisions_in_other_words_are_never_told_as_their_opposite(world: World) -> None:
    """A history that never heard of our words; our own gate would have deployed each of its new models."""
    world.gate(0, 0.8, decision="baseline")
    for batch, new, word in ((1, 0.82, "promoted"), (2, 0.79, "rejected"), (3, 0.83, "on hold")):
        world.drift(batch, batch / 10)
        world.gate(batch, 0.8, new, decision=word)
    story = tell(read(world), None, EXPERIMENT)
    assert [chapter.decision for chapter in story.chapters] == ["BASELINE", None, None, None]
    assert [chapter.candidate.get("auc") for chapter in story.chapters[1:]] == [0.82, 0.79, 0.83]
    assert (story.summary.retraining_events, story.summary.deployed, story.summary.ending) == (3, 0, None)
    assert story.summary.takeaway.endswith("retrained 3 times. The decisions of Batches 1–3 are not known.")
    assert not any("so it was deployed" in chapter.sentence for chapter in story.chapters)


def test_missing_experiments_are_named_with_those_there_are(world: World) -> None:
    world.experiment("Drifft")
    history = read(world)
    assert history.missing_experiments == ("Drift", "Gate")
    assert "Drifft" in history.present_experiments


def test_a_deleted_experiment_is_missing(world: World) -> None:
    world.gate(1)
    world.client.delete_experiment(world.experiment(NAMES.gate_experiment))
    assert NAMES.gate_experiment in read(world).missing_experiments


def test_drift_and_gate_runs_may_share_an_experiment(world: World) -> None:
    shared = type(NAMES)("All", "All", "Model")
    world.names = shared
    drift, gate = world.drift(1), world.gate(1)
    world.run("All", params={"batch_number": 1})
    (record,) = read(world, shared).batches
    assert (record.drift.run.run_id, record.gate.run.run_id) == (drift, gate)


def both(world: World, experiment: str, batch: int, **run: Any) -> str:
    """A run that carries the drift and the scores of its batch."""
    metrics = {"drift_share": 0.4, "n_drifted_columns": 4, "prod_auc_test": 0.77, "new_auc_test": 0.79}
    tags = {"quality_gate": "True", "decision": "DEPLOY"}
    return world.run(experiment, params={"batch_number": batch}, metrics=metrics, tags=tags, **run)


@pytest.mark.parametrize(
    ("drift", "gate", "logged_in", "exist"),
    [
        ("All", "All", "All", ()),
        ("Drift", "Gate", "Gate", ("Drift",)),
        ("Drift", "Gate", "Drift", ("Gate",)),
        ("Drift", "Gate", "Gate", ()),
        ("Drift", "Gate", "Drift", ()),
    ],
)
def test_one_run_may_carry_drift_and_scores(
    world: World, drift: str, gate: str, logged_in: str, exist: tuple[str, ...]
) -> None:
    for name in exist:
        world.experiment(name)
    older, run = (both(world, logged_in, 1) for _ in range(2))
    failed = both(world, logged_in, 1, status="FAILED")
    (record,) = read(world, MlflowNames(drift, gate, "Model")).batches
    assert (record.drift.run.run_id, record.gate.run.run_id, record.in_one_run) == (run, run, True)
    assert (record.drift.share, record.drift.drifted_columns, record.gate.candidate.get("auc")) == (0.4, 4, 0.79)
    assert record.drift_attempts == record.gate_attempts
    assert record.gate_attempts.finished == 2
    assert [pending.run_id for pending in record.gate_attempts.newer_unfinished] == [failed]
    assert older != run


def test_a_drift_run_of_its_own_counts_before_the_share_in_a_gate_run(world: World) -> None:
    drift, gate = world.drift(1, 0.1), both(world, "Gate", 1)
    (record,) = read(world).batches
    assert (record.drift.run.run_id, record.drift.share, record.gate.run.run_id) == (drift, 0.1, gate)


def test_a_drift_run_that_failed_after_a_run_of_both_is_accounted_for(world: World) -> None:
    world.drift(1, status="KILLED")
    gate, failed = both(world, "Gate", 1), world.drift(1, status="FAILED")
    (record,) = read(world).batches
    assert record.drift.run.run_id == gate
    assert [run.run_id for run in record.drift_attempts.newer_unfinished] == [failed]


def test_a_run_of_both_kinds_that_is_pending_or_ahead_is_one_run(world: World) -> None:
    world.names = MlflowNames("All", "All", "Model")
    pending = both(world, "All", 2, status="RUNNING")
    ahead = both(world, "All", 1, start=(time.time() * 1000 - DAWN) / MINUTE + 1_000)
    told = read(world, world.names)
    assert [(batch, [run.run_id for run in runs]) for batch, runs in told.unfinished] == [(2, [pending])]
    assert [run.run_id for run in told.ahead] == [ahead]


def test_a_store_that_is_not_there_is_said_and_not_made(tmp_path) -> None:
    with pytest.raises(StoreMissing, match="no MLflow store at sqlite"):
        read_history(f"sqlite:///{tmp_path}/none.db", NAMES)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_answer_is_an_error_with_its_address_and_no_password() -> None:
    with pytest.raises(TrackingUnreachable) as caught:
        read_history("http://user:hunter2@127.0.0.1:9", NAMES)
    assert "http://user:***@127.0.0.1:9" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "refused" in str(caught.value)


def test_runs_are_known_and_read_by_the_scores_that_the_experiment_names(world: World) -> None:
    rmse = replace(NAMES, scores=ScoreSet(named("rmse"), (named("rmse"), named("r2"))))
    for batch, old, new in ((0, 3.2, None), (1, 3.61, 3.05)):
        metrics = {"prod_rmse_test": old, "prod_r2_test": -0.5} | ({"new_rmse_test": new} if new else {})
        world.run("Gate", params={"batch_number": batch}, metrics=metrics)
        world.run("Gate", params={"batch_number": batch}, metrics={"prod_auc_test": 0.5})
    first, second = read(world, rmse).batches
    assert dict(first.gate.production) == {"rmse": 3.2, "r2": -0.5}
    assert (second.gate.production["rmse"], dict(second.gate.candidate)) == (3.61, {"rmse": 3.05})
    assert [dict(record.gate.production) for record in read(world).batches] == [{"auc": 0.5}, {"auc": 0.5}]


@pytest.mark.parametrize(("stored", "quoted"), [(-1.0, "-1"), (math.inf, "infinity"), (1e308, "1e+308")])
def test_an_error_below_0_or_without_end_is_none(world: World, stored: float, quoted: str) -> None:
    rmse = replace(NAMES, scores=ScoreSet(named("rmse"), (named("rmse"),)))
    world.run("Gate", params={"batch_number": 0}, metrics={"prod_rmse_test": stored})
    (record,) = read(world, rmse).batches
    assert record.gate.impossible == (Impossible("prod_rmse_test", quoted, Valid.SCORE, "from 0 on"),)
