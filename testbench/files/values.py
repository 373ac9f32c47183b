"""What the opcode reader knows of a pickle's objects: as much as it takes to tell the names that are imported, and the
length of joblib's arrays. Nothing here is ever made, imported or called."""

from dataclasses import dataclass, field
from typing import Any, Final


class _Unknown:
    """Anything else: one object stands for all of them."""


UNKNOWN: Final = _Unknown()
LONGEST_TEXT = 512
MOST_PARTS = 256
"""Of a tuple or a dictionary that is remembered: more than a dtype or joblib's own wrapper has."""


@dataclass(frozen=True, slots=True)
class Import:
    """A name that the pickle has imported."""

    module: str
    name: str


@dataclass(slots=True)
class Made:
    """What a call of an imported name gives. state: what BUILD gave it."""

    of: Any
    arguments: Any
    state: Any = UNKNOWN


@dataclass(slots=True)
class Mapping:
    """A dictionary, as far as its keys are texts."""

    items: dict[str, Any] = field(default_factory=dict)

    def put(self, key: Any, value: Any) -> None:
        if isinstance(key, str) and len(self.items) < MOST_PARTS:
            self.items[key] = value


def text(raw: bytes, encoding: str = "utf-8") -> Any:
    """As far as it can be a name."""
    return raw.decode(encoding, "replace") if len(raw) <= LONGEST_TEXT else UNKNOWN


def several(parts: list[Any]) -> Any:
    """A tuple of them."""
    return tuple(parts) if len(parts) <= MOST_PARTS else UNKNOWN
