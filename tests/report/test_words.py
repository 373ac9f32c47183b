"""What is said of one batch."""

from dataclasses import replace

import pytest

from lifecycle.gate import Decision, GatePolicy, Verdict, settle
from lifecycle.records import DriftRecord
from metrics.scores import Scores
from report import words
from tests.stories import drift, gate, run

QUIET, DRIFTED = drift(3, 1), drift(3, 4)


@pytest.mark.parametrize(
    ("decision", "found", "symbol", "tone", "badge"),
    [
        (Decision.BASELINE, drift(0), "●", "blue", "Baseline"),
        (Decision.SKIP_NO_DRIFT, QUIET, "○", "green", "No drift"),
        (Decision.SKIP_NO_DRIFT, DRIFTED, "◇", "gray", "Drift, not retrained"),
        (Decision.DEPLOY, DRIFTED, "▲", "red", "Drift → retrained → deployed"),
        (Decision.DEPLOY, QUIET, "▲", "red", "Retrained without drift → deployed"),
        (Decision.DEPLOY_REFRESH, DRIFTED, "△", "orange", "Drift → retrained → refreshed"),
        (Decision.SKIP, DRIFTED, "■", "orange", "Drift → retrained → not deployed"),
        (None, DRIFTED, "◇", "gray", "Drift, no decision"),
        (None, QUIET, "◇", "gray", "No drift, no decision"),
        (None, None, "◇", "gray", "No decision"),
    ],
)
def test_every_outcome_has_its_own_mark(
    decision: Decision | None, found: DriftRecord | None, symbol: str, tone: str, badge: str
) -> None:
    mark = words.mark(decision, found)
    assert (mark.symbol, mark.tone, mark.badge) == (symbol, tone, badge)


def said(decision: Decision, production: float | None, candidate: float) -> str:
    judged = gate(3, Scores(auc=production), Scores(auc=candidate), decision=decision)
    return words.sentence(3, settle(judged, GatePolicy()), DRIFTED, judged)


def test_a_deployment_says_why() -> None:
    assert said(Decision.DEPLOY, 0.729, 0.742) == (
        "Drift reached 0.36: 4 of 11 columns. A new model was trained; on the same 1,235 test rows its AUC is "
        "0.013 higher, so it was deployed."
    )


@pytest.mark.parametrize(
    ("decision", "candidate", "tail"),
    [
        (Decision.DEPLOY_REFRESH, 0.72, "0.009 lower, little enough for a refresh on newer data, so it was deployed."),
        (Decision.SKIP, 0.7, "0.029 lower, more than the gate allows, so it was not deployed."),
        (Decision.DEPLOY, 0.729, "its AUC is the same, so it was deployed."),
        (Decision.DEPLOY, 0.72, "0.009 lower, and it was deployed."),
        (Decision.SKIP, 0.74, "0.011 higher, and it was not deployed."),
        (Decision.SKIP, 0.724, "0.005 lower, and it was not deployed."),
    ],
)
def test_a_reason_is_given_only_where_the_scores_bear_it_out(decision: Decision, candidate: float, tail: str) -> None:
    assert said(decision, 0.729, candidate).endswith(tail)


def test_scores_that_are_missing_are_not_compared() -> None:
    assert said(Decision.SKIP, None, 0.7).endswith("it was compared and not deployed.")
    scoreless = gate(3, Scores(auc=0.7), Scores(f1=0.5), decision="DEPLOY")
    assert words.sentence(3, settle(scoreless, GatePolicy()), DRIFTED, scoreless).endswith(
        "it was compared and deployed."
    )


def test_a_quiet_batch_and_the_baseline_say_their_auc() -> None:
    assert "the production model reaches an AUC of 0.768 on this batch's 1,235 test rows" in words.sentence(
        3, Verdict(Decision.SKIP_NO_DRIFT, inferred=False), QUIET, gate(3, Scores(auc=0.768), decision=None)
    )
    assert words.sentence(
        0, Verdict(Decision.BASELINE, inferred=False), drift(0), gate(0, Scores(auc=0.779), decision=None)
    ).endswith("reaches an AUC of 0.779: this is where the experiment starts.")


def test_drift_lines() -> None:
    assert words.drift_line(DRIFTED) == "Drift share 0.36 · 4 of 11 columns · reaches the threshold 0.30"
    assert words.drift_line(QUIET) == "Drift share 0.09 · 1 of 11 columns · stays below the threshold 0.30"
    assert words.drift_line(None) == "No drift check"
    assert words.drift_line(drift(0)).startswith("The reference")
    assert words.drift_line(replace(QUIET, share=None, drifted_columns=None)) == (
        "Drift share — · cannot be compared with the threshold 0.30"
    )


@pytest.mark.parametrize(
    ("status", "verb"), [("FAILED", "FAILED"), ("RUNNING", "is still RUNNING"), ("KILLED", "was KILLED")]
)
def test_a_newer_attempt_says_what_became_of_it(status: str, verb: str) -> None:
    told = words.newer_attempt(run("x", status=status, minutes=90))
    assert told == f"a newer run (started 2026-03-02 10:30 UTC) {verb}; this is the latest finished one"


def test_the_table_has_a_column_for_every_group() -> None:
    assert sum(width for _, width in words.TABLE_GROUPS) == len(words.TABLE_COLUMNS) == 12
