"""What a drift check found: a verdict per column, the share of drifted ones, and the one verdict on the batch."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import NoneType
from typing import Any

from drift.policy import MIN_ROWS

TOO_FEW_ROWS = "too_few_rows"
"""The verdict that is neither drift nor no drift, as it is stored."""


def is_detected(share: float, threshold: float) -> bool:
    """Whether a drift share counts as drift: the threshold itself does. The only comparison of the two."""
    return share >= threshold


def too_few(rows: int, min_rows: int) -> bool:
    """Whether a table has too few rows to tell drift by. The only comparison of the two."""
    return rows < min_rows


@dataclass(frozen=True)
class ColumnDrift:
    """One column's verdict.

    A column whose missing values jumped has a second row of its own, with ``drift.missing.METHOD`` as its method.

    kind: "numerical" or "categorical".
    method, statistic, threshold: the test as Evidently names it, its value and its limit. For p-values a small
    statistic means drift, for distances a large one. All three are None where no test could be run.
    drifted: None where the question does not apply (see ``note``); such columns are outside the share.
    note: what a reader should know about the comparison ("2 new categories: ..."), else empty.
    """

    column: str
    kind: str
    method: str | None
    statistic: float | None
    threshold: float | None
    drifted: bool | None
    note: str = ""


@dataclass(frozen=True)
class DriftResult:
    """A batch held against its reference.

    threshold, min_rows: the drift threshold and the fewest rows that were in force.
    ignored: columns that only the batch has; they were not looked at.
    """

    columns: tuple[ColumnDrift, ...]
    threshold: float
    reference_rows: int
    current_rows: int
    ignored: tuple[str, ...] = ()
    min_rows: int = MIN_ROWS

    @property
    def drifted_columns(self) -> int:
        """Columns whose values or whose missing values drifted; one that did both ways counts once."""
        return len({column.column for column in self.columns if column.drifted is True})

    @property
    def total_columns(self) -> int:
        """Columns with a verdict: the denominator of the share."""
        return len({column.column for column in self.columns if column.drifted is not None})

    @property
    def share(self) -> float:
        """Drifted columns / columns with a verdict, 0..1."""
        return self.drifted_columns / self.total_columns

    @property
    def too_few_rows(self) -> bool:
        return any(too_few(rows, self.min_rows) for rows in (self.reference_rows, self.current_rows))

    @property
    def detected(self) -> bool | None:
        """None where there are too few rows to tell."""
        return None if self.too_few_rows else is_detected(self.share, self.threshold)

    def to_dict(self) -> dict[str, Any]:
        """Everything, as plain JSON types; what the pipeline stores and `python -m drift --json` writes."""
        return {
            "drift_share": self.share,
            "drift_threshold": self.threshold,
            "drift_detected": self.detected,
            "drift_verdict": {True: "drift", False: "no_drift", None: TOO_FEW_ROWS}[self.detected],
            "min_rows": self.min_rows,
            "drifted_columns": self.drifted_columns,
            "total_columns": self.total_columns,
            "reference_rows": self.reference_rows,
            "current_rows": self.current_rows,
            "ignored": list(self.ignored),
            "columns": [asdict(column) for column in self.columns],
        }


def columns_from_dict(data: Mapping[str, Any]) -> tuple[ColumnDrift, ...]:
    """The per-column verdicts of a stored ``to_dict``; raises ValueError where the text is not one."""
    try:
        return tuple(map(_column, data["columns"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a per-column drift result: {error}") from error


def _column(row: Mapping[str, Any]) -> ColumnDrift:
    """Other tools write such files as well, and Python's types do not hold by themselves."""
    given = {name: row[name] for name in _TYPES if name in row}
    for name, value in given.items():
        if not isinstance(value, _TYPES[name]) or (isinstance(value, bool) and name != "drifted"):
            raise TypeError(f"{name}: got {value!r:.80}")
    return ColumnDrift(**given)


_TYPES: dict[str, tuple[type, ...]] = {
    "column": (str,),
    "kind": (str,),
    "method": (str, NoneType),
    "statistic": (int, float, NoneType),
    "threshold": (int, float, NoneType),
    "drifted": (bool, NoneType),
    "note": (str,),
}
