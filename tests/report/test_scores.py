"""The report of an experiment whose scores are others than the documents' four."""

import re
from dataclasses import replace

import pytest

from lifecycle.gate import GatePolicy
from lifecycle.records import GateRecord, History
from metrics.kinds import Score, named
from metrics.scores import Scores, ScoreSet
from report.charts.trend import score_trend
from report.export.html import render_html
from report.export.markdown import render_markdown
from report.export.story_json import to_data
from report.sections.summary import metrics_csv
from report.story.methodology import in_force, paragraphs
from report.story.story import Story, tell
from report.story.tiles import closing_tiles, score_tiles
from tests.stories import EXPERIMENT, drift, gate, record, six_batch_evidence

RMSE, ACCURACY = named("rmse"), named("accuracy")


def told(scores: ScoreSet, *rows: tuple[float, float | None, str], policy: GatePolicy | None = None) -> Story:
    """A history with one score. rows: by batch, production's, the candidate's and the decision."""
    primary = scores.primary
    policy = policy or GatePolicy(max_loss=primary.refresh, score=primary)
    experiment = replace(EXPERIMENT, names=replace(EXPERIMENT.names, scores=scores), gate=policy)
    batches = tuple(
        record(drift(batch, 4 if new is not None else 0), judged(batch, primary, old, new, decision))
        for batch, (old, new, decision) in enumerate(rows)
    )
    return tell(History(batches), None, experiment)


def judged(batch: int, score: Score, old: float, new: float | None, decision: str) -> GateRecord:
    candidate = None if new is None else Scores(**{score.name: new})
    return gate(batch, Scores(**{score.name: old}), candidate, decision=decision)


@pytest.fixture
def errors() -> Story:
    """Batch 1's new model is better, batch 2's worse; lower is better."""
    return told(
        ScoreSet(RMSE, (RMSE,)),
        (3.2, None, "BASELINE"),
        (3.61, 3.05, "DEPLOY"),
        (3.11, 4.47, "SKIP"),
        (3.16, None, "SKIP_NO_DRIFT"),
    )


def test_no_face_speaks_of_an_auc_where_another_score_is_the_primary_one(errors: Story) -> None:
    shares = told(ScoreSet(ACCURACY, (ACCURACY,)), (0.871, None, "BASELINE"), (0.842, 0.869, "DEPLOY"))
    for story in (errors, shares):
        faces = (render_markdown(story), render_html(story, six_batch_evidence()), metrics_csv(story))
        for face in (*faces, str(to_data(story)), str(paragraphs(story)), str(in_force(story))):
            words = re.sub(r"<script.*?</script>|<style.*?</style>", "", face, flags=re.DOTALL)
            assert not re.search(r"\bauc\b", words, re.IGNORECASE), words


def test_of_an_error_a_fall_is_told_as_a_gain(errors: Story) -> None:
    _, better, worse, _ = errors.chapters
    assert better.sentence.endswith("on the same 1,235 test rows its RMSE is 0.560 lower, and it was deployed.")
    assert worse.sentence.endswith("its RMSE is 1.360 higher, and it was not deployed.")
    assert [(tile.arrow, tile.change, tile.better) for (tile,) in map(score_tiles, (better, worse))] == [
        ("↓", "−0.560", True),
        ("↑", "+1.360", False),
    ]
    assert [tile.label for tile in closing_tiles(errors)[:2]] == ["Starting RMSE", "Ending RMSE"]
    assert "(from −0.560 to +1.360), where lower is better." in errors.summary.gains


def test_the_data_names_the_primary_score_and_its_direction(errors: Story) -> None:
    data = to_data(errors)
    assert data["primary_score"] == {"name": "rmse", "label": "RMSE", "direction": "lower"}
    assert (data["summary"]["starting_rmse"], data["summary"]["ending_rmse"]) == (3.2, 3.16)
    assert data["batches"][1]["gate"]["improvement"] == {"rmse": pytest.approx(0.56)}


def test_the_chart_says_that_lower_is_better_and_has_room_for_any_number(errors: Story) -> None:
    axis = score_trend(errors).layout.yaxis
    assert axis.title.text == "RMSE (lower is better)"
    assert axis.range[0] < 3.05
    assert axis.range[1] > 4.47


def test_the_gate_is_described_by_the_score_it_goes_by() -> None:
    ours = replace(judged(1, RMSE, 3.6, 3.0, "DEPLOY"), trained_until=0)
    experiment = replace(EXPERIMENT, gate=GatePolicy(0.1, 0.25, RMSE))
    experiment = replace(experiment, names=replace(EXPERIMENT.names, scores=ScoreSet(RMSE, (RMSE,))))
    story = tell(History((record(drift(1, 4), ours),)), None, experiment)
    assert story.chapters[0].sentence.endswith(
        "on the same 1,235 test rows its RMSE is 0.600 lower, so it was deployed."
    )
    text = dict(paragraphs(story))["Quality gate"]
    assert "deployed when its RMSE is at least 0.100 lower than production's." in text
    assert "If it is higher than that, but by no more than 0.250 above production's, " in text
    settings = dict(in_force(story))
    assert settings["Deploy up to an RMSE change of"] == "−0.100"
    assert settings["Refresh up to an RMSE change of"] == "+0.250"


def test_a_score_of_ones_own_is_called_as_it_was_declared() -> None:
    value = Score("value", "Value per case", low=None, high=None, decimals=1)
    story = told(ScoreSet(value, (value,)), (1200.0, None, "BASELINE"), (1100.0, 1350.5, "DEPLOY"))
    assert "its value per case is 250.5 higher, and it was deployed" in story.chapters[1].sentence
    assert "1,350.5" in render_markdown(story).replace("\\", "")


def test_a_table_has_the_scores_that_are_shown_in_their_order() -> None:
    story = told(ScoreSet(RMSE, (named("mae"), RMSE)), (3.2, None, "BASELINE"))
    heads = metrics_csv(story).splitlines()[0].split(",")
    assert heads[4:] == ["Production model MAE", "Production model RMSE", "New model MAE", "New model RMSE"]


def test_scores_that_nobody_asked_for_are_named_instead_of_denied() -> None:
    unasked = replace(gate(1, Scores(), decision="DEPLOY"), candidate=None, other_scores=("rmse",))
    story = tell(History((record(drift(1, 4), unasked),)), None, EXPERIMENT)
    assert any("no run stores AUC" in text and 'primary = "rmse"' in text for text in story.notices)
    assert not any("stored no scores" in text for text in story.chapters[0].notices)
