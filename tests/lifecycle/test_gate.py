"""The quality gate: one rule, for new runs and for old ones that stored no decision."""

import math

import pytest

from lifecycle.gate import Decision, GatePolicy, decide, settle
from lifecycle.records import GateRecord
from metrics.kinds import KNOWN
from metrics.scores import Scores
from tests.scored import four

POLICY = GatePolicy()


@pytest.mark.parametrize(
    ("production", "candidate", "decision"),
    [
        (0.80, 0.85, Decision.DEPLOY),
        (0.80, 0.80, Decision.DEPLOY),
        (0.80, 0.7999, Decision.DEPLOY_REFRESH),
        (0.80, 0.78, Decision.DEPLOY_REFRESH),
        (0.80, 0.7799, Decision.SKIP),
        (0.80, None, Decision.SKIP_NO_DRIFT),
    ],
)
def test_the_gate_decides_by_the_change_in_auc(production: float, candidate: float | None, decision: Decision) -> None:
    assert decide(batch=1, production=production, candidate=candidate, policy=POLICY) is decision


def test_batch_0_is_the_baseline() -> None:
    assert decide(batch=0, production=0.8, candidate=0.1, policy=POLICY) is Decision.BASELINE


def test_limits_are_the_policys() -> None:
    strict = GatePolicy(min_gain=0.01, max_loss=0.0)
    assert decide(batch=1, production=0.8, candidate=0.805, policy=strict) is Decision.DEPLOY_REFRESH
    assert decide(batch=1, production=0.8, candidate=0.799, policy=strict) is Decision.SKIP


@pytest.mark.parametrize("candidate", [math.nan, math.inf])
def test_an_auc_that_is_no_number_is_refused(candidate: float) -> None:
    with pytest.raises(ValueError, match="expected a number of each model"):
        decide(batch=1, production=0.8, candidate=candidate, policy=POLICY)


@pytest.mark.parametrize("size", [1e-12, 1e-3, 1.0, 1e9])
def test_the_gate_decides_alike_whatever_the_unit(size: float) -> None:
    policy = GatePolicy(0.0, 0.02 * size, KNOWN["rmse"])
    outcomes = [(0.82, Decision.DEPLOY), (0.84, Decision.DEPLOY_REFRESH), (0.8401, Decision.SKIP)]
    for candidate, decision in outcomes:
        assert decide(batch=1, production=0.82 * size, candidate=candidate * size, policy=policy) is decision


def test_a_policy_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 0 or more"):
        GatePolicy(max_loss=-0.02)


def gate(production: Scores, candidate: Scores | None = None, batch: int = 3, **facts: object) -> GateRecord:
    return GateRecord(batch=batch, production=production, candidate=candidate, **facts)


OLD, NEW, WORSE = four(0.8, 0.7, 0.6, 0.5), four(0.85, 0.7, 0.6, 0.5), four(0.7, 0.7, 0.6, 0.5)


def test_a_stored_decision_is_taken_as_it_is() -> None:
    verdict = settle(gate(OLD, NEW, decision="SKIP"), POLICY)
    assert (verdict.decision, verdict.inferred) == (Decision.SKIP, False)


def test_a_missing_decision_is_worked_out_and_marked() -> None:
    verdict = settle(gate(OLD, NEW), POLICY)
    assert (verdict.decision, verdict.inferred) == (Decision.DEPLOY, True)


@pytest.mark.parametrize("stored", [{"decision": "MAYBE"}, {"odd_decision": "rejected"}])
@pytest.mark.parametrize("candidate", [NEW, WORSE, OLD, None])
def test_a_decision_in_other_words_is_not_known_whatever_the_scores_say(
    stored: dict[str, str], candidate: Scores | None
) -> None:
    verdict = settle(gate(OLD, candidate, **stored), POLICY)
    assert (verdict.decision, verdict.inferred, verdict.reversed_today) == (None, False, False)


def test_scores_that_are_copies_of_productions_are_no_candidate() -> None:
    assert settle(gate(OLD, OLD), POLICY).decision is Decision.SKIP_NO_DRIFT


def test_a_run_that_names_its_training_run_was_trained_even_with_equal_scores() -> None:
    assert settle(gate(OLD, OLD, training_run_id="abc"), POLICY).decision is Decision.DEPLOY


def test_a_run_that_says_production_only_was_not_trained_whatever_its_scores() -> None:
    assert settle(gate(OLD, WORSE, production_only=True), POLICY).decision is Decision.SKIP_NO_DRIFT


def test_scores_that_are_missing_on_one_side_do_not_make_a_candidate() -> None:
    assert settle(gate(OLD, four(auc=0.8)), POLICY).decision is Decision.SKIP_NO_DRIFT


def test_a_trained_candidate_without_an_auc_leaves_the_decision_open() -> None:
    verdict = settle(gate(OLD, four(f1=0.9), training_run_id="abc"), POLICY)
    assert verdict.decision is None


def test_a_run_without_any_score_leaves_the_decision_open() -> None:
    assert settle(gate(four()), POLICY).decision is None
    assert settle(gate(four(), four()), POLICY).decision is None
    assert settle(gate(four(), production_only=True), POLICY).decision is Decision.SKIP_NO_DRIFT


def test_a_batch_0_without_a_decision_is_the_baseline_even_without_scores() -> None:
    assert settle(gate(four(), batch=0), POLICY).decision is Decision.BASELINE


def test_batch_0_is_the_baseline_whatever_was_stored() -> None:
    verdict = settle(gate(OLD, NEW, batch=0, decision="DEPLOY"), POLICY)
    assert (verdict.decision, verdict.inferred) == (Decision.BASELINE, True)


def test_a_candidate_without_a_production_model_to_compare_leaves_the_decision_open() -> None:
    assert settle(gate(four(), NEW), POLICY).decision is None


def test_a_stored_decision_that_todays_gate_would_not_make_is_known_as_such() -> None:
    assert settle(gate(OLD, NEW, decision="DEPLOY"), POLICY).explained
    assert not settle(gate(OLD, NEW, decision="SKIP"), POLICY).explained
    assert settle(gate(OLD, OLD, decision="DEPLOY"), POLICY).explained


@pytest.mark.parametrize(
    ("candidate", "stored", "reversed_today"),
    [
        (WORSE, "DEPLOY", True),
        (WORSE, "DEPLOY_REFRESH", True),
        (NEW, "DEPLOY_REFRESH", False),
        (NEW, "SKIP", True),
        (WORSE, "SKIP", False),
        (None, "DEPLOY", False),
        (None, "SKIP_NO_DRIFT", False),
    ],
)
def test_a_stored_decision_that_todays_gate_would_turn_round(
    candidate: Scores | None, stored: str, reversed_today: bool
) -> None:
    verdict = settle(gate(OLD, candidate, decision=stored), POLICY)
    assert (verdict.decision, verdict.reversed_today) == (stored, reversed_today)


def test_what_counts_as_retraining_and_as_deployment() -> None:
    assert {decision for decision in Decision if decision.trained} == {"DEPLOY", "DEPLOY_REFRESH", "SKIP"}
    assert {decision for decision in Decision if decision.deployed} == {"DEPLOY", "DEPLOY_REFRESH"}
