"""What the figures are made of. How they look is seen in test_html and by eye."""

from collections.abc import Callable
from dataclasses import replace

import plotly.graph_objects as go
import pytest

from lifecycle.records import BatchRecord, History
from report.charts.drift import drift_progression
from report.charts.roc import roc, thinned
from report.charts.trend import score_trend
from report.story import marks
from report.story.story import Story, tell
from tests.scored import four
from tests.stories import EXPERIMENT, drift, gate, record, roc_curve
from ui import theme


def told(*batches: BatchRecord) -> Story:
    return tell(History(batches=batches), None, EXPERIMENT)


def checked(batch: int, drifted: int, threshold: float | None = 0.3) -> BatchRecord:
    return record(drift(batch, drifted, threshold=threshold), None)


def horizontals(figure: go.Figure) -> list[tuple[float, float, float]]:
    """(height, from, to) of every level line."""
    return [(shape.y0, shape.x0, shape.x1) for shape in figure.layout.shapes if shape.y0 == shape.y1]


def thresholds(figure: go.Figure) -> list[go.layout.Annotation]:
    return [note for note in figure.layout.annotations if note.xanchor == "left"]


def labels(figure: go.Figure) -> list[str]:
    """Of the bars."""
    return [note.text for note in figure.layout.annotations if note.xanchor != "left"]


def test_one_bar_per_batch_with_value_mark_and_colour(story: Story) -> None:
    (bars,) = drift_progression(story).data
    assert list(bars.x) == [f"Batch {number}" for number in range(6)]
    assert list(bars.y) == [chapter.drift.share for chapter in story.chapters if chapter.drift]
    assert labels(drift_progression(story)) == ["● 0.00", "○ 0.09", "○ 0.18", "▲ 0.36", "▲ 0.45", "▲ 0.55"]
    assert list(bars.marker.color) == [theme.BLUE, theme.GREEN, theme.GREEN, theme.RED, theme.RED, theme.RED]
    assert bars.customdata[3] == "Batch 3<br>drift share 0.36<br>4 of 11 columns<br>threshold 0.30"


def test_a_threshold_that_never_changed_is_one_dashed_line(story: Story) -> None:
    figure = drift_progression(story)
    assert horizontals(figure) == [(0.3, 0, 1)]
    assert (figure.layout.shapes[0].xref, figure.layout.shapes[0].line.dash) == ("paper", "dash")
    assert [note.text for note in thresholds(figure)] == ["drift threshold 0.30"]


def test_each_batch_keeps_the_threshold_it_was_judged_by() -> None:
    figure = drift_progression(told(checked(0, 0), checked(1, 4, 0.5), checked(2, 4, 0.5), checked(3, 4, 0.2)))
    assert horizontals(figure) == [(0.5, 0.5, 2.5), (0.2, 2.5, 3.5)]
    assert [note.text for note in thresholds(figure)] == ["drift threshold 0.50", "0.20"]
    assert labels(figure)[1:] == ["○ 0.36", "○ 0.36", "▲ 0.36"]


def test_an_old_threshold_that_all_share_is_drawn_not_todays() -> None:
    assert horizontals(drift_progression(told(checked(0, 0), checked(1, 4, 0.5)))) == [(0.5, 0, 1)]


def test_a_missing_share_is_a_dash_and_no_bar() -> None:
    absent = replace(drift(1), share=None)
    figure = drift_progression(told(checked(0, 0), record(absent, None), checked(2, 1)))
    bars, dashes = figure.data
    assert list(bars.y) == [0.0, None, 1 / 11]
    assert (labels(figure), bars.marker.color[1]) == (["◎ 0.00", "○ 0.09"], theme.GRAY)
    assert (list(dashes.x), list(dashes.text)) == (["Batch 1"], ["—"])


@pytest.mark.parametrize(
    ("count", "name", "text"), [(6, "Batch 1", "○ 0.09"), (12, "Batch 1", "○<br>0.09"), (13, "1", "○"), (60, "1", "")]
)
def test_labels_give_way_where_there_are_many_batches(count: int, name: str, text: str) -> None:
    figure = drift_progression(told(*(checked(number, 1) for number in range(count))))
    assert (figure.data[0].x[1], labels(figure)[1:2]) == (name, [text] if text else [])


@pytest.mark.parametrize("drifted", [0, 4, 11])
def test_bars_and_threshold_fit_into_the_chart(drifted: int) -> None:
    bottom, top = drift_progression(told(checked(0, 0), checked(1, drifted))).layout.yaxis.range
    assert bottom == 0
    assert top >= max(0.3 * 1.3, drifted / 11 * 1.2)


def test_production_is_a_line_and_new_models_are_points(story: Story) -> None:
    production, deployed, refreshed, held = score_trend(story).data
    assert list(production.y) == [0.779, 0.768, 0.751, 0.729, 0.736, 0.744]
    assert (list(deployed.x), list(deployed.y)) == (["Batch 3"], [0.742])
    assert (list(refreshed.x), list(refreshed.y)) == (["Batch 4"], [0.729])
    assert (list(held.x), list(held.y)) == (["Batch 5"], [0.716])
    shown = [(points.name, points.marker.symbol) for points in (deployed, refreshed, held)]
    assert shown == [
        ("New model: Retrained → deployed", "square"),
        ("New model: Retrained → refreshed", "square-open-dot"),
        ("New model: Retrained → held back", "square-open"),
    ]


def test_a_model_has_one_colour_in_every_chart(story: Story) -> None:
    production, *new = score_trend(story).data
    _, old_curve, new_curve = roc(roc_curve(0.744), roc_curve(0.716)).data
    assert {points.marker.color for points in new} == {new_curve.line.color} == {theme.NEW_MODEL}
    assert production.line.color == old_curve.line.color == theme.PRODUCTION == theme.TONES[marks.PRODUCTION.tone]
    assert production.marker.symbol == "cross"
    verdicts = {theme.GREEN, theme.RED}
    assert theme.NEW_MODEL not in verdicts


def test_no_threshold_strikes_a_value_through() -> None:
    just_below = drift_progression(told(checked(0, 0), record(drift(1, 3), None)))
    label = next(note for note in just_below.layout.annotations if note.text == "○ 0.27")
    assert (label.x, label.y, label.yanchor, label.bgcolor) == (1, 3 / 11, "bottom", theme.BACKGROUND)


def test_a_new_model_whose_decision_is_not_known_is_neither_deployed_nor_held() -> None:
    rejected = replace(gate(1, four(auc=0.8), four(auc=0.79), decision=None), odd_decision="rejected")
    _, undecided, legend = score_trend(told(record(None, rejected))).data
    assert (undecided.mode, undecided.text, list(undecided.y)) == ("text", "?", [0.79])
    gray = theme.TONES[marks.NOT_DECIDED.tone]
    assert undecided.textfont.color == gray != theme.NEW_MODEL
    assert undecided.showlegend is False
    assert legend.name == f'<span style="color:{gray}">?</span> New model: No known decision'
    assert legend.marker.color == "rgba(0, 0, 0, 0)"


def test_an_unknown_auc_leaves_a_gap() -> None:
    batches = [record(None, gate(number, four(auc=auc), decision=None)) for number, auc in enumerate((0.8, None, 0.7))]
    (production,) = score_trend(told(*batches)).data
    assert list(production.y) == [0.8, None, 0.7]
    assert production.connectgaps is False


def test_the_range_shows_every_point_and_does_not_magnify_noise(story: Story) -> None:
    low, high = score_trend(story).layout.yaxis.range
    assert low < 0.716 < 0.779 < high
    flat = [record(None, gate(number, four(auc=0.8), decision=None)) for number in range(3)]
    assert score_trend(told(*flat)).layout.yaxis.range == pytest.approx((0.79, 0.81))


def test_roc_curves_differ_in_dash_and_name_their_auc() -> None:
    chance, production, candidate = roc(roc_curve(0.744), roc_curve(0.716)).data
    assert (production.name, candidate.name) == ("Production · AUC 0.744", "New model · AUC 0.716")
    assert len({chance.line.dash, production.line.dash, candidate.line.dash}) == 3
    assert len(roc(roc_curve(0.7), None).data) == 2


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    _, curve = roc(roc_curve(0.8, points=20_001), None).data
    assert len(curve.x) <= 400
    assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0, 0, 1, 1)
    assert thinned(5, 400) == [0, 1, 2, 3, 4]


def test_figures_are_the_same_every_time(story: Story) -> None:
    for draw in (drift_progression, score_trend):
        assert draw(story).to_json() == draw(story).to_json()


@pytest.mark.parametrize("draw", [drift_progression, score_trend])
def test_an_empty_story_can_be_drawn(draw: object) -> None:
    assert isinstance(draw(told()), go.Figure)  # type: ignore[operator]


@pytest.mark.parametrize("draw", [drift_progression, score_trend])
def test_the_ticks_are_numbers_that_do_not_crowd_on_a_phone(story: Story, draw: Callable[[Story], go.Figure]) -> None:
    axis = draw(story).layout.xaxis
    assert (axis.title.text, list(axis.ticktext)) == ("Batch", ["0", "1", "2", "3", "4", "5"])
    assert list(axis.tickvals) == list(draw(story).data[0].x)
