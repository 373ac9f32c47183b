"""How fast, how robust and how good a model is: drawn from the tables of ``checks/``."""

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from batch_zero.text import as_html
from testbench.charts.names import names_of
from testbench.findings import Table
from ui import theme

CELL_PX = 28
QUANTILES = {"p50": theme.BLUE, "p95": theme.VIOLET, "p99": theme.GRAY}
OUTCOMES = {"answers": (1.0, "✓"), "refuses": (0.5, "–"), "breaks": (0.0, "✕")}
"""How each is drawn: where on the scale of colours, and its mark."""

SCALE = [[0, "#7F1D1D"], [0.5, "#3F3F46"], [1, "#14532D"]]
BLUES = [[0, theme.SURFACE], [1, theme.BLUE]]


def latency(table: Table) -> go.Figure:
    """Milliseconds by rows at once, both on scales of powers of ten, with their intervals."""
    sizes = [f"{row[0]:,}" for row in table.rows]
    traces = []
    for place, (name, colour) in enumerate(QUANTILES.items()):
        values, lows, highs = ([row[2 + 3 * place + more] for row in table.rows] for more in range(3))
        traces.append(
            go.Scatter(
                x=sizes,
                y=values,
                name=name,
                mode="lines+markers",
                line={"color": colour, "width": 2},
                marker={"size": 7},
                error_y={
                    "type": "data",
                    "array": _beyond(highs, values),
                    "arrayminus": _beyond(values, lows),
                    "color": colour,
                    "thickness": 1,
                    "width": 3,
                },
                hovertemplate=f"{name} with %{{x}} rows at once<br>%{{y:.3g}} ms<extra></extra>",
            )
        )
    xaxis = {"type": "category", "title": {"text": "Rows at once"}}
    yaxis = {"type": "log", "title": {"text": "Milliseconds (log scale)"}, **_ticks(table)}
    return go.Figure(traces, theme.layout(height=320, xaxis=xaxis, yaxis=yaxis))


def _ticks(table: Table) -> dict[str, Any]:
    """1, 2 and 5 of every power of ten: Plotly itself writes 2 for 20."""
    values = [value for row in table.rows for value in row[2:11] if value]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    ticks = [digit * 10.0**power for power in range(low - 1, high + 1) for digit in (1, 2, 5)]
    return {"tickvals": ticks, "ticktext": [f"{tick:,.10g}" for tick in ticks]}


def _beyond(ends: Sequence[float | None], values: Sequence[float | None]) -> list[float]:
    """How far each end lies from its value; 0 where one of them is not known."""
    pairs = zip(ends, values, strict=True)
    return [max(0.0, end - value) if end is not None and value is not None else 0.0 for end, value in pairs]


def matrix(table: Table) -> go.Figure:
    """A cell for each feature and odd value: answered, refused or broken; empty where that case does not apply."""
    tried = [place for place in range(1, len(table.columns)) if any(row[place] for row in table.rows)]
    cases = [as_html(table.columns[place]) for place in tried]
    names = names_of([row[0] for row in table.rows])
    told = [[row[place] for place in tried] for row in table.rows]
    known = [[OUTCOMES.get(cell) for cell in row] for row in told]
    cells = go.Heatmap(
        x=cases,
        y=names,
        z=[[cell[0] if cell else None for cell in row] for row in known],
        text=[[cell[1] if cell else "" for cell in row] for row in known],
        texttemplate="%{text}",
        textfont={"color": theme.TEXT, "size": 13},
        customdata=[[cell if cell in OUTCOMES else "" for cell in row] for row in told],
        hovertemplate="%{y}: %{x}<br>the model %{customdata}<extra></extra>",
        colorscale=SCALE,
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverongaps=False,
    )
    xaxis = {"type": "category", "side": "top", "tickangle": -35}
    yaxis = {"type": "category", "autorange": "reversed", "showgrid": False}
    return go.Figure(cells, theme.layout(height=120 + CELL_PX * len(names), xaxis=xaxis, yaxis=yaxis))


def confusion(table: Table) -> go.Figure:
    """Rows by their true class and by the predicted one; the colour is the share of the true class."""
    classes = names_of(table.columns[1:])
    counts = [list(row[1:]) for row in table.rows]
    shares = [[count / (sum(row) or 1) for count in row] for row in counts]
    cells = go.Heatmap(
        x=classes,
        y=classes,
        z=shares,
        text=[[f"{count:,}" for count in row] for row in counts],
        texttemplate="%{text}",
        textfont={"family": theme.MONO, "color": theme.TEXT, "size": 12},
        hovertemplate="truly %{y}, predicted %{x}<br>%{text} rows, %{z:.1%} of the class<extra></extra>",
        colorscale=BLUES,
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=2,
        ygap=2,
    )
    xaxis = {"type": "category", "title": {"text": "Predicted class"}}
    yaxis = {"type": "category", "autorange": "reversed", "showgrid": False, "title": {"text": "True class"}}
    return go.Figure(cells, theme.layout(height=170 + CELL_PX * len(classes), xaxis=xaxis, yaxis=yaxis))


def calibration(table: Table) -> go.Figure:
    """What was said beside what came; on the gray line both are the same."""
    said, came, rows = ([row[place] for row in table.rows] for place in range(3))
    ideal = go.Scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": theme.GRAY, "dash": "dot", "width": 1}, hoverinfo="skip"
    )
    found = go.Scatter(
        x=said,
        y=came,
        mode="lines+markers",
        line={"color": theme.BLUE, "width": 2},
        marker={"size": 8},
        customdata=rows,
        hovertemplate="said %{x:.3f}, came %{y:.3f}<br>%{customdata:,} rows<extra></extra>",
    )
    span = [-0.02, 1.02]
    layout = theme.layout(
        height=340,
        xaxis={"title": {"text": "Probability that the model gives"}, "range": span},
        yaxis={"title": {"text": "Share that came true"}, "range": span},
        showlegend=False,
    )
    return go.Figure([ideal, found], layout)
