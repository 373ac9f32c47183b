"""The primary score over the batches: the model in production, and the new models that were held against it."""

import math
from collections.abc import Iterator
from typing import Any

import plotly.graph_objects as go

from metrics.kinds import Score
from report.story import marks
from report.story.chapter import Chapter
from report.story.marks import Mark
from report.story.scores import with_direction
from report.story.story import Story
from ui import theme

OUTCOMES = (
    *((marks.DEPLOYED, "square"), (marks.REFRESHED, "square-open-dot"), (marks.HELD_BACK, "square-open")),
    (marks.NOT_DECIDED, ""),
)
"""Plotly's names for the marks of what the gate did with a new model: ■, ▣ and □. It has no question mark, which is
drawn as a letter."""

NARROWEST = 0.01
"""Room above and below the points, at least, as a share of the scale: a thousandth more or less must not look like a
cliff."""


def score_trend(story: Story) -> go.Figure:
    """Line: production, with gaps where it is not known. Points: new models, marked by what became of them."""
    chapters, score = story.chapters, story.experiment.scores.primary
    names = theme.batch_names([chapter.batch for chapter in chapters])
    traces = [_production(names, chapters, score), *_new_models(names, chapters, score)]
    return go.Figure(
        traces,
        theme.layout(
            height=320,
            xaxis=theme.batch_axis([chapter.batch for chapter in chapters]),
            yaxis={**_axis(chapters, score), "nticks": 6, "title": {"text": with_direction(score)}},
            showlegend=True,
        ),
    )


def _new_models(names: list[str], chapters: tuple[Chapter, ...], score: Score) -> Iterator[go.Scatter]:
    """One trace per outcome that there is."""
    for outcome, symbol in OUTCOMES:
        pairs = zip(names, chapters, strict=True)
        found = [pair for pair in pairs if pair[1].candidate_score is not None and pair[1].gate_mark is outcome]
        if found and symbol:
            yield _points(outcome, found, symbol, score)
        elif found:
            yield from _letters(outcome, found, score)


def _production(names: list[str], chapters: tuple[Chapter, ...], score: Score) -> go.Scatter:
    values = [chapter.production_score for chapter in chapters]
    return go.Scatter(
        name=marks.PRODUCTION.name,
        x=names,
        y=values,
        customdata=[score.text(value) for value in values],
        hovertemplate=f"%{{x}}<br>production {score.word} %{{customdata}}<extra></extra>",
        mode="lines+markers",
        connectgaps=False,
        line={"color": theme.PRODUCTION, "width": 2},
        marker={"symbol": "cross", "color": theme.PRODUCTION, "size": 9},
    )


def _points(outcome: Mark, pairs: list[tuple[str, Chapter]], symbol: str, score: Score) -> go.Scatter:
    chapters = [chapter for _, chapter in pairs]
    values = [score.text(chapter.candidate_score) for chapter in chapters]
    changes = [chapter.change_text(score) for chapter in chapters]
    return go.Scatter(
        name=f"New model: {outcome.name}",
        x=[batch for batch, _ in pairs],
        y=[chapter.candidate_score for chapter in chapters],
        customdata=list(zip(values, changes, strict=True)),
        hovertemplate=f"%{{x}}<br>new model {score.word} %{{customdata[0]}}<br>"
        "change %{customdata[1]}<extra></extra>",
        mode="markers",
        marker={"symbol": symbol, "color": theme.NEW_MODEL, "size": 10, "line": {"color": theme.NEW_MODEL, "width": 2}},
    )


def _letters(outcome: Mark, pairs: list[tuple[str, Chapter]], score: Score) -> Iterator[go.Scatter]:
    """The mark itself at each point, and once in the legend, where Plotly would write "Aa": in the colour of the mark,
    which is not that of what was deployed."""
    points, color = _points(outcome, pairs, "square", score), theme.TONES[outcome.tone]
    name = f'<span style="color:{color}">{outcome.symbol}</span> {points.name}'
    letter = {"family": theme.SANS, "size": 16, "color": color}
    points.update(mode="text", marker=None, text=outcome.symbol, textfont=letter, showlegend=False)
    yield points
    nothing = {"color": "rgba(0, 0, 0, 0)", "line": {"width": 0}}  # an opacity of 0 is 0.2 in Plotly's legends
    yield go.Scatter(name=name, x=[None], y=[None], mode="markers", marker=nothing, hoverinfo="skip")


def _axis(chapters: tuple[Chapter, ...], score: Score) -> dict[str, Any]:
    """Room around the points, within what the score can be."""
    both = [value for chapter in chapters for value in (chapter.production_score, chapter.candidate_score)]
    known = [value for value in both if value is not None]
    if not known:
        return {"showticklabels": False}
    low, high = -math.inf if score.low is None else score.low, math.inf if score.high is None else score.high
    size = 1.0 if high - low <= 1.0 else max(map(abs, known))
    room = max(NARROWEST * size, 0.25 * (max(known) - min(known)))
    shown = [max(low, min(known) - room), min(high + NARROWEST, max(known) + room)]
    return {"range": shown, **({"tickformat": ".2f"} if high - low <= 1.0 else {})}
