"""Who is a worker now: each has a slot, a number that it keeps over restarts, and holds its lock as long as it lives.

DBOS knows what a worker was running by the worker's name. Two under one name would run each other's jobs a second time,
and nobody under another name would ever look at what a dead one left. So the name is the slot's, one process at a time
has it, and a slot that nobody holds may be cleaned up after. Beside a SQLite file the lock is a file; on PostgreSQL,
whose workers may be on several machines, it is one of the server's own.
"""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from jobs.errors import JobsUnreachable, SlotTaken

PATIENCE_S = 2.0
"""Whoever looks whether a slot is held holds it for a moment."""


class Slots(Protocol):
    def held(self, slot: int) -> AbstractContextManager[None]:
        """Raises SlotTaken."""

    def holders(self) -> Collection[int]:
        """The slots that somebody holds now."""

    def check(self) -> None:
        """Raises JobsUnreachable where a lock that this worker held has been lost."""


def name(slot: int) -> str:
    return f"slot-{slot}"


def number(name: str | None) -> int | None:
    """None for a name that is no slot's."""
    digits = (name or "").removeprefix("slot-")
    return int(digits) if digits.isdecimal() else None


def taken(slot: int) -> SlotTaken:
    return SlotTaken(f"slot {slot}: another worker has it", hint=f"give this one another, as `--slot {slot + 1}`")


class FileSlots:
    def __init__(self, database: Path) -> None:
        self._database = database

    @contextmanager
    def held(self, slot: int, patience_s: float = PATIENCE_S) -> Iterator[None]:
        from filelock import FileLock, Timeout

        file = self._database.with_name(f"{self._database.name}.{name(slot)}.lock")
        lock = FileLock(file)
        try:
            lock.acquire(timeout=patience_s, poll_interval=0.05)
        except Timeout:
            raise taken(slot) from None
        except OSError as error:
            raise JobsUnreachable(f"The lock {file} cannot be taken: {error.strerror}") from None
        try:
            yield
        finally:
            lock.release()

    def holders(self) -> Collection[int]:
        start, end = f"{self._database.name}.", ".lock"
        files = self._database.parent.glob(f"{start}slot-*{end}")
        known = {number(file.name.removeprefix(start).removesuffix(end)) for file in files}
        return {slot for slot in known if slot is not None and self._is_held(slot)}

    def _is_held(self, slot: int) -> bool:
        try:
            with self.held(slot, patience_s=0):
                return False
        except SlotTaken:
            return True

    def check(self) -> None:
        """The kernel takes a lock on a file from nobody."""
