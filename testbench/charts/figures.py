"""The figure of a table, by the word for it that the table has."""

import logging
from collections.abc import Callable, Mapping

import plotly.graph_objects as go

from testbench.charts import checks, drift, explain
from testbench.findings import Table

log = logging.getLogger(__name__)

FIGURES: Mapping[str, Callable[[Table], go.Figure]] = {
    "latency": checks.latency,
    "matrix": checks.matrix,
    "confusion": checks.confusion,
    "calibration": checks.calibration,
    "simulation": drift.simulation,
    "importance": explain.importance,
    "beeswarm": explain.beeswarm,
    "waterfall": explain.waterfall,
}


def of(table: Table) -> go.Figure | None:
    """None for a table that is not drawn, or is not what it says it is: a kept one may be anybody's."""
    draw = FIGURES.get(table.chart)
    if draw is None or not table.rows:
        return None
    try:
        return draw(table)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        log.warning("the table %r is not drawn as %s: %s", table.name, table.chart, error)
        return None
