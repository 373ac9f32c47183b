"""The tiles, and the method in words."""

from dataclasses import replace

from lifecycle.gate import GatePolicy
from lifecycle.records import History
from metrics.scores import Scores
from report import method, tiles
from report.story import Story, tell
from report.tiles import ScoreTile, Tile
from tests.stories import EXPERIMENT, MODEL, drift, gate, record, six_batches


def test_the_four_tiles_at_the_top(story: Story) -> None:
    assert tiles.hero_tiles(story) == (
        Tile("Production model", "version 3", "CrashTriage · AUC 0.744 · since Batch 4"),
        Tile("Batches processed", "6", "Batch 0 to 5"),
        Tile("Models trained", "4", "1 initial + 3 retrained"),
        Tile("Retraining events", "3", "2 deployed"),
    )


def test_without_a_production_model_the_tile_gives_the_reason() -> None:
    shown = tiles.hero_tiles(tell(six_batches(), None, EXPERIMENT))[0]
    assert (shown.value, shown.note) == ("none", "no version of CrashTriage is in production")


def test_the_tile_claims_no_auc_for_a_model_that_this_history_did_not_deploy() -> None:
    story = tell(six_batches(), replace(MODEL, version="9", run_id="somebody-elses"), EXPERIMENT)
    assert tiles.hero_tiles(story)[0] == Tile("Production model", "version 9", "CrashTriage")


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
    assert deployed[0] == ScoreTile("AUC", "0.729", "0.742", "+0.013", better=True)
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
    judged = gate(1, Scores(0.75, None, 0.5, 0.5), Scores(0.75, 0.6, 0.5, 0.4), decision="DEPLOY")
    shown = tiles.score_tiles(tell(History(batches=(record(drift(1, 4), judged),)), None, EXPERIMENT).chapters[0])
    assert [(tile.change, tile.better) for tile in shown] == [("0", None), ("—", None), ("0", None), ("−0.100", False)]


def test_the_method_names_the_numbers_in_force(story: Story) -> None:
    told = dict(method.paragraphs(story))
    assert len(told) == 5
    assert "here the threshold was 0.30. Today's is 0.30." in told["Drift threshold"]
    assert "at least as high as production's" in told["Quality gate"]
    assert "no more than 0.020 below production's" in told["Quality gate"]
    assert (
        "2 older finished runs were superseded and 1 newer unfinished run was left out" in told["Which runs are shown"]
    )


def test_the_method_names_the_thresholds_that_were_in_force() -> None:
    batches = (record(drift(1, 1, threshold=0.2), None), record(drift(2, 1, threshold=0.5), None))
    told = dict(method.paragraphs(tell(History(batches=batches), None, EXPERIMENT)))
    assert "here the thresholds were 0.20 and 0.50. Today's is 0.30." in told["Drift threshold"]


def test_a_gate_that_wants_more_is_described() -> None:
    strict = replace(EXPERIMENT, gate=GatePolicy(min_auc_change=0.01, max_auc_regression=0.0))
    told = dict(method.paragraphs(tell(six_batches(), MODEL, strict)))
    assert "at least 0.010 higher than production's" in told["Quality gate"]
