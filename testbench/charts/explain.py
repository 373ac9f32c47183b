"""What moves a model's answers, drawn from the tables of ``testbench/checks/explain.py``."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from batch_zero import formats
from batch_zero.text import as_html, shortened
from testbench.charts.names import distinct, name_of, names_of
from testbench.findings import Table
from ui import theme

BARS, SWARMS = 20, 12
BAR_PX = 26
COLUMN_PX = 76
"""For the numbers beside a chart."""

BINS, SPREAD = 60, 0.38
"""Of a swarm: columns along the axis, and how far its widest one reaches to either side."""

TEXTS = 12
"""Categories on an axis; the others are put together."""

LOW, MIDDLE, HIGH = theme.BLUE, theme.VIOLET, theme.RED
"""Of a feature's own value."""


def importance(table: Table) -> go.Figure:
    """One bar for each of the first features, with its interval."""
    rows = table.rows[:BARS]
    names = names_of([row[0] for row in rows])
    means, lows, highs = ([row[place] for row in rows] for place in (1, 2, 3))
    known = [low is not None and high is not None for low, high in zip(lows, highs, strict=True)]
    bars = go.Bar(
        y=names,
        x=means,
        orientation="h",
        marker={"color": theme.BLUE, "cornerradius": 4, "line": {"width": 0}},
        error_x={
            "type": "data",
            "array": [high - mean if ok else 0 for mean, high, ok in zip(means, highs, known, strict=True)],
            "arrayminus": [mean - low if ok else 0 for mean, low, ok in zip(means, lows, known, strict=True)],
            "color": theme.TEXT,
            "thickness": 1,
            "width": 3,
        },
        hovertemplate="%{y}<br>mean |SHAP| %{x:.4g}<extra></extra>",
    )
    return go.Figure(bars, _rows_layout(names, "Mean |SHAP value|"))


def beeswarm(table: Table) -> go.Figure:
    """One point for each row and feature; its colour is the feature's value, gray where that has no order."""
    features = list(dict.fromkeys(row[1] for row in table.rows))[:SWARMS]
    names = names_of(features)
    traces = []
    for place, feature in enumerate(features):
        rows = [row for row in table.rows if row[1] == feature]
        shap = np.array([row[3] for row in rows])
        traces.append(
            go.Scatter(
                x=shap,
                y=place + jitter(shap),
                mode="markers",
                marker={"size": 5, "opacity": 0.8, **_colours([row[2] for row in rows])},
                customdata=[[row[0], _told(row[2]), names[place]] for row in rows],
                hovertemplate="%{customdata[2]} = %{customdata[1]}<br>SHAP %{x:.4g}<br>row %{customdata[0]}"
                "<extra></extra>",
                showlegend=False,
            )
        )
    layout = _rows_layout(names, "SHAP value")
    layout.yaxis.update(
        type="linear", tickvals=list(range(len(names))), ticktext=names, range=[len(names) - 0.4, -0.6], autorange=None
    )
    layout.xaxis.update(zeroline=True, zerolinecolor=theme.GRAY)
    return go.Figure(traces, layout)


def dependence(table: Table, feature: str) -> go.Figure:
    """How the SHAP value of one feature goes with its own value."""
    rows = [row for row in table.rows if row[1] == feature and row[2] is not None]
    numbers = all(_is_number(row[2]) for row in rows)
    told = [row[2] if numbers else _told(row[2]) for row in rows]
    if not numbers:
        told = _few(told)
    points = go.Scatter(
        x=told,
        y=[row[3] for row in rows],
        mode="markers",
        marker={"size": 6, "opacity": 0.7, "color": theme.BLUE},
        customdata=[row[0] for row in rows],
        hovertemplate="%{x}<br>SHAP %{y:.4g}<br>row %{customdata}<extra></extra>",
        showlegend=False,
    )
    title = {"text": name_of(feature)}
    return go.Figure(
        points,
        theme.layout(
            height=320,
            xaxis={"type": "linear" if numbers else "category", "title": title},
            yaxis={"title": {"text": "SHAP value"}, "zeroline": True, "zerolinecolor": theme.GRAY},
        ),
    )


def waterfall(table: Table) -> go.Figure:
    """From the base to the output of one row. These two are points: the axis need not begin at 0, and a bar's length
    would say that it does."""
    labels = [name_of(name) if value is None else f"{name_of(name)} = {_told(value)}" for name, value, _ in table.rows]
    names = distinct(labels)
    numbers = [row[2] for row in table.rows]
    texts = [
        formats.score(number, None) if place in {0, len(numbers) - 1} else formats.change(number, None)
        for place, number in enumerate(numbers)
    ]
    steps = go.Waterfall(
        orientation="h",
        y=names[1:-1],
        x=numbers[1:-1],
        base=numbers[0],
        measure=["relative"] * (len(numbers) - 2),
        customdata=texts[1:-1],
        increasing={"marker": {"color": HIGH}},
        decreasing={"marker": {"color": LOW}},
        connector={"line": {"color": theme.BORDER, "width": 1}},
        hovertemplate="%{y}<br>%{customdata}<extra></extra>",
    )
    ends = go.Scatter(
        x=[numbers[0], numbers[-1]],
        y=[names[0], names[-1]],
        customdata=[texts[0], texts[-1]],
        mode="markers",
        marker={"symbol": "diamond", "size": 11, "color": theme.GRAY},
        hovertemplate="%{y}<br>%{customdata}<extra></extra>",
    )
    what = table.name.partition(": ")[2] or "output"
    layout = _rows_layout(names, f"{as_html(shortened(what, 80))}: red raises it, blue lowers it")
    layout.xaxis.range = _around(numbers)
    layout.margin.r = COLUMN_PX
    layout.annotations = [_beside(name, text) for name, text in zip(names, texts, strict=True)]
    layout.yaxis.update(categoryorder="array", categoryarray=names)
    return go.Figure([steps, ends], layout)


def _beside(name: str, text: str) -> go.layout.Annotation:
    """In a column of its own, where it meets neither a bar nor a name, however narrow the chart is."""
    return go.layout.Annotation(
        x=1,
        xref="paper",
        xanchor="left",
        xshift=6,
        y=name,
        text=text,
        showarrow=False,
        font={"family": theme.MONO, "size": 11, "color": theme.TEXT},
    )


def jitter(values: np.ndarray) -> np.ndarray:
    """How far each point is moved aside, so that where many are the swarm is wide: within a bin they stand to both
    sides in turn, and the fullest bin reaches ``SPREAD``.

    >>> jitter(np.array([0.0, 0.0, 0.0, 1.0])).round(2).tolist()
    [0.0, -0.38, 0.38, 0.0]
    """
    span = np.ptp(values)
    bins = np.zeros(len(values), dtype=int) if span == 0 else ((values - values.min()) / span * BINS).astype(int)
    moved = np.zeros(len(values))
    for number in np.unique(bins):
        places = np.flatnonzero(bins == number)
        steps = np.arange(1, len(places) + 1) // 2
        moved[places] = np.where(np.arange(len(places)) % 2 == 0, steps, -steps)
    widest = np.abs(moved).max()
    return moved * (SPREAD / widest) if widest else moved


def _around(numbers: Sequence[float]) -> list[float]:
    """Room for every step."""
    levels = [*np.cumsum(numbers[:-1]).tolist(), numbers[-1]]
    low, high = min(levels), max(levels)
    room = 0.05 * (high - low) or abs(high) / 2 or 1.0
    return [low - room, high + room]


def _rows_layout(names: Sequence[str], title: str) -> go.Layout:
    """A row for each name, the first one at the top."""
    return theme.layout(
        height=96 + BAR_PX * len(names),
        xaxis={"title": {"text": title}, "showgrid": True},
        yaxis={"type": "category", "autorange": "reversed", "showgrid": False},
        showlegend=False,
    )


def _colours(values: list[Any]) -> dict[str, Any]:
    """By the rank of a number among the different numbers of the feature, which no single great one outshines: the
    least is always blue, the greatest red."""
    if not all(value is None or isinstance(value, int | float) for value in values):
        return {"color": theme.GRAY}
    numbers = np.array([np.nan if value is None else float(value) for value in values])
    known = np.isfinite(numbers)
    if not known.any():
        return {"color": theme.GRAY}
    different = np.unique(numbers[known])
    ranks = np.searchsorted(different, numbers) / max(len(different) - 1, 1)
    return {
        "color": np.where(known, ranks, 0.5),
        "cmin": 0,
        "cmax": 1,
        "colorscale": [[0, LOW], [0.5, MIDDLE], [1, HIGH]],
        "showscale": False,
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _told(value: Any) -> str:
    if value is None:
        return "missing"
    return formats.datum(value) if _is_number(value) else name_of(str(value))


def _few(labels: list[str]) -> list[str]:
    kept = sorted(set(labels), key=lambda label: -labels.count(label))[:TEXTS]
    return [label if label in kept else "others" for label in labels]
