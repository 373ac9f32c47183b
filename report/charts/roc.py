"""One batch's ROC curves: the production model and, where one was trained, the new one on the same rows."""

import plotly.graph_objects as go

from batch_zero import formats
from metrics.roc import RocCurve
from ui import theme

POINTS = 400
"""Drawn per curve, at most: a chart has hardly more pixels across."""


def roc(production: RocCurve | None, candidate: RocCurve | None, points: int = POINTS) -> go.Figure:
    """Told apart by dash as well as colour. A curve that is None is left out."""
    traces = [_chance()]
    if production is not None:
        traces.append(_curve("Production", production, points, {"color": theme.PRODUCTION, "width": 2}))
    if candidate is not None:
        traces.append(_curve("New model", candidate, points, {"color": theme.NEW_MODEL, "width": 2, "dash": "dash"}))
    ticks = {"range": [0, 1], "tickvals": [0, 0.25, 0.5, 0.75, 1], "constrain": "domain"}
    return go.Figure(
        traces,
        theme.layout(
            height=400,
            xaxis={**ticks, "title": {"text": "False positive rate"}, "showgrid": True},
            yaxis={**ticks, "title": {"text": "True positive rate"}, "scaleanchor": "x"},
            showlegend=True,
        ),
    )


def _chance() -> go.Scatter:
    return go.Scatter(
        name="Chance",
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        hoverinfo="skip",
        line={"color": theme.GRAY, "width": 1, "dash": "dot"},
        showlegend=False,
    )


def _curve(name: str, curve: RocCurve, points: int, line: dict[str, object]) -> go.Scatter:
    kept = thinned(len(curve.fpr), points)
    return go.Scatter(
        name=f"{name} · AUC {formats.score(curve.auc)}",
        x=[round(curve.fpr[place], 4) for place in kept],
        y=[round(curve.tpr[place], 4) for place in kept],
        mode="lines",
        line=line,
        hovertemplate="FPR %{x:.3f}<br>TPR %{y:.3f}<extra></extra>",
    )


def thinned(count: int, most: int) -> list[int]:
    """Places of at most ``most`` points, evenly spread, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return [round(place * (count - 1) / (most - 1)) for place in range(most)]
