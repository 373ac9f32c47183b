"""AUC over the batches: the model in production, and the new models that were held against it."""

from collections.abc import Iterator

import plotly.graph_objects as go

from batch_zero import formats
from report.story import marks
from report.story.chapter import Chapter
from report.story.marks import Mark
from report.story.story import Story
from ui import theme

OUTCOMES = (
    *((marks.DEPLOYED, "square"), (marks.REFRESHED, "square-open-dot"), (marks.HELD_BACK, "square-open")),
    (marks.NOT_DECIDED, ""),
)
"""Plotly's names for the marks of what the gate did with a new model: ■, ▣ and □. It has no question mark, which is
drawn as a letter."""

NARROWEST = 0.01
"""Room above and below the points, at least: a thousandth more or less must not look like a cliff."""


def auc_trend(story: Story) -> go.Figure:
    """Line: production, with gaps where it is not known. Points: new models, marked by what became of them."""
    chapters = story.chapters
    names = theme.batch_names([chapter.batch for chapter in chapters])
    traces = [_production(names, chapters), *_new_models(names, chapters)]
    return go.Figure(
        traces,
        theme.layout(
            height=320,
            xaxis=theme.batch_axis([chapter.batch for chapter in chapters]),
            yaxis={"range": _range(chapters), "tickformat": ".2f", "nticks": 6, "title": {"text": "AUC"}},
            showlegend=True,
        ),
    )


def _new_models(names: list[str], chapters: tuple[Chapter, ...]) -> Iterator[go.Scatter]:
    """One trace per outcome that there is."""
    for outcome, symbol in OUTCOMES:
        pairs = zip(names, chapters, strict=True)
        found = [pair for pair in pairs if pair[1].new_auc is not None and pair[1].gate_mark is outcome]
        if found and symbol:
            yield _points(outcome, found, symbol)
        elif found:
            yield from _letters(outcome, found)


def _production(names: list[str], chapters: tuple[Chapter, ...]) -> go.Scatter:
    values = [chapter.production_auc for chapter in chapters]
    return go.Scatter(
        name=marks.PRODUCTION.name,
        x=names,
        y=values,
        customdata=[formats.score(value) for value in values],
        hovertemplate="%{x}<br>production AUC %{customdata}<extra></extra>",
        mode="lines+markers",
        connectgaps=False,
        line={"color": theme.PRODUCTION, "width": 2},
        marker={"symbol": "cross", "color": theme.PRODUCTION, "size": 9},
    )


def _points(outcome: Mark, pairs: list[tuple[str, Chapter]], symbol: str) -> go.Scatter:
    return go.Scatter(
        name=f"New model: {outcome.name}",
        x=[batch for batch, _ in pairs],
        y=[chapter.new_auc for _, chapter in pairs],
        customdata=[[formats.score(chapter.new_auc), formats.change(chapter.gain("auc"))] for _, chapter in pairs],
        hovertemplate="%{x}<br>new model AUC %{customdata[0]}<br>change %{customdata[1]}<extra></extra>",
        mode="markers",
        marker={"symbol": symbol, "color": theme.NEW_MODEL, "size": 10, "line": {"color": theme.NEW_MODEL, "width": 2}},
    )


def _letters(outcome: Mark, pairs: list[tuple[str, Chapter]]) -> Iterator[go.Scatter]:
    """The mark itself at each point, and once in the legend, where Plotly would write "Aa"."""
    points = _points(outcome, pairs, "square")
    name = f"{outcome.symbol} {points.name}"
    letter = {"family": theme.SANS, "size": 16, "color": theme.NEW_MODEL}
    points.update(mode="text", marker=None, text=outcome.symbol, textfont=letter, showlegend=False)
    yield points
    yield go.Scatter(name=name, x=[None], y=[None], mode="markers", marker={"opacity": 0}, hoverinfo="skip")


def _range(chapters: tuple[Chapter, ...]) -> list[float]:
    both = [value for chapter in chapters for value in (chapter.production_auc, chapter.new_auc)]
    known = [value for value in both if value is not None]
    if not known:
        return [0.5, 1.0]
    room = max(NARROWEST, 0.25 * (max(known) - min(known)))
    return [max(0.0, min(known) - room), min(1.0 + NARROWEST, max(known) + room)]
