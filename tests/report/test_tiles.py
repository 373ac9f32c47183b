"""The tiles, and the method in words."""

from dataclasses import replace

from lifecycle.gate import GatePolicy
from lifecycle.records import Attempts, BatchRecord, GateRecord, History
from report.evidence import ColumnEvidence
from report.export.html import render_html
from report.story import methodology, tiles
from report.story.story import Story, tell
from report.story.tiles import ScoreTile
from tests.scored import four
from tests.stories import EXPERIMENT, MODEL, column_drifts, drift, gate, record, run, six_batch_evidence, six_batches
from ui.tiles import Tile

NOT_STORED = "the first model's training is not stored"


def test_the_four_tiles_at_the_top(story: Story) -> None:
    assert tiles.hero_tiles(story) == (
        Tile("Production model", "version 3", "CrashTriage · AUC 0.744 on Batch 5 · since Batch 4"),
        Tile("Batches processed", "6", "Batch 0 to 5"),
        Tile("Models trained", "3", f"3 retrained; {NOT_STORED}"),
        Tile("Retraining events", "3", "2 deployed"),
    )


def test_without_a_production_model_the_tile_gives_the_reason() -> None:
    shown = tiles.hero_tiles(tell(six_batches(), None, EXPERIMENT))[0]
    assert (shown.value, shown.note) == ("none", "no version of CrashTriage is in production")


def test_the_tile_claims_no_auc_for_a_model_that_this_history_did_not_deploy() -> None:
    story = tell(six_batches(), replace(MODEL, version="9", run_id="somebody-elses"), EXPERIMENT)
    assert tiles.hero_tiles(story)[0] == Tile("Production model", "version 9", "CrashTriage")


def test_the_tile_claims_no_auc_for_a_model_of_which_no_run_says_anything() -> None:
    quiet = tuple(record for record in six_batches().batches if record.batch < 3)
    story = tell(History(batches=quiet), replace(MODEL, version="9"), EXPERIMENT)
    assert tiles.hero_tiles(story)[0] == Tile("Production model", "version 9", "CrashTriage")


def test_the_tile_knows_the_model_that_the_baseline_scored() -> None:
    baseline = record(drift(0), replace(gate(0, four(0.8), decision="BASELINE"), training_run_id="train4"))
    story = tell(History(batches=(baseline,)), MODEL, EXPERIMENT)
    assert tiles.hero_tiles(story)[0].note == "CrashTriage · AUC 0.800 on Batch 0 · since Batch 0"


def notes(*batches: BatchRecord) -> dict[str, tuple[str, str]]:
    """Value and note of the tiles that count, by label."""
    story = tell(History(batches=batches), MODEL, EXPERIMENT)
    shown = (*tiles.hero_tiles(story)[2:], *tiles.closing_tiles(story)[:3])
    return {tile.label: (tile.value, tile.note) for tile in shown}


BASELINE = record(drift(0), gate(0, four(0.8), decision="BASELINE"))
DEPLOYED = record(drift(1, 4), gate(1, four(0.8), four(0.81), decision="DEPLOY"))
OURS = tell(
    History(batches=(record(drift(1, 4), replace(DEPLOYED.gate, trained_until=0)),)),
    MODEL,
    EXPERIMENT,  # type: ignore[type-var]
)
"""Told from a run that says which batches its model had learned from, as ours do."""
UNGATED = record(drift(2, 4), None)
UNCHECKED = record(None, gate(2, four(0.8), decision="SKIP_NO_DRIFT"))
UNDECIDED = record(drift(3, 4), GateRecord(3, four(0.8), training_run_id="train3"))


def test_without_a_drift_check_drift_is_not_known() -> None:
    assert notes(BASELINE, UNCHECKED)["Drift detected"] == ("—", "no batch has a known drift check")
    assert notes(BASELINE, DEPLOYED, UNCHECKED)["Drift detected"] == ("at least 1", "in 1 batch, 1 batch not known")


def test_without_a_quality_gate_retraining_is_not_known() -> None:
    found = notes(BASELINE, UNGATED)
    assert found["Retraining events"] == ("—", "no batch has a known decision")
    assert found["Models trained"] == ("—", f"none retrained, 1 batch not known; {NOT_STORED}")
    found = notes(BASELINE, DEPLOYED, UNGATED)
    assert found["Retraining events"] == ("at least 1", "at least 1 deployed, 1 batch not known")
    assert found["Models trained"] == ("at least 1", f"1 retrained, 1 batch not known; {NOT_STORED}")


def test_the_initial_model_counts_where_its_run_says_that_it_is_the_one() -> None:
    for known in ({"held_out": True}, {"captured_after": 0}):
        first = record(drift(0), replace(gate(0, four(0.8), decision="BASELINE"), **known))
        assert notes(first, DEPLOYED)["Models trained"] == ("2", "1 initial + 1 retrained")
        assert notes(first, UNGATED)["Models trained"] == ("at least 1", "1 initial, 1 batch not known")
    assert notes(BASELINE, DEPLOYED)["Models trained"] == ("1", f"1 retrained; {NOT_STORED}")


def test_none_of_those_that_are_known_is_no_number_of_all() -> None:
    found = notes(BASELINE, UNCHECKED, replace(UNGATED, batch=3))
    assert found["Retraining events"] == ("—", "none in 1 batch, 1 batch not known")
    calm = record(drift(1, 1), None)
    assert notes(BASELINE, calm, UNCHECKED)["Drift detected"] == ("—", "none in 1 batch, 1 batch not known")


def test_a_model_whose_decision_is_not_known_is_not_said_to_be_kept_back() -> None:
    rejected = gate(1, four(0.8), four(0.79), decision=None)
    found = notes(BASELINE, record(drift(1, 4), replace(rejected, odd_decision="rejected")))
    assert found["Retraining events"] == ("1", "none known to be deployed, 1 batch not known")


def test_without_a_baseline_the_initial_model_is_not_known() -> None:
    found = notes(record(drift(0), None))
    assert (found["Models trained"], found["Starting AUC"]) == (
        ("—", "initial not known"),
        ("—", "there is no baseline"),
    )
    assert notes(DEPLOYED)["Models trained"] == ("at least 1", "initial not known + 1 retrained")


def test_without_a_last_decision_the_ending_auc_is_not_known() -> None:
    assert notes(BASELINE, DEPLOYED, UNDECIDED)["Ending AUC"] == ("—", "Batch 3 has no known decision")


def test_a_late_baseline_is_not_the_initial_models() -> None:
    late = gate(0, four(0.8), decision="BASELINE")
    found = notes(record(drift(0), replace(late, run=run("late", minutes=500))), DEPLOYED)
    assert found["Starting AUC"] == ("0.800", "model in production at that time, captured after Batch 1")


def test_an_empty_story_has_tiles_too() -> None:
    values = [tile.value for tile in tiles.hero_tiles(tell(History(), None, EXPERIMENT))]
    assert values == ["none", "0", "0", "0"]


def test_the_closing_tiles(story: Story) -> None:
    assert [(tile.label, tile.value) for tile in tiles.closing_tiles(story)] == [
        ("Starting AUC", "0.779"),
        ("Ending AUC", "0.744"),
        ("Drift detected", "3"),
        ("Retraining events", "3"),
    ]


def test_scores_say_which_way_they_went_each_for_itself(story: Story) -> None:
    deployed = tiles.score_tiles(story.chapters[3])
    assert deployed[0] == ScoreTile("AUC", "0.729", "0.742", "+0.013", higher=True, better=True)
    assert [(tile.label, tile.arrow, tile.change) for tile in deployed] == [
        ("AUC", "↑", "+0.013"),
        ("F1", "↑", "+0.021"),
        ("Precision", "↓", "−0.005"),
        ("Recall", "↑", "+0.049"),
    ]


def test_without_a_candidate_there_is_no_change(story: Story) -> None:
    assert tiles.score_tiles(story.chapters[1])[0] == ScoreTile("AUC", "0.768", None, None, None)
    assert tiles.score_tiles(tell(History(batches=(record(drift(1), None),)), None, EXPERIMENT).chapters[0]) == ()


def test_equal_and_unknown_scores_are_neither_better_nor_worse() -> None:
    judged = gate(1, four(0.75, None, 0.5, 0.5), four(0.75, 0.6, 0.5, 0.4), decision="DEPLOY")
    shown = tiles.score_tiles(tell(History(batches=(record(drift(1, 4), judged),)), None, EXPERIMENT).chapters[0])
    assert [(tile.change, tile.better) for tile in shown] == [("0", None), ("—", None), ("0", None), ("−0.100", False)]


def test_the_method_names_the_numbers_in_force(story: Story) -> None:
    told = dict(methodology.paragraphs(story))
    assert len(told) == 5
    assert "the others by today's, 0.30. Here the threshold stored is 0.30." in told["Drift threshold"]
    assert "at least as high as production's" in told["Quality gate"]
    assert "no more than 0.020 below production's" in told["Quality gate"]
    assert (
        "named in the card. Here is 1 such run. 2 older finished runs were superseded." in told["Which runs are shown"]
    )


def test_the_method_tells_no_more_of_a_history_than_is_known(story: Story) -> None:
    told = dict(methodology.paragraphs(story))["Drift share"]
    assert "the reference that was stored is initial_train. " in told
    assert "How it was measured is not stored with the share" in told
    for word in ("Evidently", "Wasserstein", "Kolmogorov"):
        assert word not in told


def test_the_method_of_an_own_pipeline_is_told_as_such() -> None:
    told = dict(methodology.paragraphs(OURS))["Drift share"]
    assert "Batch Zero's own pipeline, with today's settings, has Evidently compare" in told
    assert (
        "by Wasserstein distance beyond (limits 0.05 and 0.1). Those with no more than 5 different values are" in told
    )
    assert "by chi-squared or z-test up to 1,000 reference rows, by Jensen-Shannon distance beyond" in told
    assert "Other pipelines may have measured it in another way." in told


def test_the_method_names_the_thresholds_that_were_in_force() -> None:
    batches = (record(drift(1, 1, threshold=0.2), None), record(drift(2, 1, threshold=0.5), None))
    assert described(*batches)["Drift threshold"].endswith("Here the thresholds stored are 0.20 and 0.50.")


def test_todays_threshold_is_not_told_as_a_stored_one() -> None:
    silent, strict = record(drift(1, 1, threshold=None), None), record(drift(2, 1, threshold=0.5), None)
    assert described(silent)["Drift threshold"].endswith("the others by today's, 0.30. Here no run stored one.")
    assert described(silent, strict)["Drift threshold"].endswith(
        "Here the threshold stored is 0.50; 1 run stored none."
    )


def test_superseded_runs_of_both_kinds_are_counted() -> None:
    retried = replace(DEPLOYED, drift_attempts=Attempts(5), gate_attempts=Attempts(2))
    assert "5 older finished runs were superseded" in described(retried)["Which runs are shown"]
    uncounted = replace(DEPLOYED, drift_attempts=Attempts(None))
    assert "The older finished runs are not counted yet." in described(uncounted)["Which runs are shown"]


def described(*batches: BatchRecord) -> dict[str, str]:
    return dict(methodology.paragraphs(tell(History(batches=batches), None, EXPERIMENT)))


def test_nothing_is_told_of_runs_that_there_are_not() -> None:
    assert described(DEPLOYED)["Which runs are shown"].endswith("none has finished, is named in the card.")
    assert notes(BASELINE, UNCHECKED)["Models trained"] == ("—", f"none retrained; {NOT_STORED}")
    assert notes(BASELINE, UNCHECKED)["Retraining events"] == ("0", "in 1 batch")
    assert notes(BASELINE)["Retraining events"] == ("0", "no batch after Batch 0")


def test_the_direction_of_a_test_is_told() -> None:
    told = dict(methodology.paragraphs(OURS))["Drift share"]
    assert "where the p-value of its test is below the limit, or its distance reaches the limit" in told


def test_a_gate_that_wants_more_is_described() -> None:
    told = gated(GatePolicy(min_gain=0.01, max_loss=0.0))
    assert "at least 0.010 higher than production's. If it is lower than that, but not below production's, " in told


def test_a_gate_is_described_to_its_last_decimal() -> None:
    fine = GatePolicy(min_gain=0.0125, max_loss=0.00625)
    assert "at least 0.0125 higher than production's" in gated(fine)
    assert "by no more than 0.00625 below production's" in gated(fine)
    story = tell(six_batches(), MODEL, replace(EXPERIMENT, gate=fine))
    assert ("Deploy from an AUC change of", "+0.0125") in methodology.in_force(story)
    assert ("Refresh down to an AUC change of", "−0.00625") in methodology.in_force(story)


def test_a_gate_that_never_refreshes_is_described() -> None:
    lenient = GatePolicy(min_gain=-0.03)
    assert "at most 0.030 lower than production's. Below that it is not deployed. F1" in gated(lenient)


def gated(policy: GatePolicy) -> str:
    story = tell(six_batches(), MODEL, replace(EXPERIMENT, gate=policy))
    return dict(methodology.paragraphs(story))["Quality gate"]


def test_the_method_tells_the_tests_that_the_stored_tables_name(story: Story, html: str) -> None:
    psi = replace(column_drifts()[0], method="PSI")
    tables = [ColumnEvidence(column_drifts()), ColumnEvidence((psi,)), ColumnEvidence(())]
    told = dict(methodology.paragraphs(story, tables))["Drift share"]
    assert "(2 of 3 runs; 1 run without one) name Jensen-Shannon distance for categorical columns" in told
    assert "PSI for numerical columns" in told
    assert "The drift tables of this history (4 of 5 runs; 1 run without one) name" in html
    assert methodology.methods([ColumnEvidence(())]).startswith("No drift run of this history has a table")


def test_the_gate_is_told_as_todays_and_by_what_the_runs_store(story: Story) -> None:
    ours = dict(methodology.paragraphs(OURS))["Quality gate"]
    assert ours.startswith("With today's settings: where there is drift")
    theirs = dict(methodology.paragraphs(story))["Quality gate"]
    assert theirs.startswith("A decision is told as its run stored it. Where a run stored none, it is worked out by")
    assert (
        "No stored decision of this history speaks against it." in dict(methodology.paragraphs(story))["Quality gate"]
    )
    strict = replace(EXPERIMENT, gate=GatePolicy(min_gain=0.1, max_loss=0.0))
    told = dict(methodology.paragraphs(tell(six_batches(), None, strict)))["Quality gate"]
    assert "Batch 3 stored another decision than this rule makes of the scores: it was not theirs." in told


def test_of_a_history_that_others_wrote_none_of_our_settings_are_told_that_had_no_part_in_it() -> None:
    stored = record(drift(1, 4), gate(1, four(0.8), four(0.81), decision="DEPLOY"))
    story = tell(History(batches=(stored,)), None, EXPERIMENT)
    assert [name for name, _ in methodology.in_force(story)] == [
        "Registered model",
        "Drift runs in",
        "Quality gate runs in",
    ]
    told = dict(methodology.paragraphs(story))["Quality gate"]
    assert told == (
        "A decision is told as its run stored it. The runs do not store the rule that they were decided by."
    )
    ungated = described(record(drift(1, 4), None))["Quality gate"]
    assert (
        ungated == "No quality gate run of this history is known, and so nothing of its models, scores and decisions."
    )


def test_a_history_of_drift_alone_is_told_as_that_and_what_to_log_for_the_rest() -> None:
    story = tell(History(batches=(record(drift(0), None), record(drift(1, 4), None))), None, EXPERIMENT)
    limits = dict(methodology.paragraphs(story))["What this can and cannot show"]
    assert limits.startswith("It can show that the data changed. To have models, scores and decisions told, log ")
    assert "two models" not in limits
    assert "AUC over the batches" not in render_html(story, six_batch_evidence())
