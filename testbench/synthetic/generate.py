"""Rows of a schema, drawn at random: like a sample's where there is one."""

import numpy as np
import pandas as pd

from batch_zero.errors import expected
from batch_zero.formats import counted
from testbench.schema.detect import plain
from testbench.schema.errors import SchemaError
from testbench.schema.schema import Column, Schema
from testbench.schema.values import kind_of, ranks
from testbench.synthetic.copula import shares
from testbench.synthetic.marginals import values

MOST_VALUES = 50_000_000
"""Rows times columns."""


def generate(schema: Schema, rows: int, seed: int, sample: pd.DataFrame | None = None) -> pd.DataFrame:
    """The schema's columns in its order; the same rows for the same seed.

    With a sample, rank correlations and dtypes are the sample's, and so are the values where the schema has no
    distribution, or one that was read off a sample; a share of missing values that is the sample's falls on rows like
    those that lack them there. Without one, columns know nothing of each other, and where nothing is written values
    are even over the range. Raises SchemaError for what cannot be drawn, DriftError for a sample that is none.

    >>> from testbench.schema.detect import from_sample
    >>> sample = pd.DataFrame({"age": [17, 30, 41, 60], "drives": [False, True, True, True]})
    >>> made = generate(from_sample(sample), 1_000, seed=0, sample=sample)
    >>> made.age.max(), made.drives.dtype, bool(made.drives.mean() > 0.6)
    (np.int64(60), dtype('bool'), True)
    """
    _check(schema, rows, seed)
    rng = np.random.default_rng(seed)
    named = None if sample is None else plain(sample, "sample")
    known = {} if named is None else {name: named[name] for name in schema.names if name in named.columns}
    for column in known.values():
        kind_of(column)
    where, gaps = _shares(schema, known, rows, rng)
    drawn = {
        column.name: _with_gaps(column, values(column, known.get(column.name), where[:, place]), gaps[:, place])
        for place, column in enumerate(schema.columns)
    }
    return pd.DataFrame(drawn)


def _check(schema: Schema, rows: int, seed: int) -> None:
    most = MOST_VALUES // len(schema.columns)
    if not 0 < rows <= most:
        raise SchemaError(expected("rows", rows, f"1 to {most:,} rows of {counted(len(schema.columns), 'column')}"))
    if seed < 0:
        raise SchemaError(expected("seed", seed, "a whole number from 0 on"))


def _shares(
    schema: Schema, known: dict[str, pd.Series], rows: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Where in its column each value stands, and where it does by whether it is missing: what is there comes first."""
    columns = [(place, column) for place, column in enumerate(schema.columns) if column.name in known]
    lacking = [place for place, column in columns if column.missing > 0]
    where, gaps = rng.random((rows, len(schema.columns))), rng.random((rows, len(schema.columns)))
    if columns:
        found = [ranks(known[column.name], column.kind) for _, column in columns]
        gone = [found[at] < 0 for at, (_, column) in enumerate(columns) if column.missing > 0]
        joint = shares(np.column_stack([*found, *gone]).astype(np.int64), rows, rng)
        where[:, [place for place, _ in columns]] = joint[:, : len(columns)]
        gaps[:, lacking] = joint[:, len(columns) :]
    return where, gaps


def _with_gaps(column: Column, found: pd.Series, gap: np.ndarray) -> pd.Series:
    missing = gap >= 1 - column.missing
    return found.mask(missing) if missing.any() else found
