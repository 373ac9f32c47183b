"""How made-up rows are spread, beside the sample's, drawn from ``synthetic/preview.py``: the histograms of one sort,
bins of numbers or bars of labels, are on one scale."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from testbench.charts.names import names_of
from ui import theme

ROOM = 1.05
"""Above the highest bar."""

MADE, SAMPLE = ("made up", theme.BLUE), ("sample", theme.GRAY)


def histograms(columns: Sequence[Mapping[str, Any]]) -> list[go.Figure]:
    """One for each column."""
    highest = {sort: _highest(column for column in columns if _has_bins(column) is sort) for sort in (True, False)}
    return [_histogram(column, highest[_has_bins(column)]) for column in columns]


def _highest(columns: Iterable[Mapping[str, Any]]) -> float:
    return max((share for column in columns for side in column["shares"] for share in side), default=0.0) or 1.0


def _has_bins(column: Mapping[str, Any]) -> bool:
    return "edges" in column


def _histogram(column: Mapping[str, Any], highest: float) -> go.Figure:
    """Shares of the rows; the sample's as an outline over the made-up ones. highest: of all that are beside it."""
    shares, traces = column["shares"], []
    for (name, colour), heights in zip((MADE, SAMPLE), shares, strict=False):
        line = {"color": colour, "width": 1.5 if name == SAMPLE[0] else 0}
        fill = theme.CLEAR if name == SAMPLE[0] else colour
        places = {"x": _middles(column["edges"])} if _has_bins(column) else {"x": names_of(column["labels"])}
        width = {"width": [right - left for left, right in _pairs(column["edges"])]} if _has_bins(column) else {}
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
    kind = {"type": "linear"} if _has_bins(column) else {"type": "category"}
    layout = theme.layout(
        height=190,
        xaxis={**kind, "nticks": 5},
        yaxis={"tickformat": ".0%", "nticks": 4, "range": [0, ROOM * highest]},
        barmode="overlay",
        bargap=0.0 if _has_bins(column) else 0.2,
        showlegend=False,
    )
    layout.margin.update({"l": 36, "r": 4, "t": 6, "b": 24})
    return go.Figure(traces, layout)


def _pairs(edges: list[float]) -> list[tuple[float, float]]:
    return list(pairwise(edges))


def _middles(edges: list[float]) -> list[float]:
    return [(left + right) / 2 for left, right in _pairs(edges)]
