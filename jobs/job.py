"""One job, as it is known to whoever asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """LOST: its worker has ended under it; the next one to look runs it again."""

    QUEUED = "queued"
    RUNNING = "running"
    LOST = "lost"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})
RETRIED = frozenset({State.FAILED, State.CANCELLED})


FOR_PAGES = {"came", "in_vain", "status"}
"""What a program reads from the result, from the reason, and from the answer to who waited."""

WORDS = {State.SUCCEEDED: "done", State.FAILED: "could not run"}
"""For people: a test that is done need not have passed, and of a limit it is said that it failed."""


def word(state: State) -> str:
    return WORDS.get(state, str(state))


@dataclass(frozen=True)
class Progress:
    """of: how many steps there are; None where nobody knows."""

    step: int
    of: int | None
    text: str


@dataclass(frozen=True)
class Job:
    """position: 1 is the next; None unless it waits. attempts: how often it was begun. reason: why it failed. result:
    of one that was asked for by its id, not of one in a list. hint: what is odd about it now, for people. title:
    what people know it by. came: what came of it, in a few words, where its kind says so. in_vain: run again, it would
    fail again. status: of an HTTP answer that says why it failed, where that is known."""

    id: str
    kind: str
    state: State
    enqueued: datetime
    ended: datetime | None = None
    began: datetime | None = None
    attempts: int = 0
    progress: Progress | None = None
    position: int | None = None
    reason: str | None = None
    result: Any = None
    hint: str | None = None
    retry_of: str | None = None
    title: str | None = None
    came: str | None = None
    in_vain: bool = False
    status: int | None = None

    def as_json(self) -> Mapping[str, Any]:
        found = {**vars(self), "progress": self.progress and vars(self.progress)}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in found.items()
            if name not in FOR_PAGES
        }
