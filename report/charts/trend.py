"""AUC over the batches: the model in production, and the new models that were held against it."""

import plotly.graph_objects as go

from report import formats
from report.charts import theme
from report.story import Chapter, Story

NARROWEST = 0.01
"""Room above and below the points, at least: a thousandth more or less must not look like a cliff."""


def auc_trend(story: Story) -> go.Figure:
    """Line: production, with gaps where it is not known. Points: new models, filled where they were deployed,
    gray where that is not known."""
    chapters = story.chapters
    names = theme.batch_names([chapter.batch for chapter in chapters])
    trained = [
        (name, chapter) for name, chapter in zip(names, chapters, strict=True) if _candidate(chapter) is not None
    ]
    deployed = [pair for pair in trained if pair[1].deployed]
    held = [pair for pair in trained if not pair[1].deployed and not pair[1].undecided]
    undecided = [pair for pair in trained if pair[1].undecided]
    traces = [_production(names, chapters)]
    traces += [_points("New model, deployed", deployed, "triangle-up", theme.GREEN)] if deployed else []
    traces += [_points("New model, not deployed", held, "square-open", theme.ORANGE)] if held else []
    traces += [_points("New model, decision not known", undecided, "diamond-open", theme.GRAY)] if undecided else []
    return go.Figure(
        traces,
        theme.layout(
            height=320,
            xaxis={**theme.batch_axis(len(chapters)), "categoryorder": "array", "categoryarray": names},
            yaxis={"range": _range(chapters), "tickformat": ".2f", "nticks": 6, "title": {"text": "AUC"}},
            showlegend=True,
        ),
    )


def _production(names: list[str], chapters: tuple[Chapter, ...]) -> go.Scatter:
    values = [chapter.production_auc for chapter in chapters]
    return go.Scatter(
        name="Production model",
        x=names,
        y=values,
        customdata=[formats.score(value) for value in values],
        hovertemplate="%{x}<br>production AUC %{customdata}<extra></extra>",
        mode="lines+markers",
        connectgaps=False,
        line={"color": theme.BLUE, "width": 2},
        marker={"color": theme.BLUE, "size": 7},
    )


def _points(name: str, pairs: list[tuple[str, Chapter]], symbol: str, colour: str) -> go.Scatter:
    return go.Scatter(
        name=name,
        x=[batch for batch, _ in pairs],
        y=[_candidate(chapter) for _, chapter in pairs],
        customdata=[[formats.score(_candidate(chapter)), formats.change(chapter.gain("auc"))] for _, chapter in pairs],
        hovertemplate="%{x}<br>new model AUC %{customdata[0]}<br>change %{customdata[1]}<extra></extra>",
        mode="markers",
        marker={"symbol": symbol, "color": colour, "size": 11, "line": {"color": colour, "width": 2}},
    )


def _candidate(chapter: Chapter) -> float | None:
    return chapter.candidate.auc if chapter.candidate is not None else None


def _range(chapters: tuple[Chapter, ...]) -> list[float]:
    both = [value for chapter in chapters for value in (chapter.production_auc, _candidate(chapter))]
    known = [value for value in both if value is not None]
    if not known:
        return [0.5, 1.0]
    room = max(NARROWEST, 0.25 * (max(known) - min(known)))
    return [max(0.0, min(known) - room), min(1.0 + NARROWEST, max(known) + room)]
