"""What is said of one batch."""

from dataclasses import replace

import pytest

from lifecycle.gate import Decision, GatePolicy, Verdict, settle
from lifecycle.records import DriftRecord, GateRecord
from metrics.kinds import AUC
from metrics.scores import USUAL_SCORES, Scores
from report.story import marks, scores, sentences
from tests.scored import four
from tests.stories import drift, gate, run

QUIET, DRIFTED = drift(3, 1), drift(3, 4)
TODAY = GatePolicy()


def of(judged: GateRecord, policy: GatePolicy = TODAY) -> str:
    return sentences.sentence(settle(judged, policy), DRIFTED, judged, policy)


def said(decision: Decision, production: float | None, candidate: float, policy: GatePolicy = TODAY) -> str:
    """Of a run of our own pipeline."""
    judged = gate(3, four(auc=production), four(auc=candidate), decision=decision)
    return of(replace(judged, trained_until=0), policy)


def test_a_deployment_says_why() -> None:
    assert said(Decision.DEPLOY, 0.729, 0.742) == (
        "Drift reached 0.36: 4 of 11 columns, with a threshold of 0.30. A new model was trained; on the same 1,235 "
        "test rows its AUC is 0.013 higher, so it was deployed."
    )


@pytest.mark.parametrize(
    ("decision", "candidate", "tail"),
    [
        (Decision.DEPLOY_REFRESH, 0.72, "0.009 lower, little enough for a refresh, so it was deployed."),
        (Decision.SKIP, 0.7, "0.029 lower, more than the gate allows, so it was not deployed."),
        (Decision.DEPLOY, 0.729, "its AUC is the same, so it was deployed."),
        (Decision.DEPLOY, 0.72, "0.009 lower, and it was deployed."),
        (Decision.SKIP, 0.74, "0.011 higher, and it was not deployed."),
        (Decision.SKIP, 0.724, "0.005 lower, and it was not deployed."),
    ],
)
def test_a_reason_is_given_only_where_the_scores_bear_it_out(decision: Decision, candidate: float, tail: str) -> None:
    assert said(decision, 0.729, candidate).endswith(tail)


def test_why_another_pipeline_decided_is_not_known() -> None:
    judged = gate(3, four(auc=0.729), four(auc=0.7), decision="SKIP")
    assert of(judged).endswith("its AUC is 0.029 lower, and it was not deployed.")
    assert of(replace(judged, decision=None)).endswith("more than the gate allows, so it was not deployed.")


WANTS_MORE, TAKES_LESS = GatePolicy(min_gain=0.01), GatePolicy(min_gain=-0.01)


@pytest.mark.parametrize(
    ("policy", "decision", "candidate", "tail"),
    [
        (
            *(WANTS_MORE, Decision.DEPLOY_REFRESH, 0.805),
            "0.005 higher, too little for an improvement but enough for a refresh, so it was deployed.",
        ),
        (
            *(WANTS_MORE, Decision.DEPLOY_REFRESH, 0.8),
            "its AUC is the same, enough for a refresh, so it was deployed.",
        ),
        (WANTS_MORE, Decision.DEPLOY, 0.812, "its AUC is 0.012 higher, so it was deployed."),
        (WANTS_MORE, Decision.DEPLOY, 0.805, "its AUC is 0.005 higher, and it was deployed."),
        (WANTS_MORE, Decision.DEPLOY, 0.8, "its AUC is the same, and it was deployed."),
        (TAKES_LESS, Decision.DEPLOY, 0.795, "0.005 lower, little enough for the gate, so it was deployed."),
    ],
)
def test_the_reason_goes_by_the_decision_and_by_the_sign(
    policy: GatePolicy, decision: Decision, candidate: float, tail: str
) -> None:
    assert said(decision, 0.8, candidate, policy).endswith(tail)


@pytest.mark.parametrize(
    ("policy", "decision", "candidate", "tail"),
    [
        (TODAY, Decision.SKIP, 0.7796, "0.0204 lower, more than the gate allows, so it was not deployed."),
        (TODAY, Decision.DEPLOY_REFRESH, 0.78, "0.020 lower, little enough for a refresh"),
        (TODAY, Decision.DEPLOY_REFRESH, 0.79997, "0.00003 lower, little enough for a refresh"),
        (WANTS_MORE, Decision.DEPLOY_REFRESH, 0.8098, "0.0098 higher, too little for an improvement"),
    ],
)
def test_no_rounding_takes_a_change_to_the_other_side_of_the_gate(
    policy: GatePolicy, decision: Decision, candidate: float, tail: str
) -> None:
    assert tail in said(decision, 0.8, candidate, policy)


def test_scores_that_are_missing_are_not_compared() -> None:
    unknown = "How its AUC compares with production's on the same rows is not known."
    assert said(Decision.SKIP, None, 0.7).endswith(f"A new model was trained and not deployed. {unknown}")
    scoreless = gate(3, four(auc=0.7), four(f1=0.5), decision="DEPLOY")
    assert of(scoreless).endswith(f"A new model was trained and deployed. {unknown}")


@pytest.mark.parametrize(
    ("production", "candidate", "odd", "stored"),
    [
        (four(auc=0.82), four(f1=0.5), None, "no decision and only one of the two models' AUC."),
        (four(auc=0.82), None, "PROMOTED", "a decision in other words than ours and only one of the two models' AUC."),
        (four(f1=0.5), four(f1=0.6), None, "no decision and neither of the two models' AUC."),
        (four(), None, None, "no decision and no scores."),
        (four(), None, "PROMOTED", "a decision in other words than ours and no scores."),
    ],
)
def test_an_open_decision_says_what_is_lacking(
    production: Scores, candidate: Scores | None, odd: str | None, stored: str
) -> None:
    told = of(GateRecord(3, production, candidate, training_run_id="train3", odd_decision=odd))
    assert told.partition("Whether a model was deployed cannot be told: the run stored ")[2] == stored


def test_a_quiet_batch_and_the_baseline_say_their_auc() -> None:
    quiet = Verdict(Decision.SKIP_NO_DRIFT, inferred=False)
    judged = gate(3, four(auc=0.768), decision=None)
    assert "the production model reached an AUC of 0.768 on this batch's 1,235 test rows" in sentences.sentence(
        quiet, QUIET, judged, TODAY
    )
    unscored = sentences.sentence(quiet, QUIET, replace(judged, production=four()), TODAY)
    assert unscored.endswith(
        "the production model was scored on this batch's 1,235 test rows, and its AUC is not known."
    )
    assert sentences.baseline(gate(0, four(), decision=None), late=False, score=AUC) == (
        "The model in production was scored on 1,235 test rows; its AUC is not known."
    )
    assert sentences.baseline(gate(0, four(auc=0.779), decision=None), late=False, score=AUC).endswith(
        "reached an AUC of 0.779: this is where the experiment starts."
    )
    assert sentences.baseline(gate(0, four(auc=0.779), decision=None), late=False, score=AUC).startswith(
        "On 1,235 test rows, the model in production reached"
    )


def test_a_baseline_that_was_captured_late_is_not_told_as_the_initial_model() -> None:
    assert sentences.baseline(gate(0, four(auc=0.779), decision=None), late=True, score=AUC) == (
        "On 1,235 test rows, the model in production at that time reached an AUC of 0.779; it need not be the initial "
        "one."
    )


def test_a_baseline_without_a_quality_gate_is_none() -> None:
    assert sentences.baseline(None, late=False, score=AUC) == (
        "No quality gate run has finished for this batch, so there is no baseline."
    )


def test_drift_lines() -> None:
    assert sentences.drift_line(DRIFTED) == "Drift share 0.36 · 4 of 11 columns · reached the threshold 0.30"
    assert sentences.drift_line(QUIET) == "Drift share 0.09 · 1 of 11 columns · stayed below the threshold 0.30"
    assert sentences.drift_line(drift(0)) == "Batch 0 comes first and is not judged for drift"
    assert sentences.drift_line(drift(0, 1)) == (
        "Drift share 0.09 · 1 of 11 columns · Batch 0 comes first and is not judged for drift"
    )
    assert sentences.drift_line(replace(QUIET, share=None, drifted_columns=None)) == (
        "Drift share — · cannot be compared with the threshold 0.30"
    )


def test_what_the_sentence_says_of_the_drift_is_not_said_again() -> None:
    for told in (DRIFTED, QUIET, DriftRecord(3, None, 0.3, too_few_rows=True)):
        assert sentences.drift_besides(3, told) == ""
    unknown = replace(QUIET, threshold=None)
    assert sentences.drift_besides(3, unknown) == sentences.drift_line(unknown)
    assert sentences.drift_besides(3, None) == "No drift run has finished for this batch"
    assert sentences.drift_besides(3, None, unreadable=True) == "The drift run of this batch cannot be read"
    first = "Batch 0 comes first and is not judged for drift"
    assert sentences.drift_besides(0, None) == sentences.drift_besides(0, drift(0)) == first


def test_a_share_stands_on_its_side_of_a_fine_threshold() -> None:
    close = DriftRecord(3, 11 / 36, 0.305, 11, 36)
    assert sentences.drift_line(close) == "Drift share 0.31 · 11 of 36 columns · reached the threshold 0.305"
    below = replace(close, threshold=0.3056)
    assert sentences.drift_line(below) == "Drift share 0.30556 · 11 of 36 columns · stayed below the threshold 0.3056"
    judged = gate(3, four(auc=0.8), decision="SKIP_NO_DRIFT")
    assert sentences.sentence(settle(judged, TODAY), close, judged, TODAY).startswith("Drift reached 0.31: 11 of 36")


@pytest.mark.parametrize(
    ("status", "verb"), [("FAILED", "FAILED"), ("RUNNING", "is still RUNNING"), ("KILLED", "was KILLED")]
)
def test_an_unfinished_run_says_of_which_kind_it_is_and_what_became_of_it(status: str, verb: str) -> None:
    attempt = run("x", status=status, minutes=90)
    assert sentences.unfinished("drift run", attempt, newer=True) == (
        f"a newer drift run (started 2026-03-02 10:30 UTC) {verb}; this is the latest finished one"
    )
    assert sentences.unfinished("quality gate run", attempt, newer=False) == (
        f"a quality gate run (started 2026-03-02 10:30 UTC) {verb}"
    )


def test_the_table_has_a_column_for_every_group() -> None:
    shown = USUAL_SCORES.shown
    assert sum(width for _, width in scores.groups(shown)) == len(scores.columns(shown)) == 12
    assert scores.full_columns(()) == ("Batch", "Drift share", "Retrained?", "Decision")


def test_the_runs_behind_a_batch_say_what_was_compared_and_scored() -> None:
    checked = DriftRecord(3, 0.1, reference_data="initial_train", new_data="batch_3")
    assert sentences.drift_run(checked) == "Drift run (batch_3 against initial_train)"
    assert sentences.drift_run(replace(checked, new_data=None)) == sentences.drift_run(None) == "Drift run"
    first = replace(checked, batch=0, new_data="initial_test")
    assert sentences.drift_run(first) == "Drift run (the reference is initial_train)"
    assert sentences.drift_run(replace(first, reference_data=None)) == "Drift run"
    gate = GateRecord(3, four(), test_set="batch_3_test", model_type="XGBoost")
    scored = replace(gate, production_version="1", candidate_version="2")
    assert sentences.gate_run(scored) == (
        "Quality gate run (XGBoost on batch_3_test; production was version 1, the new model became version 2)"
    )
    assert sentences.gate_run(gate) == "Quality gate run (XGBoost on batch_3_test)"
    assert sentences.gate_run(replace(gate, model_type=None)) == "Quality gate run (batch_3_test)"
    assert sentences.gate_run(replace(gate, test_set=None)) == sentences.gate_run(None) == "Quality gate run"
    assert sentences.run_of_both(checked, gate) == (
        "Drift and quality gate run (batch_3 against initial_train; XGBoost on batch_3_test)"
    )
    assert sentences.run_of_both(None, None) == "Drift and quality gate run"
    assert len(sentences.gate_run(replace(gate, test_set="x" * 9_000, model_type="y" * 9_000))) < 110


def test_too_few_rows_are_neither_drift_nor_no_drift() -> None:
    few = DriftRecord(3, None, 0.3, too_few_rows=True, reference_rows=400, new_rows=12, min_rows=30)
    told = "oo few rows to tell drift by: 12 in the batch, at least 30 were wanted"
    assert (few.detected, sentences.drift_line(few)) == (None, f"T{told}")
    assert marks.of_drift(3, few) is marks.TOO_FEW_ROWS
    assert marks.of_gate(Decision.SKIP_NO_DRIFT, few.detected) is marks.NOT_RETRAINED
