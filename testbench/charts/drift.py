"""What drift does to a model, drawn from the table of ``checks/simulation.py``: a panel for each kind of drift, all on
one scale, so that a line that lies higher is more in every panel."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from batch_zero import formats
from batch_zero.text import as_html
from testbench.checks.simulation import MAJOR, MEANINGS, leaves_nothing
from testbench.findings import Table
from ui import theme

PANEL_PX = 210
LEAST, MOST = -0.05, 1.08
"""Where an axis begins and ends, as shares of its highest value: room for the markers."""

BEYOND = 8 * MAJOR
"""The axis ends there at the latest: beyond, a point stands at its end, with its number."""

Row = Sequence[Any]
"""Drift, strength, PSI, Jensen-Shannon distance, change of classes, of quality, drift share, alarm, fault, what was
changed, which tests that were kept earlier lack."""


def simulation(table: Table) -> go.Figure:
    """What the answers do by the strength of each drift, beside what the detector says of it. ``table.limit``: the
    drift share from which on the alarm rings; one that was kept before it was stored draws no line there."""
    moves = list(dict.fromkeys(row[0] for row in table.rows))
    highest = _highest(table.rows)
    figure = make_subplots(
        rows=len(moves),
        cols=1,
        shared_xaxes=True,
        specs=[[{"secondary_y": True}]] * len(moves),
        subplot_titles=[_title(move) for move in moves],
        vertical_spacing=0.32 / max(len(moves), 1),
    )
    for place, move in enumerate(moves, 1):
        rows = [row for row in table.rows if row[0] == move]
        for trace, is_second in _panel(rows, table.limit, highest):
            trace.update(showlegend=place == 1, legendgroup=trace.name)
            figure.add_trace(trace, row=place, col=1, secondary_y=is_second)
    _lay_out(figure, len(moves), highest, table.limit)
    return figure


def _title(move: str) -> str:
    """With what its strength is measured in."""
    unit = f"<br><sup>strength 1: {as_html(MEANINGS[move](1.0))}</sup>" if move in MEANINGS else ""
    return f"{as_html(move.capitalize())}{unit}"


def _lay_out(figure: go.Figure, panels: int, highest: float, limit: float | None) -> None:
    layout = theme.layout(height=110 + PANEL_PX * panels, xaxis={}, yaxis={})
    kept = ("template", "height", "margin", "paper_bgcolor", "plot_bgcolor", "font", "hoverlabel", "legend", "dragmode")
    figure.update_layout({name: layout[name] for name in kept})
    figure.update_layout(margin={"t": 84, "r": 48}, legend={"y": 1 + 40 / (PANEL_PX * panels)})
    figure.update_xaxes({**theme.AXIS, "showgrid": False})
    figure.update_yaxes({**theme.AXIS, "range": [LEAST * highest, MOST * highest], "nticks": 4}, secondary_y=False)
    ticks = [0, 0.5, 1] if limit is None else [0, limit, 1]
    shares = {"range": [LEAST, MOST], "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks], "showgrid": False}
    figure.update_yaxes({**theme.AXIS, **shares}, secondary_y=True)
    figure.update_xaxes(title_text="Strength of the drift", row=panels, col=1)
    figure.update_yaxes(title_text="PSI", secondary_y=False)
    figure.update_yaxes(title_text="Drift share", secondary_y=True)
    figure.update_annotations(font={"size": 13, "color": theme.TEXT})


def _highest(rows: Sequence[Row]) -> float:
    """PSI of all panels, and no less than what is commonly called much. What left nothing of a column does not count,
    and what is very much is not told apart."""
    known = [row for row in rows if row[2] is not None and math.isfinite(row[2]) and not leaves_nothing(row[0], row[1])]
    return min(BEYOND, max([MAJOR, *(float(row[2]) for row in known)]))


def _panel(rows: Sequence[Row], limit: float | None, highest: float) -> Iterator[tuple[go.Scatter, bool]]:
    """Each trace, and whether it is on the axis of the drift share."""
    strengths = [row[1] for row in rows]
    yield _answers(rows, strengths, highest), False
    yield _alarms(rows, strengths), True
    yield _line(strengths, MAJOR, f"PSI {MAJOR:g}: much", theme.BLUE), False
    if limit is not None:
        yield _line(strengths, limit, f"alarm from {formats.threshold(limit)} on", theme.RED), True


def _answers(rows: Sequence[Row], strengths: list[float], highest: float) -> go.Scatter:
    """A point beyond the axis stands at its end, and its number beside it."""
    found = [row[2] for row in rows]
    beyond = [value is not None and value > highest for value in found]
    return go.Scatter(
        x=strengths,
        y=[highest if over else value for value, over in zip(found, beyond, strict=True)],
        name="PSI of the answers",
        mode="lines+markers+text",
        text=[f"{value:.3g}" if over else "" for value, over in zip(found, beyond, strict=True)],
        textposition="bottom left",
        textfont={"size": 11, "color": theme.TEXT},
        line={"color": theme.BLUE, "width": 2},
        marker={"size": 7, "symbol": ["arrow-up" if over else "circle" for over in beyond]},
        customdata=["" if value is None else f"{value:.3g}" for value in found],
        hovertemplate="strength %{x:g}<br>PSI of the answers %{customdata}<extra></extra>",
    )


def _alarms(rows: Sequence[Row], strengths: list[float]) -> go.Scatter:
    return go.Scatter(
        x=strengths,
        y=[row[6] for row in rows],
        name="drift share (filled: alarm)",
        mode="lines+markers",
        line={"color": theme.RED, "width": 2, "dash": "dot"},
        marker={"size": 9, "symbol": ["triangle-up" if row[7] else "triangle-up-open" for row in rows]},
        customdata=[_told(row[7]) for row in rows],
        hovertemplate="strength %{x:g}<br>drift share %{y:.2f}: %{customdata}<extra></extra>",
    )


def _line(strengths: list[float], at: float, name: str, colour: str) -> go.Scatter:
    """Across the panel."""
    ends = [min(strengths), max(strengths)]
    line = {"color": colour, "width": 1, "dash": "dash"}
    return go.Scatter(x=ends, y=[at, at], name=name, mode="lines", line=line, opacity=0.7, hoverinfo="skip")


def _told(rings: bool | None) -> str:
    return "not known" if rings is None else "the alarm rings" if rings else "no alarm"
