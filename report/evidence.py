"""What lies behind a batch's numbers: artifacts of its runs, loaded only when a reader asks for them."""

from collections.abc import Callable
from dataclasses import dataclass

from drift.result import ColumnDrift
from metrics.roc import RocCurve


@dataclass(frozen=True)
class RocEvidence:
    """production, candidate: None where there is none or it cannot be read; ``notes`` then says why."""

    production: RocCurve | None
    candidate: RocCurve | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ColumnEvidence:
    columns: tuple[ColumnDrift, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """How to load each kind, by run id. The callables never raise for what a store lacks: they note it."""

    roc: Callable[[str, bool], RocEvidence]
    columns: Callable[[str], ColumnEvidence]
