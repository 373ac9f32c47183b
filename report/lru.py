"""Values that are dear to make, kept while they are asked for."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar, cast

Value = TypeVar("Value")


@dataclass
class _Slot:
    lock: Lock = field(default_factory=Lock)
    made_at: float = -float("inf")
    value: object = None


class Lru(Generic[Value]):
    """The values of the ``most`` keys that were asked for last; for any number of threads."""

    def __init__(self, most: int, ttl_s: float = float("inf"), clock: Callable[[], float] = time.monotonic) -> None:
        """ttl_s: how long a value is good, in seconds."""
        self._most, self._ttl_s, self._clock = most, ttl_s, clock
        self._lock = Lock()
        self._slots: dict[Hashable, _Slot] = {}

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value kept for ``key``, or else what ``make`` returns. Many may ask at once: one of them makes it, and
        who asks for another key does not wait. What ``make`` raises is raised, and nothing is kept."""
        slot = self._slot(key)
        with slot.lock:
            if self._clock() - slot.made_at >= self._ttl_s or slot.made_at == -float("inf"):
                slot.value = make()
                slot.made_at = self._clock()
            return cast(Value, slot.value)

    def drop(self, key: Hashable) -> None:
        with self._lock:
            self._slots.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._slots.clear()

    def _slot(self, key: Hashable) -> _Slot:
        """Puts it last in the order of going."""
        with self._lock:
            slot = self._slots[key] = self._slots.pop(key) if key in self._slots else _Slot()
            while len(self._slots) > self._most:
                del self._slots[next(iter(self._slots))]
            return slot
