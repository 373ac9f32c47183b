"""Whether a column's missing values jumped, which no test of its values sees: Evidently drops them.

The rule: the share of missing values differs by at least JUMP between reference and batch, and a two-sided z-test of
the two shares gives p < SIGNIFICANCE. Such a column has drifted, whatever its values did.
"""

import math

import pandas as pd

from drift.result import ColumnDrift

JUMP = 0.10
SIGNIFICANCE = 0.01
METHOD = "change of missing share"


def jump(name: str, kind: str, reference: pd.Series, current: pd.Series) -> ColumnDrift | None:
    """The row of a column that has values on both sides; None where its missing values did not jump."""
    before, after = float(reference.isna().mean()), float(current.isna().mean())
    size = round(abs(after - before), 9)  # 0.7 - 0.6 is a hair below 0.1
    if size < JUMP or p_value(before, len(reference), after, len(current)) >= SIGNIFICANCE:
        return None
    note = f"missing values {'rose' if after > before else 'fell'} from {before:.0%} to {after:.0%}"
    return ColumnDrift(name, kind, METHOD, size, JUMP, True, note)


def p_value(before: float, reference_rows: int, after: float, current_rows: int) -> float:
    """Two-sided, with the pooled share. The shares differ, so that the pooled one is neither 0 nor 1."""
    pooled = (before * reference_rows + after * current_rows) / (reference_rows + current_rows)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / reference_rows + 1 / current_rows))
    return math.erfc(abs(after - before) / spread / math.sqrt(2))
