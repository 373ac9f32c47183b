"""The two sets of marks, which are never mixed: what the drift check said, and what the quality gate did. Every badge,
chip, bar, point, table and file takes its marks from here, and the charts the one of the production model."""

from collections.abc import Iterable
from dataclasses import dataclass

from lifecycle.gate import Decision
from lifecycle.records import DriftRecord


@dataclass(frozen=True)
class Mark:
    """kind: a word for class names. tone: a colour of the palette. name: what it means, in words. decision: the word
    that tables and runs have for it, where it is a decision of the gate."""

    kind: str
    symbol: str
    tone: str
    name: str
    decision: str = ""

    @property
    def badge(self) -> str:
        return f"{self.symbol} {self.name}"

    @property
    def meaning(self) -> str:
        """For a legend: Retrained → deployed (DEPLOY)"""
        return f"{self.name} ({self.decision})" if self.decision else self.name

    @property
    def explained(self) -> str:
        return f"{self.symbol} {self.meaning}"


BASELINE = Mark("baseline", "●", "blue", "Baseline")
NOT_JUDGED = Mark("first", "◎", "blue", "Not judged for drift")
NO_DRIFT = Mark("quiet", "○", "green", "No drift")
DRIFT = Mark("drift", "▲", "red", "Drift detected")
DRIFT_UNKNOWN = Mark("unknown", "◇", "gray", "Drift not known")
TOO_FEW_ROWS = Mark("few", "◈", "gray", "Too few rows")

DEPLOYED = Mark("deployed", "■", "violet", "Retrained → deployed", Decision.DEPLOY)
REFRESHED = Mark("refreshed", "▣", "violet", "Retrained → refreshed", Decision.DEPLOY_REFRESH)
HELD_BACK = Mark("held", "□", "gray", "Retrained → held back", Decision.SKIP)
NOT_RETRAINED = Mark("untrained", "–", "gray", "Not retrained")
NOT_DECIDED = Mark("open", "?", "gray", "No known decision")

PRODUCTION = Mark("production", "✚", "cyan", "Production model")
"""In the charts, which are about models; a new one is marked by what the gate did with it."""

LEGEND = (
    ("Drift", (BASELINE, NOT_JUDGED, NO_DRIFT, DRIFT, DRIFT_UNKNOWN, TOO_FEW_ROWS)),
    ("Quality gate", (DEPLOYED, REFRESHED, HELD_BACK, NOT_RETRAINED, NOT_DECIDED)),
)
"""(heading, its marks)"""


def legend(shown: Iterable[Mark]) -> tuple[tuple[str, tuple[Mark, ...]], ...]:
    """Of those that occur: (heading, its marks)."""
    there = set(shown)
    found = ((heading, tuple(mark for mark in marks if mark in there)) for heading, marks in LEGEND)
    return tuple((heading, marks) for heading, marks in found if marks)


def of_drift(batch: int, drift: DriftRecord | None, *, baseline: bool = False) -> Mark:
    """Batch 0 comes first and is not judged. baseline: its model was scored."""
    if batch == 0:
        return BASELINE if baseline else NOT_JUDGED
    if drift is not None and drift.too_few_rows:
        return TOO_FEW_ROWS
    return of_verdict(drift.detected if drift is not None else None)


def of_verdict(detected: bool | None) -> Mark:
    """Of a batch or of one of its columns."""
    return {True: DRIFT, False: NO_DRIFT, None: DRIFT_UNKNOWN}[detected]


def of_gate(decision: Decision | None, detected: bool | None, trained: bool = False) -> Mark | None:
    """None where the gate had nothing to do: for the baseline, and where there was no drift. trained: the run shows a
    new model, whatever its decision says."""
    match decision:
        case Decision.BASELINE:
            return None
        case Decision.SKIP_NO_DRIFT if trained:
            return HELD_BACK
        case Decision.SKIP_NO_DRIFT:
            return None if detected is False else NOT_RETRAINED
        case Decision.DEPLOY:
            return DEPLOYED
        case Decision.DEPLOY_REFRESH:
            return REFRESHED
        case Decision.SKIP:
            return HELD_BACK
        case _:
            return NOT_DECIDED
