"""The runs behind a batch: how many there are of each kind, and those that did not finish."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from batch_zero import formats
from lifecycle.records import Attempts, BatchRecord, RunRef
from report.story import sentences


@dataclass(frozen=True)
class Attempt:
    """A run that has not finished. newer: than a finished run of its kind; else there is none."""

    kind: str
    run: RunRef
    newer: bool

    @property
    def ended(self) -> bool:
        return self.run.status not in {"RUNNING", "SCHEDULED"}

    @property
    def name(self) -> str:
        """Newer quality gate run, FAILED"""
        kind = f"newer {self.kind}" if self.newer else self.kind
        return f"{kind[0].upper()}{kind[1:]}, {self.run.status}"


@dataclass(frozen=True)
class Runs:
    """drift, gate: of each kind, None where none has finished. one: the latest run is of both kinds."""

    drift: Attempts | None
    gate: Attempts | None
    unfinished: tuple[Attempt, ...]
    one: bool = False

    @property
    def summary_text(self) -> str:
        """Drift run 5 of 5 · Quality gate run 1 of 1 · 1 newer attempt did not finish"""
        return " · ".join((*self._finished(), *self._unfinished()))

    @property
    def superseded(self) -> int | None:
        """Older finished runs of both kinds; None where they are not counted yet."""
        counts = [kind.superseded for kind in (self.drift, self.gate) if kind is not None]
        known = [count for count in counts if count is not None]
        if len(known) < len(counts):
            return None
        return max(known) if self.one else sum(known)

    @property
    def superseded_text(self) -> str:
        """17 older finished runs superseded by the latest; empty where there is none."""
        if self.superseded is None:
            return "The older runs are being counted"
        if self.superseded == 0:
            return ""
        return f"{formats.counted(self.superseded, 'older finished run')} superseded by the latest"

    def _finished(self) -> Iterator[str]:
        kinds = ((sentences.DRIFT_RUN, self.drift), (sentences.GATE_RUN, self.gate))
        for name, kind in ((sentences.BOTH, self.gate),) if self.one and self.drift == self.gate else kinds:
            if kind is None:
                continue
            if kind.finished is None:
                yield f"Latest {name}"
            else:
                yield f"{name[0].upper()}{name[1:]} {kind.finished:,} of {kind.finished:,}"

    def _unfinished(self) -> Iterator[str]:
        for (newer, ended), number in Counter((run.newer, run.ended) for run in self.unfinished).items():
            attempts = formats.counted(number, "newer attempt" if newer else "attempt")
            verb = "did not finish" if ended else f"{'has' if number == 1 else 'have'} not finished yet"
            yield f"{attempts} {verb}"


def of(record: BatchRecord) -> Runs:
    return Runs(
        record.drift_attempts if record.drift is not None else None,
        record.gate_attempts if record.gate is not None else None,
        tuple(_unfinished(record)),
        one=record.in_one_run,
    )


def _unfinished(record: BatchRecord) -> Iterator[Attempt]:
    """A run that would have been of both kinds is one attempt."""
    drift, gate = record.drift_attempts.newer_unfinished, record.gate_attempts.newer_unfinished
    for run in drift:
        kind = sentences.BOTH if run in gate else sentences.DRIFT_RUN
        yield Attempt(kind, run, record.drift is not None)
    yield from (Attempt(sentences.GATE_RUN, run, record.gate is not None) for run in gate if run not in drift)
