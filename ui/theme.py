"""How every chart looks: the palette, the fonts, one layout. Dark; for paper, the HTML restyles the text."""

from typing import Any

import plotly.graph_objects as go

SURFACE = "#0A0A0A"
BORDER = "#27272A"
BACKGROUND = "#09090B"
BLUE = "#3B82F6"
GREEN = "#22C55E"
RED = "#EF4444"
VIOLET = "#A78BFA"
CYAN = "#0891B2"
TEXT = "#FAFAFA"
GRAY = "#A1A1AA"

TONES = {"blue": BLUE, "green": GREEN, "red": RED, "violet": VIOLET, "cyan": CYAN, "gray": GRAY}
"""The colour of a mark's tone."""

PRODUCTION, NEW_MODEL = CYAN, VIOLET
"""Each model has one colour, in every chart."""

SANS = "Inter, system-ui, sans-serif"
MONO = "'JetBrains Mono', ui-monospace, monospace"
CLEAR = "rgba(0,0,0,0)"
CONFIG = {"displayModeBar": False, "responsive": True}

ROOMY = 6
"""Up to so many batches a label of one line fits above each of them, on a phone too."""


def layout(*, height: int, xaxis: dict[str, Any], yaxis: dict[str, Any], **more: Any) -> go.Layout:
    """No title: the heading above the chart says it. Dragging is off, so that a finger scrolls the page."""
    return go.Layout(
        template=go.layout.Template(),
        height=height,
        margin={"l": 48, "r": 12, "t": 28, "b": 36, "pad": 0},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        font={"family": SANS, "size": 12, "color": GRAY},
        hoverlabel={
            "bgcolor": SURFACE,
            "bordercolor": BORDER,
            "align": "left",
            "font": {"family": MONO, "size": 12, "color": TEXT},
        },
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"color": TEXT, "size": 12},
            "bgcolor": CLEAR,
        },
        dragmode=False,
        xaxis={**AXIS, "showgrid": False, **xaxis},
        yaxis={**AXIS, **yaxis},
        **more,
    )


AXIS: dict[str, Any] = {
    "gridcolor": BORDER,
    "linecolor": BORDER,
    "zeroline": False,
    "fixedrange": True,
    "automargin": True,
    "ticks": "",
    "title": {"standoff": 10, "font": {"size": 12, "color": GRAY}},
}


def batch_axis(numbers: list[int]) -> dict[str, Any]:
    """The axis for ``batch_names``: the numbers alone, which do not crowd on a phone, and once what they are."""
    names = batch_names(numbers)
    axis = {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": names,
        "title": {**AXIS["title"], "text": "Batch"},
    }
    if len(numbers) > 2 * ROOMY:
        return {**axis, "autotickangles": [0, -45, -90], "nticks": 20}
    return {**axis, "tickvals": names, "ticktext": [str(number) for number in numbers]}


def batch_names(numbers: list[int]) -> list[str]:
    """Batch 0, Batch 1 ...; where there are many, the number alone."""
    return [f"Batch {number}" if len(numbers) <= 2 * ROOMY else str(number) for number in numbers]
