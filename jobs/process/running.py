"""One job while it is done: its process group, what it says, and its end, whoever ends it. Of what it says nothing is
believed but JSON of a bounded length."""

import contextlib
import json
import os
import select
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from batch_zero.text import one_line, shortened
from jobs.job import Progress
from jobs.kinds import Kind
from jobs.process.begin import Process, Processes
from jobs.process.child import LENGTH

LOOK_EVERY_S = 0.5
LAST_WORD_S = 5.0
"""From the end of its answers to its own."""

TEXT = 200
"""How many characters of a progress are kept."""


@dataclass(frozen=True)
class Answer:
    """reason: why there is no result; None where there is. in_vain: it would be the next time too. status: of an HTTP
    answer that says so, where the error has one."""

    result: Any = None
    reason: str | None = None
    in_vain: bool = False
    status: int | None = None

    @property
    def came(self) -> str | None:
        """In a few words, of a result that says so."""
        said = self.result.get("came") if isinstance(self.result, dict) else None
        return shortened(one_line(said, TEXT + 1), TEXT) if isinstance(said, str) else None


def done(
    kind: Kind,
    payload: Mapping[str, Any],
    most: int,
    looked: Callable[[Progress | None], bool],
    processes: Processes,
    lent: int | None = None,
) -> Answer | None:
    """Does a job. most: bytes of what it says. looked: is called every half a second with what is new of its progress,
    and says whether the job shall go on; where it shall not, there is no answer, and nothing of it runs any more.
    lent: a descriptor that it inherits."""
    until = time.monotonic() + kind.limit_s
    with processes.begun(lent) as (process, request, descriptor):
        _write(request, {"run": kind.run, "payload": payload, "borrows": kind.lends is not None})
        said = _Said(most)
        while True:
            has_words = bool(select.select([descriptor], [], [], LOOK_EVERY_S)[0])
            part = os.read(descriptor, 1 << 16) if has_words else b""
            said.add(part)
            if said.answer is not None:
                return said.answer
            if not part and (has_words or process.ended(0) is not None):
                return Answer(reason=_ended(process))
            if time.monotonic() > until:
                return Answer(reason=f"it took longer than {kind.limit_s:g} s")
            if said.is_due() and not looked(said.news()):
                return None


def _write(descriptor: int, request: Mapping[str, Any]) -> None:
    text = json.dumps(request).encode()
    rest = memoryview(len(text).to_bytes(LENGTH, "big") + text)
    with contextlib.suppress(BrokenPipeError):  # it has ended, which is seen soon enough
        while rest:
            rest = rest[os.write(descriptor, rest) :]


class _Said:
    """What came so far."""

    def __init__(self, most: int) -> None:
        self.answer: Answer | None = None
        self._most, self._rest = most, b""
        self._progress: Progress | None = None
        self._due = time.monotonic() + LOOK_EVERY_S

    def add(self, part: bytes) -> None:
        *lines, self._rest = (self._rest + part).split(b"\n")
        for line in lines:
            self._take(line)
        if len(self._rest) > self._most:
            self.answer = self.answer or self._too_long()

    def is_due(self) -> bool:
        return time.monotonic() >= self._due

    def news(self) -> Progress | None:
        self._due = time.monotonic() + LOOK_EVERY_S
        new, self._progress = self._progress, None
        return new

    def _take(self, line: bytes) -> None:
        if self.answer is None:
            self.answer = self._too_long() if len(line) > self._most else self._read(line)

    def _read(self, line: bytes) -> Answer | None:
        try:
            match _stored(line):
                case {"progress": [int(step), (int() | None) as of, str(text)]}:
                    self._progress = Progress(step, of, shortened(one_line(text, TEXT + 1), TEXT))
                    return None
                case {"failed": str(reason), **more}:
                    status = found if isinstance(found := more.get("status"), int) else None
                    return Answer(None, reason, more.get("in_vain") is True, status)
                case {"result": result}:
                    return Answer(result)
        except (ValueError, RecursionError):
            pass
        return Answer(reason="it said what is neither progress nor a result")

    def _too_long(self) -> Answer:
        return Answer(reason=f"its result is larger than {self._most:,} bytes")


def _stored(line: bytes) -> Any:
    """As it can be stored, which JSON's own constants (NaN) and halves of characters cannot. Raises ValueError."""
    words = json.loads(line)
    json.dumps(words, allow_nan=False, ensure_ascii=False).encode()
    return words


def _ended(process: Process) -> str:
    """Why there is no result."""
    code = process.ended(LAST_WORD_S)
    if code is None:
        return "it closed its answers without a result"
    if code == -signal.SIGKILL:
        return "its process was ended by SIGKILL, as happens where memory runs out"
    if code < 0:
        return f"its process crashed ({signal.strsignal(-code)})"
    return f"its process ended with code {code} and without a result"
