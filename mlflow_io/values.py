"""What a run stored, as what its name says it is. What cannot be that is not known, and kept to be quoted."""

import math
import sys
from collections.abc import Callable

from lifecycle.records import Impossible, Valid
from metrics.kinds import Score
from metrics.scores import Scores, ScoreSet
from mlflow_io.latest_runs import whole_number
from mlflow_io.stores.base import RunData

LARGEST = 1e300
"""Beyond is no measure of anything. Stores keep infinity as the largest double."""

CLOSE = 1e-9
"""By so much may arithmetic take a share or a score beyond 0 or 1."""


def last_batch(span: str) -> int | None:
    """3 for "0-3"; None for what is no such span."""
    last = span.rpartition("-")[2]
    return int(last) if last.isascii() and last.isdecimal() and len(last) < 10 else None


class Values:
    """Of one run. Every method answers None for what is not there and for what cannot be; NaN is how a value that is
    not there is written."""

    def __init__(self, row: RunData) -> None:
        self._row = row
        self._impossible: list[Impossible] = []

    @property
    def impossible(self) -> tuple[Impossible, ...]:
        """Of what was asked for so far."""
        return tuple(self._impossible)

    def text(self, key: str) -> str | None:
        """A param; None where it is blank."""
        return self._row.params.get(key) or None

    def span_end(self, key: str) -> int | None:
        """3 of "0-3", the batches that a model has learned from; None for what is no such span."""
        text = self._row.params.get(key)
        if text is None:
            return None
        if (last := last_batch(text)) is None:
            self._leave_out(key, text, Valid.SPAN)
        return last

    def batch(self, key: str) -> int | None:
        text = self._row.params.get(key)
        if text is None:
            return None
        if (number := whole_number(text)) is None:
            self._leave_out(key, text, Valid.COUNT)
        return number

    def share(self, key: str) -> float | None:
        return self._within(key, 0.0, 1.0, Valid.SHARE)

    def scores(self, valid: ScoreSet, key: Callable[[str], str]) -> Scores:
        """key: of a score's name, the one in the store."""
        return Scores(**{score.name: self._score(key(score.name), score) for score in valid.shown})

    def count(self, key: str) -> int | None:
        value = self._metric(key)
        if value is None:
            return None
        if 0 <= value < LARGEST and value == int(value):
            return int(value)
        self._leave_out(key, _digits(value), Valid.COUNT)
        return None

    def part(self, key: str, of: str) -> tuple[int | None, int | None]:
        """Two counts, of which the first is part of the second."""
        part, total = self.count(key), self.count(of)
        if part is None or total is None or part <= total:
            return part, total
        self._leave_out(f"{key} of {of}", f"{part} of {total}", Valid.PART)
        return None, None

    def threshold(self, key: str) -> float | None:
        text = self._row.params.get(key)
        if text is None:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if 0.0 < value <= 1.0:
            return value
        self._leave_out(key, text, Valid.THRESHOLD)
        return None

    def whole(self, key: str) -> int | None:
        text = self._row.params.get(key)
        if text is None:
            return None
        if text.isascii() and text.isdecimal() and len(text) < 10:
            return int(text)
        self._leave_out(key, text, Valid.COUNT)
        return None

    def _metric(self, key: str) -> float | None:
        value = self._row.metrics.get(key)
        return None if value is None or math.isnan(value) else value

    def _score(self, key: str, score: Score) -> float | None:
        return self._within(key, score.low, score.high, Valid.SCORE, score.span)

    def _within(self, key: str, low: float | None, high: float | None, valid: Valid, span: str = "") -> float | None:
        value = self._metric(key)
        if value is None:
            return None
        least, most = -math.inf if low is None else low, math.inf if high is None else high
        if abs(value) < LARGEST and least - CLOSE <= value <= most + CLOSE:
            return min(max(value, least), most)
        self._leave_out(key, _digits(value), valid, span)
        return None

    def _leave_out(self, key: str, stored: str, valid: Valid, span: str = "") -> None:
        self._impossible.append(Impossible(key, stored, valid, span))


def _digits(value: float) -> str:
    if abs(value) >= sys.float_info.max:
        return "infinity" if value > 0 else "-infinity"
    return repr(value).removesuffix(".0")
