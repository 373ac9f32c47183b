"""How made-up rows are spread, beside the sample's: what a person sees before a model is shown them."""

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from testbench.schema.detect import plain
from testbench.schema.schema import Schema
from testbench.schema.values import kind_of
from testbench.synthetic.closeness import Closeness, closeness
from testbench.synthetic.generate import generate

BINS, BARS = 24, 12
"""Of a histogram, and classes that are drawn, the most frequent ones."""

MOST_DRAWN = 24
"""Columns."""


def preview(schema: Schema, rows: int, seed: int, sample: pd.DataFrame | None) -> dict[str, Any]:
    """How made-up rows are spread, beside the sample's where there is one, and how close they come. JSON types only.
    Raises SchemaError or DriftError."""
    kept = sample[[name for name in sample.columns if str(name) in schema.names]] if sample is not None else None
    made = generate(schema, rows, seed, kept)
    near = closeness(kept, made[list(kept.columns)], seed) if kept is not None and len(kept.columns) else None
    return {
        "columns": [_histogram(made[name], kept, name) for name in schema.names[:MOST_DRAWN]],
        "more_columns": max(0, len(schema.names) - MOST_DRAWN),
        "closeness": _near(near) if near is not None else None,
    }


def _near(found: Closeness) -> dict[str, Any]:
    farthest = max(found.columns, key=lambda each: each.distance)
    return {
        "auc": found.auc,
        "low": found.low,
        "high": found.high,
        "farthest": farthest.column,
        "distance": farthest.distance,
    }


def _histogram(made: pd.Series, sample: pd.DataFrame | None, name: str) -> dict[str, Any]:
    """Shares of the rows that have a value; amounts in bins between ``edges``, others by their label."""
    there = plain(sample, "sample") if sample is not None else None
    sides = [made] if there is None or name not in there else [made, there[name]]
    amounts = kind_of(made).counts and not pd.api.types.is_datetime64_any_dtype(made.dtype)
    return {"name": name, **(_bins(sides) if amounts else _bars(sides))}


def _bins(sides: list[pd.Series]) -> dict[str, Any]:
    numbers = [pd.to_numeric(side, errors="coerce").dropna().to_numpy(dtype=float) for side in sides]
    finite = [side[np.isfinite(side)] for side in numbers]
    edges = np.histogram_bin_edges(np.concatenate(finite), BINS) if any(map(len, finite)) else np.array([0.0, 1.0])
    shares = [(np.histogram(side, edges)[0] / max(len(side), 1)).tolist() for side in finite]
    return {"edges": edges.tolist(), "shares": shares}


def _bars(sides: list[pd.Series]) -> dict[str, Any]:
    counts = [dict(Counter(side.dropna().map(str))) for side in sides]
    frequent = sum((Counter(count) for count in counts), Counter()).most_common(BARS)
    labels = [label for label, _ in frequent]
    totals = [sum(count.values()) or 1 for count in counts]
    shares = [[count.get(each, 0) / total for each in labels] for count, total in zip(counts, totals, strict=True)]
    return {"labels": labels, "shares": shares}
