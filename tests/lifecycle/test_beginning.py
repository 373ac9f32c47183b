"""Which model a gate run scored, as far as the records tell."""

from dataclasses import replace

import pytest

from lifecycle.beginning import captured_after, deployments, scored_late, seen_by
from lifecycle.gate import GatePolicy
from lifecycle.records import GateRecord
from tests.scored import four
from tests.stories import gate, run

OLD, NEW = four(0.75, 0.5, 0.5, 0.5), four(0.77, 0.5, 0.5, 0.5)
LATE = run("late", minutes=500)
DEPLOYED = [gate(batch, OLD, NEW, decision="DEPLOY") for batch in (3, 4)]
BASELINE = gate(0, OLD, decision="BASELINE")


def test_what_may_have_been_deployed_is_among_the_deployments() -> None:
    odd = replace(gate(2, OLD, NEW, decision=None), odd_decision="promoted")
    gates = [BASELINE, gate(1, OLD, decision="SKIP_NO_DRIFT"), odd, *DEPLOYED, gate(5, OLD, NEW, decision="SKIP")]
    assert [found.batch for found in deployments(gates, GatePolicy())] == [2, 3, 4]


@pytest.mark.parametrize(
    ("facts", "after"),
    [
        ({}, None),
        ({"run": LATE}, 3),
        ({"run": LATE, "trained_until": 0}, None),
        ({"run": LATE, "captured_after": 0}, None),
        ({"captured_after": 4}, 4),
        ({"trained_until": 3}, 3),
        ({"training_run_id": "train4"}, 4),
        ({"production_run_id": "train4"}, 4),
    ],
)
def test_a_baseline_is_late_by_what_its_run_says_and_else_by_its_time(
    facts: dict[str, object], after: int | None
) -> None:
    assert captured_after(replace(BASELINE, **facts), DEPLOYED) == after


def test_a_baseline_of_what_the_first_candidate_was_compared_with_is_the_initial_model() -> None:
    first = replace(DEPLOYED[0], production_run_id="train0")
    late = replace(BASELINE, run=LATE, production_run_id="train0")
    assert captured_after(late, [first, DEPLOYED[1]]) is None


QUIET = gate(2, OLD, decision="SKIP_NO_DRIFT")


def test_a_batch_that_was_run_behind_a_deployment_is_late_where_its_run_names_no_model() -> None:
    late: GateRecord = replace(QUIET, run=LATE)
    assert (scored_late(QUIET, DEPLOYED), scored_late(late, DEPLOYED)) == (None, 3)
    assert scored_late(replace(late, production_version="1"), DEPLOYED) is None
    assert scored_late(replace(late, batch=4), DEPLOYED) is None


@pytest.mark.parametrize(
    ("facts", "until"),
    [
        ({}, None),
        ({"trained_until": 1}, None),
        ({"trained_until": 2}, 2),
        ({"trained_until": 5}, 5),
        ({"production_run_id": "train4"}, 4),
        ({"production_run_id": "train0"}, None),
    ],
)
def test_a_model_that_had_learned_from_the_batch_is_known_as_such(facts: dict[str, object], until: int | None) -> None:
    assert seen_by(replace(QUIET, **facts), DEPLOYED) == until
