"""How made-up rows are spread, beside the sample's, drawn from ``synthetic/preview.py``."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from testbench.charts.names import names_of
from ui import theme

MADE, SAMPLE = ("made up", theme.BLUE), ("sample", theme.GRAY)


def histogram(column: Mapping[str, Any]) -> go.Figure:
    """Shares of the rows; the sample's as an outline over the made-up ones."""
    shares, traces = column["shares"], []
    for (name, colour), heights in zip((MADE, SAMPLE), shares, strict=False):
        line = {"color": colour, "width": 1.5 if name == SAMPLE[0] else 0}
        fill = theme.CLEAR if name == SAMPLE[0] else colour
        places = {"x": _middles(column["edges"])} if "edges" in column else {"x": names_of(column["labels"])}
        width = {"width": [right - left for left, right in _pairs(column["edges"])]} if "edges" in column else {}
        traces.append(
            go.Bar(
                **places,
                **width,
                y=heights,
                name=name,
                marker={"color": fill, "line": line},
                hovertemplate=f"{name}: %{{y:.1%}}<extra></extra>",
            )
        )
    kind = {"type": "linear"} if "edges" in column else {"type": "category"}
    layout = theme.layout(
        height=190,
        xaxis={**kind, "nticks": 5},
        yaxis={"tickformat": ".0%", "nticks": 4},
        barmode="overlay",
        bargap=0.0 if "edges" in column else 0.2,
        showlegend=False,
    )
    layout.margin.update({"l": 36, "r": 4, "t": 6, "b": 24})
    return go.Figure(traces, layout)


def _pairs(edges: list[float]) -> list[tuple[float, float]]:
    return list(pairwise(edges))


def _middles(edges: list[float]) -> list[float]:
    return [(left + right) / 2 for left, right in _pairs(edges)]
