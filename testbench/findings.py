"""What a test of a model found: plain data, the same for every check, from which page, files, runs and verdicts are
made."""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import isfinite
from typing import Any

from metrics.intervals import Interval


class State(StrEnum):
    """FAILED: the model does not work: it could not be checked, or its answers are none. SKIPPED: there was nothing to
    check."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


TIMES = {"ms", "rows/s"}
"""Units of what is timed, call by call."""


@dataclass(frozen=True)
class Measure:
    """A number that a policy can name. low, high: its interval, None where it has none. unit: "ms", "rows/s", "MB", or
    empty. rows, calls: how many it comes from, of which more would narrow it; None where that makes no sense. Of a
    time they are calls, whoever says rows, as tests did that were kept earlier. about: what it is of, where its name
    does not say: a class, a drift."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    unit: str = ""
    rows: int | None = None
    calls: int | None = None
    about: str = ""

    def __post_init__(self) -> None:
        if self.unit in TIMES and self.rows is not None and self.calls is None:
            object.__setattr__(self, "calls", self.rows)
            object.__setattr__(self, "rows", None)

    @property
    def size(self) -> int | None:
        """Of the sample, in rows or calls."""
        return self.rows if self.calls is None else self.calls

    def as_dict(self) -> dict[str, Any]:
        """JSON types only, without what is not there."""
        return {name: value for name, value in vars(self).items() if value is not None and value != ""}

    @classmethod
    def of(cls, name: str, interval: Interval, unit: str = "", rows: int | None = None) -> "Measure":
        return cls(name, interval.value, interval.low, interval.high, unit, rows)


@dataclass(frozen=True)
class Table:
    """columns: headings. rows: of numbers, texts, truth values and None. chart: how it is drawn, empty for not.
    limit: that its figure draws as a line across, None for none."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    chart: str = ""
    limit: float | None = None


@dataclass(frozen=True)
class Finding:
    """check: its name. sentence: what came of it. notes: what a careful reader should know. seconds: it took."""

    check: str
    state: State
    sentence: str
    measures: tuple[Measure, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    def timed(self, seconds: float) -> "Finding":
        return replace(self, seconds=seconds)

    def as_dict(self) -> dict[str, Any]:
        """JSON types only. A measure that is no number is none."""
        return {
            "check": self.check,
            "state": str(self.state),
            "sentence": self.sentence,
            "measures": [measure.as_dict() for measure in self.measures if isfinite(measure.value)],
            "tables": [
                {**vars(table), "columns": list(table.columns), "rows": [list(row) for row in table.rows]}
                for table in self.tables
            ],
            "notes": list(self.notes),
            "seconds": round(self.seconds, 3),
        }
