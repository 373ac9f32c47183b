"""How different a batch has to be before it counts as drifted."""

from dataclasses import dataclass

DRIFT_THRESHOLD = 0.30
"""Share of drifted columns (0..1) from which on a batch counts as drifted. Its only home."""

MIN_ROWS = 30
"""Rows that reference and batch have at least; of fewer, any test's answer is chance. Its only home."""


@dataclass(frozen=True)
class DriftPolicy:
    """The rules of one drift check.

    threshold: share of drifted columns, inclusive, from which on the batch is drifted.
    min_rows: rows that both sides need; below, the verdict is *too few rows*, neither drift nor no drift.
    The four others override Evidently's own choice of test per kind of column and that test's own limit;
    ``None`` keeps Evidently's. Methods are named as Evidently names them: "ks", "wasserstein", "psi",
    "jensenshannon", "chisquare", "z".
    """

    threshold: float = DRIFT_THRESHOLD
    numerical_method: str | None = None
    numerical_threshold: float | None = None
    categorical_method: str | None = None
    categorical_threshold: float | None = None
    min_rows: int = MIN_ROWS

    def __post_init__(self) -> None:
        if not 0.0 < self.threshold <= 1.0:
            raise ValueError(f"drift threshold: got {self.threshold!r}, expected a share above 0 and up to 1")
        if self.min_rows < 1:
            raise ValueError(f"min_rows: got {self.min_rows!r}, expected a whole number from 1 on")
