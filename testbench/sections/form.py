"""What a reader has typed for an upload. It is kept beside the files and goes with them, so that a reload, and the
address in another browser, show it again."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from testbench.uploads import Upload

PART = "form.json"
MOST_BYTES = 1_000_000
"""Of all that was typed."""

T = TypeVar("T")


@dataclass(frozen=True)
class Form:
    """words: as this reader sees them. Another one's, of the same address, are overwritten only where this one changes
    something: the last change of each field stays."""

    upload: Upload
    words: dict[str, Any]

    def begin(self, field: str, default: T, taken: Callable[[Any], T | None] = lambda value: value) -> str:
        """The key of the widget of a field, which begins with what was typed before. taken: what of that the widget
        takes by now, None for nothing."""
        key = f"{field}-{self.upload.key}"
        if key not in st.session_state:
            kept = taken(self.words[field]) if field in self.words else None
            st.session_state[key] = default if kept is None else kept
        return key

    def keep(self, field: str, value: Any, default: Any = None) -> bool:
        """Writes it down where it has changed. False for what is too much to be kept."""
        if self.words.get(field, default) == value:
            return True
        self.words[field] = value
        text = json.dumps({**_read(self.upload), field: value}).encode()
        if len(text) > MOST_BYTES:
            return False
        self.upload.write(PART, text)
        return True


def of(upload: Upload) -> Form:
    words: dict[str, Any] = st.session_state.setdefault(f"form-{upload.key}", _read(upload))
    return Form(upload, words)


def _read(upload: Upload) -> dict[str, Any]:
    return upload.seen(PART) or {}
