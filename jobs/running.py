"""One job while it is done: its process group, what it says, and its end, whoever ends it. Of what it says nothing is
believed but JSON of a bounded length."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from batch_zero.installation import shipped
from batch_zero.text import one_line
from jobs.child import LENGTH
from jobs.job import Progress
from jobs.kinds import Kind

LOOK_EVERY_S = 0.5
LAST_WORD_S = 5.0
"""From the end of its answers to its own."""

TEXT = 200
"""How many characters of a progress are kept."""


@dataclass(frozen=True)
class Answer:
    """reason: why there is no result; None where there is."""

    result: Any = None
    reason: str | None = None


def done(
    kind: Kind,
    payload: Mapping[str, Any],
    most: int,
    looked: Callable[[Progress | None], bool],
    lent: int | None = None,
) -> Answer | None:
    """Does a job. most: bytes of what it says. looked: is called every half a second with what is new of its progress,
    and says whether the job shall go on; where it shall not, there is no answer, and nothing of it runs any more.
    lent: a descriptor that it inherits."""
    until = time.monotonic() + kind.limit_s
    arguments = {"lent": lent} if kind.lends else {}
    with _begun({"run": kind.run, "payload": payload, **arguments}) as (process, descriptor):
        said = _Said(most)
        while True:
            has_words = bool(select.select([descriptor], [], [], LOOK_EVERY_S)[0])
            part = os.read(descriptor, 1 << 16) if has_words else b""
            said.add(part)
            if said.answer is not None:
                return said.answer
            if not part and (has_words or process.poll() is not None):
                return Answer(reason=_ended(process))
            if time.monotonic() > until:
                return Answer(reason=f"it took longer than {kind.limit_s:g} s")
            if said.is_due() and not looked(said.news()):
                return None


@contextmanager
def _begun(request: Mapping[str, Any]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The process, and where to read what it says; at the end of the block its group is ended."""
    ours, its = os.pipe()
    root = shipped()
    command = [sys.executable, "-P", str(root / "jobs" / "child.py"), str(root), str(its)]
    env = {**os.environ, "PYTHONSAFEPATH": "1"}
    inherited = [its] if request.get("lent") is None else [its, request["lent"]]
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=inherited, env=env, start_new_session=True)
    finally:
        os.close(its)
    assert process.stdin is not None
    try:
        text = json.dumps(request).encode()
        with contextlib.suppress(BrokenPipeError):  # it has ended, which is seen soon enough
            process.stdin.write(len(text).to_bytes(LENGTH, "big") + text)
            process.stdin.flush()
        yield process, ours
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # before anyone else can get its number
        process.wait()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        os.close(ours)


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
                    self._progress = Progress(step, of, one_line(text, TEXT))
                    return None
                case {"failed": str(reason)}:
                    return Answer(reason=reason)
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


def _ended(process: subprocess.Popen[bytes]) -> str:
    """Why there is no result."""
    try:
        code = process.wait(LAST_WORD_S)
    except subprocess.TimeoutExpired:
        return "it closed its answers without a result"
    if code == -signal.SIGKILL:
        return "its process was ended by SIGKILL, as happens where memory runs out"
    if code < 0:
        return f"its process crashed ({signal.strsignal(-code)})"
    return f"its process ended with code {code} and without a result"
