"""Records -> story: what is counted, what is inferred, what a careful reader is told."""

from dataclasses import replace

import pytest

from lifecycle.gate import Decision
from lifecycle.records import Attempts, BatchRecord, History, Impossible, ProductionModel, Valid
from metrics.kinds import AUC
from metrics.scores import USUAL_SCORES, Scores
from report.story import marks
from report.story.methodology import paragraphs
from report.story.story import Story, tell
from tests.scored import four
from tests.stories import EXPERIMENT, MODEL, drift, gate, record, run, six_batch_story

SHOWN = USUAL_SCORES.shown
OLD, BETTER, WORSE, MUCH_WORSE = (four(auc, 0.5, 0.5, 0.5) for auc in (0.75, 0.77, 0.74, 0.70))


def told(*batches: BatchRecord, model: ProductionModel | None = MODEL, **history: object) -> Story:
    return tell(History(batches=batches, **history), model, EXPERIMENT)  # type: ignore[arg-type]


def baseline() -> BatchRecord:
    return record(drift(0), gate(0, four(0.779, 0.5, 0.5, 0.5), decision="BASELINE"))


def quiet(batch: int) -> BatchRecord:
    return record(drift(batch, 1), gate(batch, OLD, decision="SKIP_NO_DRIFT"))


def trained(batch: int, candidate: Scores = BETTER, decision: str | None = None) -> BatchRecord:
    return record(drift(batch, 4), gate(batch, OLD, candidate, decision=decision))


def test_counts_of_the_six_batches(story: Story) -> None:
    summary = story.summary
    assert (summary.batches_processed, summary.drift_detected) == (6, 3)
    assert (summary.retraining_events, summary.deployed, summary.models_trained) == (3, 2, 3)
    assert (summary.starting, summary.ending, summary.in_production_since) == (0.779, 0.744, 4)


def test_the_baseline_is_no_drift_and_no_retraining() -> None:
    loud = replace(baseline(), drift=drift(0, 11))
    summary = told(loud).summary
    assert (summary.batches_processed, summary.drift_detected, summary.retraining_events) == (1, 0, 0)
    assert summary.models_trained == 0
    ours = replace(loud, gate=replace(loud.gate, held_out=True))
    assert told(ours).summary.models_trained == 1


@pytest.mark.parametrize(
    ("candidate", "decision"),
    [(BETTER, Decision.DEPLOY), (WORSE, Decision.DEPLOY_REFRESH), (MUCH_WORSE, Decision.SKIP)],
)
def test_a_missing_decision_is_worked_out_by_the_gate(candidate: Scores, decision: Decision) -> None:
    chapter = told(baseline(), trained(1, candidate)).chapters[1]
    assert (chapter.decision, chapter.verdict.inferred) == (decision, True)
    assert any("stored no decision" in notice for notice in chapter.notices)


def test_a_stored_decision_stands_whatever_the_scores_say() -> None:
    chapter = told(baseline(), trained(1, BETTER, "SKIP")).chapters[1]
    assert (chapter.decision, chapter.verdict.inferred) == (Decision.SKIP, False)
    assert chapter.notices == ("the run stored SKIP; today's gate would have deployed a model with these scores",)
    chapter = told(baseline(), trained(1, MUCH_WORSE, "DEPLOY")).chapters[1]
    assert (chapter.decision, chapter.deployed) == (Decision.DEPLOY, True)
    assert chapter.notices == ("the run stored DEPLOY; today's gate would not have deployed a model with these scores",)
    assert "so it was deployed" not in chapter.sentence


def test_a_stored_decision_that_the_run_itself_denies_is_pointed_out() -> None:
    denied = replace(gate(1, OLD, BETTER, decision="DEPLOY"), production_only=True)
    chapter = told(record(drift(1, 4), denied)).chapters[0]
    assert "the run stored DEPLOY, but says as well that no model was trained" in chapter.notices
    quiet_but_trained = gate(1, OLD, BETTER, decision="SKIP_NO_DRIFT")
    chapter = told(record(drift(1, 1), quiet_but_trained)).chapters[0]
    assert "the run stored SKIP_NO_DRIFT, but it scores a new model as well" in chapter.notices
    named = replace(gate(1, OLD, decision="SKIP_NO_DRIFT"), training_run_id="train1", production_only=False)
    chapter = told(record(drift(1, 1), named)).chapters[0]
    assert "the run stored SKIP_NO_DRIFT, but it names a new model as well" in chapter.notices
    assert (chapter.trained, chapter.candidate) == (False, None)


def test_a_new_model_that_was_scored_is_told_although_the_decision_knows_of_none() -> None:
    story = told(baseline(), record(drift(1, 1), gate(1, OLD, BETTER, decision="SKIP_NO_DRIFT")))
    chapter = story.chapters[1]
    assert (chapter.decision, chapter.candidate, chapter.row(SHOWN)[2:4]) == (
        Decision.SKIP_NO_DRIFT,
        BETTER,
        ("Yes", "SKIP_NO_DRIFT"),
    )
    assert chapter.outcome == (marks.NO_DRIFT, marks.HELD_BACK)
    assert chapter.sentence.endswith("on the same 1,235 test rows its AUC is 0.020 higher, and it was not deployed.")
    assert (story.summary.retraining_events, story.summary.deployed) == (1, 0)
    denied = replace(gate(1, OLD, BETTER, decision="SKIP_NO_DRIFT"), production_only=True)
    chapter = told(record(drift(1, 1), denied)).chapters[0]
    assert (chapter.trained, chapter.candidate) == (False, None)
    assert chapter.notices == (
        "the run says that no model was trained, but it stored scores of a new model as well; they are not shown",
    )


@pytest.mark.parametrize(
    ("share", "drifted", "total", "told_as"),
    [
        (0.1, 4, 11, "0.10, but its counts say 4 of 11 columns"),
        (0.5, 12, 11, "0.50, but its counts say 12 of 11 columns"),
        (0.0, 0, 0, "0.00, but its counts say 0 of 0 columns"),
        (0.36, 4, 11, None),
        (4 / 11, 4, 11, None),
    ],
)
def test_a_share_that_is_not_that_of_the_counts_is_pointed_out(
    share: float, drifted: int, total: int, told_as: str | None
) -> None:
    check = replace(drift(1), share=share, drifted_columns=drifted, total_columns=total)
    chapter = told(record(check, gate(1, OLD, decision="SKIP_NO_DRIFT"))).chapters[0]
    found = [notice for notice in chapter.notices if "counts" in notice]
    assert found == ([f"the run stored the drift share {told_as}; the share decides"] if told_as else [])


def test_scores_of_a_new_model_that_the_run_denies_are_not_dropped_in_silence() -> None:
    for decision in ("SKIP_NO_DRIFT", None):
        denied = replace(gate(1, OLD, WORSE, decision=decision), training_run_id=None, production_only=True)
        chapter = told(baseline(), record(drift(1), denied)).chapters[1]
        assert (chapter.trained, chapter.candidate) == (False, None)
        assert (
            "the run says that no model was trained, but it stored scores of a new model as well; they are not shown"
        ) in chapter.notices


def test_a_share_that_cannot_be_is_told_as_not_known() -> None:
    percent = (Impossible("drift_share", "20", Valid.SHARE), Impossible("drift_threshold", "30", Valid.THRESHOLD))
    check = replace(drift(1, 2), share=None, threshold=None, impossible=percent)
    story = told(baseline(), record(check, gate(1, OLD, decision="SKIP_NO_DRIFT")))
    chapter = story.chapters[1]
    assert (chapter.detected, chapter.drift_mark) == (None, marks.DRIFT_UNKNOWN)
    assert chapter.drift_line == "Drift share — · 2 of 11 columns · the threshold is not known"
    assert chapter.notices == (
        "the drift run stored drift_share “20”, which is no share from 0 to 1: it is not known (its counts, 2 of 11 "
        "columns, give 0.18)",
        "the drift run stored drift_threshold “30”, which is no share above 0 and up to 1: it is not known",
    )
    method = dict(paragraphs(story))["Drift threshold"]
    assert method.endswith("Here 1 run stored one that cannot be, and drift is not known.")


def test_scores_that_cannot_be_decide_nothing() -> None:
    odd = tuple(Impossible(key, "72", Valid.SCORE, AUC.span) for key in ("prod_auc_test", "new_auc_test"))
    same = replace(gate(1, four(None, 0.5), decision=None), impossible=odd, production_only=False)
    chapter = told(baseline(), record(drift(1), same)).chapters[1]
    assert (chapter.decision, chapter.trained) == (None, None)
    assert chapter.sentence.endswith("cannot be told: the run stored no decision and scores that are none.")
    assert chapter.notices == (
        "the quality gate run stored prod_auc_test “72” and new_auc_test “72”, which are no scores from 0 to 1: they "
        "are not known",
    )
    alone = replace(gate(1, four(), four(0.8), decision=None), impossible=odd[:1], training_run_id=None)
    chapter = told(baseline(), record(drift(1), alone)).chapters[1]
    assert (chapter.decision, chapter.trained, chapter.candidate) == (None, None, None)
    assert chapter.notices[1:] == (
        "the run stored scores in the place of a new model's; whether there was one is not known, and they are not "
        "shown",
    )
    deployed = replace(gate(1, OLD, decision="DEPLOY"), candidate=None, impossible=odd[1:], production_only=False)
    chapter = told(baseline(), record(drift(1), deployed)).chapters[1]
    assert "the run stored no scores of the new model that are numbers" not in chapter.notices


def test_copied_scores_are_no_candidate() -> None:
    for decision in ("SKIP_NO_DRIFT", None):
        chapter = told(record(drift(1, 1), gate(1, OLD, decision=decision))).chapters[0]
        assert (chapter.decision, chapter.candidate) == (Decision.SKIP_NO_DRIFT, None)
        assert chapter.gain(AUC) is None
        assert chapter.row(SHOWN)[8:] == ("—",) * 4


def test_a_gate_run_without_any_score_is_no_quiet_batch() -> None:
    silent = replace(gate(1, four(), decision=None), production_only=False)
    chapter = told(record(drift(1, 1), silent)).chapters[0]
    assert (chapter.decision, chapter.outcome) == (None, (marks.NO_DRIFT, marks.NOT_DECIDED))
    assert "No model was trained" not in chapter.sentence


def test_a_quiet_batch_whose_drift_is_not_known_is_not_told_as_no_drift() -> None:
    unchecked = record(None, gate(1, OLD, decision="SKIP_NO_DRIFT"))
    unknown = record(replace(drift(2), share=None), gate(2, OLD, decision="SKIP_NO_DRIFT"))
    for chapter in told(unchecked, unknown).chapters:
        assert chapter.outcome == (marks.DRIFT_UNKNOWN, marks.NOT_RETRAINED)


def test_a_decision_that_is_none_of_ours_is_quoted() -> None:
    stored = replace(gate(1, OLD, BETTER, decision=None), odd_decision="PROMOTED")
    unscored = replace(stored, candidate=None)
    for judged in (stored, unscored):
        chapter = told(record(drift(1, 4), judged)).chapters[0]
        assert chapter.notices[0] == (
            "the run stored the decision “PROMOTED”, which is none of ours: what was decided is not known"
        )
        assert (chapter.decision, chapter.verdict.inferred, chapter.deployed) == (None, False, False)
        assert chapter.outcome == (marks.DRIFT, marks.NOT_DECIDED)
    assert "a decision in other words than ours and only one of the two models' AUC" in chapter.sentence
    long = told(record(drift(1, 4), replace(stored, odd_decision="A" * 5_000))).chapters[0]
    assert len(long.notices[0]) < 150


def test_what_a_run_shows_of_its_new_model_is_told_even_where_its_decision_is_not_known() -> None:
    rejected = replace(gate(1, OLD, WORSE, decision=None), odd_decision="rejected")
    held = replace(gate(2, OLD, BETTER, decision=None), odd_decision="on hold")
    story = told(baseline(), record(drift(1, 4), rejected), record(drift(2, 4), held), trained(3, BETTER, "DEPLOY"))
    first = story.chapters[1]
    assert (first.retrained, first.candidate, first.row(SHOWN)[2:4]) == (
        True,
        WORSE,
        ("Yes", "“rejected”"),
    )
    assert first.sentence.endswith(
        "A new model was trained; on the same 1,235 test rows its AUC is 0.010 lower. Whether a model was deployed "
        "cannot be told: the run stored a decision in other words than ours."
    )
    assert (story.summary.retraining_events, story.summary.deployed, story.summary.open) == (3, 1, (1, 2))
    assert story.summary.takeaway.endswith(
        "retrained 3 times. As far as is known, 1 new model was deployed. The decisions of Batches 1–2 are not known."
    )


def test_where_nothing_shows_a_new_model_it_is_not_known_whether_there_was_one() -> None:
    silent = replace(gate(1, OLD, decision=None), odd_decision="kept", production_only=False)
    chapter = told(record(drift(1, 1), silent)).chapters[0]
    assert (chapter.trained, chapter.candidate, chapter.row(SHOWN)[2]) == (None, None, "—")
    only = replace(silent, production_only=True)
    assert told(record(drift(1, 1), only)).chapters[0].row(SHOWN)[2] == "No"


def test_batch_0_is_the_baseline_and_quotes_what_was_stored() -> None:
    first = replace(gate(0, OLD, decision=None), odd_decision="initial")
    chapter = told(record(drift(0), first)).chapters[0]
    assert (chapter.decision, chapter.outcome) == (Decision.BASELINE, (marks.BASELINE,))
    assert chapter.notices == ("the run stored the decision “initial”, which is none of ours",)


def test_scores_too_few_to_decide_leave_the_decision_open() -> None:
    judged = replace(gate(1, four(), BETTER, decision=None), training_run_id="train1")
    chapter = told(record(drift(1, 4), judged)).chapters[0]
    assert (chapter.decision, chapter.candidate, chapter.outcome) == (None, BETTER, (marks.DRIFT, marks.NOT_DECIDED))
    assert chapter.row(SHOWN)[2:4] == ("Yes", "—")
    assert "cannot be told" in chapter.sentence


def test_a_row_of_the_table() -> None:
    assert told(baseline(), trained(1)).chapters[1].row(SHOWN) == (
        *("1", "0.36", "Yes", "DEPLOY"),
        *("0.750", "0.500", "0.500", "0.500"),
        *("0.770", "0.500", "0.500", "0.500"),
    )


def test_a_batch_without_gate_or_without_drift_run_says_so_once() -> None:
    story = told(baseline(), record(drift(1, 1), None), record(None, gate(2, OLD, decision="SKIP_NO_DRIFT")))
    _, ungated, unchecked = story.chapters
    assert (ungated.notices, ungated.told) == (
        (),
        ("there is a drift run but no finished quality gate run for this batch",),
    )
    assert ungated.sentence.endswith("No quality gate run has finished for this batch.")
    assert ungated.row(SHOWN) == ("1", "0.09", "—", "—", *["—"] * 8)
    assert (unchecked.notices, unchecked.told) == (
        (),
        ("there is a quality gate run but no finished drift run for this batch",),
    )
    assert (unchecked.row(SHOWN)[1], unchecked.drift_line) == ("—", "No drift run has finished for this batch")
    assert story.summary.batches_processed == 3


def test_a_run_without_threshold_is_judged_by_todays_and_says_so() -> None:
    story = told(baseline(), record(drift(1, 4, threshold=None), gate(1, OLD, BETTER, decision="DEPLOY")))
    chapter = story.chapters[1]
    assert chapter.drift is not None
    assert (chapter.drift.threshold, chapter.drift.detected) == (0.3, True)
    assert chapter.notices == ("the drift run stored no threshold; today's, 0.30, is used",)


def test_a_stored_threshold_outlives_todays() -> None:
    lenient = record(drift(1, 4, threshold=0.5), gate(1, OLD, decision="SKIP_NO_DRIFT"))
    story = told(baseline(), lenient)
    assert story.drift_threshold == 0.3
    assert (story.summary.drift_detected, story.chapters[1].outcome) == (0, (marks.NO_DRIFT,))
    assert "below the threshold of 0.50" in story.chapters[1].sentence


def test_drift_that_the_gate_run_denies_is_pointed_out() -> None:
    chapter = told(record(drift(1, 4), gate(1, OLD, decision="SKIP_NO_DRIFT"))).chapters[0]
    assert chapter.outcome == (marks.DRIFT, marks.NOT_RETRAINED)
    assert "the drift run found drift, but the quality gate run says that there was none" in chapter.notices


def test_newer_attempts_are_named_by_their_kind() -> None:
    failed, running = run("later", status="FAILED", minutes=60), run("latest", status="RUNNING", minutes=70)
    attempts = {"drift_attempts": Attempts(5, (running,)), "gate_attempts": Attempts(18, (failed,))}
    chapter = told(replace(quiet(1), **attempts)).chapters[0]
    assert chapter.notices == (
        "a newer drift run (started 2026-03-02 10:10 UTC) is still RUNNING; this is the latest finished one",
        "a newer quality gate run (started 2026-03-02 10:00 UTC) FAILED; this is the latest finished one",
    )
    assert chapter.runs.summary_text == (
        "Drift run 5 of 5 · Quality gate run 18 of 18 · 1 newer attempt has not finished yet · "
        "1 newer attempt did not finish"
    )
    assert [name for name, _ in chapter.behind][2:] == ["Newer drift run, RUNNING", "Newer quality gate run, FAILED"]


def test_an_attempt_at_what_no_run_has_finished_is_not_called_newer() -> None:
    pending = (run("gate3", status="FAILED"), run("gate3again", status="KILLED", minutes=10))
    unfinished = replace(record(drift(3, 1), None), gate_attempts=Attempts(0, pending))
    chapter = told(unfinished).chapters[0]
    assert chapter.notices == (
        "a quality gate run (started 2026-03-02 09:00 UTC) FAILED",
        "a quality gate run (started 2026-03-02 09:10 UTC) was KILLED",
    )
    assert chapter.runs.summary_text == "Drift run 1 of 1 · 2 attempts did not finish"
    assert [name for name, _ in chapter.behind] == [
        "Drift run (batch_3 against initial_train)",
        "Quality gate run, FAILED",
        "Quality gate run, KILLED",
    ]


def test_a_card_says_its_share_once_and_calls_each_kind_of_run_by_one_name() -> None:
    for chapter in six_batch_story().chapters[1:]:
        assert f"{chapter.sentence} {chapter.drift_line}".count(chapter.drift_text) == 1
        assert [name.partition(" (")[0] for name, _ in chapter.behind][:2] == ["Drift run", "Quality gate run"]
        assert chapter.runs.summary_text.startswith("Drift run ")


def test_superseded_runs_of_both_kinds_are_told() -> None:
    chapter = told(replace(quiet(1), drift_attempts=Attempts(5))).chapters[0]
    assert chapter.runs.summary_text == "Drift run 5 of 5 · Quality gate run 1 of 1"
    assert chapter.runs.superseded_text == "4 older finished runs superseded by the latest"
    assert told(quiet(1)).chapters[0].runs.superseded_text == ""


def test_a_run_of_both_kinds_is_told_once() -> None:
    judged, both, failed = trained(1, decision="DEPLOY"), run("both"), run("failed", status="FAILED")
    attempts = Attempts(3, (failed,))
    judged = replace(judged, drift=replace(judged.drift, run=both), gate=replace(judged.gate, run=both))
    chapter = told(replace(judged, drift_attempts=attempts, gate_attempts=attempts)).chapters[0]
    assert chapter.runs.summary_text == "Drift and quality gate run 3 of 3 · 1 newer attempt did not finish"
    assert chapter.runs.superseded == 2
    assert chapter.behind == (
        ("Drift and quality gate run (batch_1 against initial_train; XGBoost on batch_1_test)", both),
        ("Newer drift and quality gate run, FAILED", failed),
    )
    assert chapter.notices == (
        "a newer drift and quality gate run (started 2026-03-02 09:00 UTC) FAILED; this is the latest finished one",
    )


def test_runs_that_are_not_counted_yet_are_not_numbered() -> None:
    uncounted = {"drift_attempts": Attempts(None), "gate_attempts": Attempts(None)}
    chapter = told(replace(quiet(1), **uncounted)).chapters[0]
    assert chapter.runs.summary_text == "Latest drift run · Latest quality gate run"
    assert chapter.runs.superseded_text == "The older runs are being counted"


def test_a_gate_older_than_its_drift_check_is_pointed_out() -> None:
    judged = quiet(1)
    assert judged.drift is not None
    chapter = told(replace(judged, drift=replace(judged.drift, run=run("again", minutes=90)))).chapters[0]
    assert any("older than the drift run" in notice for notice in chapter.notices)


def test_a_deployment_without_the_new_models_scores_is_pointed_out() -> None:
    judged = replace(gate(1, OLD, decision="DEPLOY"), candidate=None)
    story = told(baseline(), record(drift(1, 4), judged))
    assert "the run stored no scores of the new model that are numbers" in story.chapters[1].notices
    assert story.summary.ending is None


def test_a_missing_baseline_is_one_notice_and_no_starting_auc() -> None:
    story = told(quiet(1))
    assert "there is no baseline: run python -m baseline to capture Batch 0" in story.notices
    assert story.summary.starting is None
    assert story.summary.takeaway == "The system detected drift in 0 of 1 batch and never retrained."


def test_a_batch_0_without_a_quality_gate_is_no_baseline() -> None:
    story = told(record(drift(0), None), model=None)
    assert "there is no baseline: run python -m baseline to capture Batch 0" in story.notices
    assert story.summary.takeaway == (
        "The baseline has no finished quality gate run yet; no batch has been processed after it yet."
    )
    assert (story.summary.models_trained, story.summary.in_production_since) == (0, None)


def captured_late() -> Story:
    late = baseline()
    assert late.gate is not None
    return told(replace(late, gate=replace(late.gate, run=run("late", minutes=500))), quiet(1), trained(2), trained(3))


def test_a_baseline_that_was_captured_late_says_so() -> None:
    chapter, *_ = captured_late().chapters
    assert chapter.notices == (
        "the baseline was captured after batch 2 had deployed a model: it tells of the model at that time",
    )
    assert "the model in production at that time reached an AUC of 0.779" in chapter.sentence
    assert "initial model" not in chapter.sentence


def test_a_late_baseline_is_no_start() -> None:
    summary = captured_late().summary
    assert (summary.starting, summary.ending) == (0.779, 0.77)
    assert summary.takeaway == (
        "The system detected drift in 2 of 3 batches and retrained twice. Every new model was deployed."
    )


@pytest.mark.parametrize("later", [quiet(1), trained(1, MUCH_WORSE)])
def test_a_baseline_that_was_captured_before_any_deployment_is_a_start(later: BatchRecord) -> None:
    """Which model it is, only a run that trained it can say."""
    late = baseline()
    assert late.gate is not None
    gate = replace(late.gate, run=run("late", minutes=500))
    for held_out, told_as in ((True, "The initial model was trained on"), (False, "rows, the model in production ")):
        story = told(replace(late, gate=replace(gate, held_out=held_out)), later)
        assert story.chapters[0].notices == ()
        assert told_as in story.chapters[0].sentence
        assert ("initial" in story.chapters[0].sentence) == ("never seen" in story.chapters[0].sentence) == held_out


def test_gaps_are_listed_as_ranges() -> None:
    assert (
        "batches 1, 3–5 and 8 are missing from the sequence"
        in told(baseline(), quiet(2), *map(quiet, (6, 7, 9))).notices
    )
    assert "batch 1 is missing from the sequence" in told(baseline(), quiet(2)).notices


def test_a_batch_number_beyond_reason_is_told_quickly() -> None:
    assert any("leave gaps" in notice for notice in told(baseline(), quiet(10**6)).notices)


def test_unfinished_batches_odd_numbers_and_missing_experiments_are_told() -> None:
    attempts = (run("a", status="FAILED"), run("b", status="RUNNING"))
    odd = tuple(f"odd{number}" for number in (11, 10, 9, 8, 3, 2, 1))
    story = told(
        baseline(), unfinished=((4, attempts),), odd_batch_numbers=odd, missing_experiments=("Crash_Drift",), model=None
    )
    assert story.notices == (
        "the store has no experiment called Crash_Drift",
        "batch 4 has no finished run yet (2 attempts: FAILED and RUNNING)",
        "runs with a batch number that is no whole number were left out "
        "(“odd1”, “odd2”, “odd3”, “odd8”, “odd9” and 2 more): log a whole number as batch_number",
        "no version of the registered model CrashTriage is in production",
    )


def test_another_model_in_production_is_pointed_out() -> None:
    story = told(baseline(), trained(1), quiet(2), model=replace(MODEL, run_id="somebody-elses"))
    assert story.notices == ("the model in production now is not the one of batch 1, and no later batch deployed one",)
    assert story.model_is_known is False
    own = told(baseline(), trained(1), model=replace(MODEL, run_id="train1"))
    assert (own.notices, own.model_is_known) == ((), True)


def by_run(model: str | None, scored: str | None, *later: BatchRecord) -> Story:
    """A baseline of the model that run ``scored`` trained, and in production now the one of run ``model``."""
    first = baseline()
    assert first.gate is not None
    known = replace(first, gate=replace(first.gate, training_run_id=scored))
    return told(known, *later, model=replace(MODEL, run_id=model))


def test_where_nothing_was_deployed_the_model_is_the_baselines() -> None:
    assert by_run("train0", "train0", quiet(1)).model_is_known is True
    other = by_run("somebody-elses", "train0", quiet(1))
    assert other.model_is_known is False
    assert other.notices == ("the model in production now is not the one of batch 0, and no later batch deployed one",)


def test_a_model_or_a_run_that_does_not_say_leaves_it_open() -> None:
    undecided = record(drift(2, 4), replace(gate(2, OLD, BETTER, decision=None), candidate=None))
    for story in (
        by_run("train0", None, quiet(1)),
        by_run(None, "train0", quiet(1)),
        by_run("train2", "train0", trained(1), undecided),
        told(quiet(1)),
        told(baseline(), model=None),
    ):
        assert story.model_is_known is None
        assert not any("model in production now" in notice for notice in story.notices)


@pytest.mark.parametrize(
    ("last", "ending"),
    [
        (trained(1, BETTER, "DEPLOY"), 0.77),
        (trained(1, WORSE, "DEPLOY_REFRESH"), 0.74),
        (trained(1, MUCH_WORSE, "SKIP"), 0.75),
        (quiet(1), 0.75),
        (record(drift(1, 1), None), 0.779),
        (record(drift(1, 4), replace(gate(1, OLD, BETTER, decision=None), candidate=None)), None),
    ],
)
def test_the_ending_auc_is_that_of_the_model_in_production_after_the_last_gate(
    last: BatchRecord, ending: float | None
) -> None:
    assert told(baseline(), last).summary.ending == ending


@pytest.mark.parametrize(
    ("batches", "takeaway"),
    [
        ((), "The baseline is set; no batch has been processed after it yet."),
        (
            (record(drift(1, 4), None), record(drift(2, 1), None)),
            "The system detected drift in 1 of 2 batches; whether it retrained is not known.",
        ),
        (
            (record(None, gate(1, OLD, decision="SKIP_NO_DRIFT")), record(None, gate(2, OLD, BETTER, decision=None))),
            "The system retrained in 1 of 2 batches; whether there was drift is not known. The new model was deployed.",
        ),
        (
            (record(None, gate(1, OLD, decision="SKIP_NO_DRIFT")), trained(2), record(drift(3, 4), None)),
            "The system detected drift in 2 of 2 checked batches (1 not known) and retrained in 1 of 2 decided batches "
            "(1 not known). 1 of 1 known new model was deployed.",
        ),
        (
            (
                quiet(1),
                record(drift(2, 4), replace(gate(2, OLD, decision=None), odd_decision="kept", production_only=False)),
            ),
            "The system detected drift in 1 of 2 batches and is not known to have retrained. The decision of Batch 2 "
            "is not known.",
        ),
        (
            (quiet(1), record(drift(2, 4), None)),
            "The system detected drift in 1 of 2 batches and is not known to have retrained (1 of 2 batches not "
            "known).",
        ),
        (
            (record(replace(drift(1), share=None), None),),
            "Neither drift nor retraining is known of 1 batch.",
        ),
        (
            (quiet(1),),
            "The system detected drift in 0 of 1 batch and never retrained.",
        ),
        (
            (trained(1, four(0.8, 0.5, 0.5, 0.5)),),
            "The system detected drift in 1 of 1 batch and retrained once. The new model was deployed.",
        ),
        (
            (trained(1), trained(2)),
            "The system detected drift in 2 of 2 batches and retrained twice. Every new model was deployed.",
        ),
        (
            (trained(1, MUCH_WORSE),),
            "The system detected drift in 1 of 1 batch and retrained once. The new model was not deployed.",
        ),
    ],
)
def test_takeaways(batches: tuple[BatchRecord, ...], takeaway: str) -> None:
    assert told(baseline(), *batches).summary.takeaway == takeaway


def test_without_a_batch_there_is_nothing_to_take_away() -> None:
    assert told().summary.takeaway == "No batch has a finished run yet."


def test_a_batch_that_may_have_deployed_a_model_leaves_open_since_when_it_is_there() -> None:
    undecided = record(drift(2, 4), replace(gate(2, OLD, BETTER, decision=None), candidate=None))
    assert told(baseline(), trained(1), undecided, quiet(3)).summary.in_production_since is None
    assert told(baseline(), undecided, trained(3), quiet(4)).summary.in_production_since == 3


def test_gains_are_measured_on_the_same_rows(story: Story) -> None:
    assert story.summary.gains == (
        "Each of 3 new models was scored beside production on the test rows of its own batch: their AUC differed by "
        "−0.007 on average (from −0.028 to +0.013)."
    )
    assert told(baseline(), quiet(1)).summary.gains == ""
    assert told(baseline(), trained(1)).summary.gains == (
        "On the same test rows, those of Batch 1, the new model's AUC differed from production's by +0.020."
    )
    assert told(baseline(), trained(1, OLD, "DEPLOY")).summary.gains == (
        "On the same test rows, those of Batch 1, the new model's AUC did not differ from production's."
    )


def test_figures_of_two_test_sets_are_named_with_them_and_not_compared(story: Story) -> None:
    assert story.summary.endpoints == (
        "In production the AUC was 0.779 on Batch 0's 1,540 test rows at the start and 0.744 on Batch 5's 1,235 test "
        "rows at the end."
    )
    words_of_judgement = ("improv", "declin", "better", "worse", "gain", "rose", "fell")
    closing = f"{story.summary.takeaway} {story.summary.endpoints}"
    assert [word for word in words_of_judgement if word in closing] == []


def test_without_two_known_figures_there_are_none_to_tell() -> None:
    assert told(baseline()).summary.endpoints == ""
    assert told(quiet(1), quiet(2)).summary.endpoints == ""
    undecided = record(drift(2, 4), replace(gate(2, OLD, BETTER, decision=None), candidate=None))
    assert told(baseline(), undecided).summary.endpoints == ""


def test_a_row_for_the_eye_has_both_marks() -> None:
    assert told(baseline(), trained(1)).chapters[1].marked_row(SHOWN)[:4] == (
        "1",
        "▲ 0.36",
        "Yes",
        "■ DEPLOY",
    )
    assert told(baseline(), quiet(1)).chapters[1].marked_row(SHOWN)[:4] == (
        "1",
        "○ 0.09",
        "No",
        "SKIP_NO_DRIFT",
    )


def test_an_empty_history_is_a_story_without_chapters() -> None:
    story = told()
    assert (story.chapters, story.summary.batches_processed, story.summary.in_production_since) == ((), 0, None)


def test_a_batch_that_was_scored_by_a_model_of_later_batches_says_so() -> None:
    judged = replace(gate(1, OLD, decision="SKIP_NO_DRIFT"), production_version="2", trained_until=4)
    assert told(record(drift(1, 1), judged)).chapters[0].notices == (
        "the production model that was scored (version 2) had learned from batches 0 to 4, this one among them",
    )


def test_a_batch_that_was_run_again_behind_a_deployment_says_that_its_model_is_not_known() -> None:
    late = replace(gate(1, OLD, decision="SKIP_NO_DRIFT"), run=run("late", minutes=500))
    chapter = told(baseline(), record(drift(1, 1), late), trained(2, BETTER, "DEPLOY")).chapters[1]
    assert chapter.notices == (
        "this batch was scored after batch 2 had deployed a model, and the run does not say by which version: "
        "it may be one that has learned from this batch",
    )


def test_a_blank_decision_is_not_worked_out_and_is_told() -> None:
    blank = replace(gate(1, OLD, BETTER, decision=None), odd_decision="")
    chapter = told(record(drift(1, 4), blank)).chapters[0]
    assert (chapter.decision, chapter.verdict.inferred, chapter.row(SHOWN)[3]) == (None, False, "“”")
    assert chapter.notices[0] == "the run stored a decision that is blank: what was decided is not known"
    assert chapter.sentence.endswith("cannot be told: the run stored a decision that is blank.")
