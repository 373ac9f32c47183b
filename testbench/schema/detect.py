"""The schema of a table that is at hand, or of what a model says of itself."""

import math

import numpy as np
import pandas as pd

from batch_zero.errors import expected
from batch_zero.text import shortened
from drift.schema import with_plain_names
from sandbox.description import Column as Described
from sandbox.description import Description
from testbench.schema.distributions import Quantiles, Weights
from testbench.schema.errors import SchemaError
from testbench.schema.schema import LONGEST_NAME, MOST_CLASSES, MOST_COLUMNS, Column, Kind, Schema
from testbench.schema.values import amounts, kind_of, levels

STEPS = 21
"""Quantiles that are kept of a column of numbers: one in each 5 % of the rows."""

KINDS_OF_MODELS = {
    "numbers": Kind.FLOAT,
    "whole numbers": Kind.INT,
    "truth values": Kind.BOOLEAN,
    "text": Kind.TEXT,
    "times": Kind.DATETIME,
}


def from_sample(frame: pd.DataFrame) -> Schema:
    """The columns as the table has them; infinite values count as missing. Raises SchemaError or DriftError for an
    empty table, a name that comes twice, and values that no model is shown.

    >>> for column in from_sample(pd.DataFrame({"age": [17, 30, 41], "sex": ["f", None, "m"]})).columns:
    ...     print(column.name, column.kind, column.low, column.high, column.classes, round(column.missing, 2))
    age int 17.0 41.0 () 0.0
    sex categorical None None ('f', 'm') 0.33
    """
    named = plain(frame, "sample")
    return Schema(tuple(_column(str(name), column) for name, column in named.items()))


def plain(frame: pd.DataFrame, what: str) -> pd.DataFrame:
    """The table with texts for names. Raises SchemaError or DriftError as ``from_sample`` does. what: in a sentence."""
    for name in frame.columns:
        if len(str(name)) > LONGEST_NAME:
            got = shortened(str(name))
            raise SchemaError(expected(f"the {what}", got, f"names of columns of up to {LONGEST_NAME} characters"))
    if len(frame.columns) > MOST_COLUMNS:
        raise SchemaError(f"the {what} has {len(frame.columns):,} columns, expected up to {MOST_COLUMNS:,}")
    return with_plain_names(frame, what)


def _column(name: str, column: pd.Series) -> Column:
    kind = kind_of(column)
    if kind.counts:
        return _of_amounts(name, kind, amounts(column, kind))
    missing = float(column.isna().mean())
    if kind is Kind.TEXT:
        return Column(name, kind, missing=missing)
    found = levels(column)
    counts = np.bincount(found.codes[found.codes >= 0], minlength=len(found.labels))
    if kind is Kind.BOOLEAN:
        share = dict(zip(found.labels, counts, strict=True))
        counts = np.array([share.get(False, 0), share.get(True, 0)])
    return Column(
        name,
        kind,
        classes=() if kind is Kind.BOOLEAN else found.labels,
        missing=missing,
        distribution=Weights(weights=tuple(counts.astype(float))) if counts.any() else None,
    )


def _of_amounts(name: str, kind: Kind, found: np.ndarray) -> Column:
    present = found[~np.isnan(found)]
    missing = 1 - len(present) / len(found)
    if not len(present):
        return Column(name, kind, missing=missing)
    steps = np.quantile(present, np.linspace(0, 1, STEPS), method="inverted_cdf")
    spread = None if kind is Kind.DATETIME else Quantiles(values=tuple(steps.tolist()))
    return Column(name, kind, float(steps[0]), float(steps[-1]), missing=missing, distribution=spread)


def from_model(description: Description) -> Schema | None:
    """What the model knows of its columns: no ranges and no shares, and a number where it knows the name alone. None
    where it knows no names. Raises SchemaError where its words fit no table, such as a name that comes twice, or tell
    of some of its columns only."""
    if not description.features:
        return None
    if (count := description.feature_count or 0) > len(description.features):
        raise SchemaError(
            f"the model takes {count:,} columns, and rows are made up of {len(description.features):,} at most; "
            "expected a sample of its rows (CSV or Parquet)"
        )
    known = {column.name: column for column in description.columns or ()}
    return Schema(tuple(_described(name, known.get(name)) for name in description.features))


def _described(name: str, column: Described | None) -> Column:
    if column is None:
        return Column(name, Kind.FLOAT)
    met = tuple(
        each for each in column.categories or () if not isinstance(each, float) or math.isfinite(each)
    )  # NaN: a gap
    if met and column.kind != "truth values" and len(met) <= MOST_CLASSES:
        return Column(name, Kind.CATEGORICAL, classes=met)
    return Column(name, Kind.FLOAT if column.kind is None else KINDS_OF_MODELS[column.kind])
