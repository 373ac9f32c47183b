"""A page that has nothing to show yet: what was looked for, and the commands that change that."""

from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from ui.markup import plain, sentence
from ui.notes import note


@dataclass(frozen=True)
class Step:
    """What a reader can do, and the command for it; its words are quoted for a shell already."""

    text: str
    command: str


def empty(title: str, reason: str, notes: Iterable[str] = (), steps: Iterable[Step] = ()) -> None:
    """Draws an empty state in place of a page and ends the page. An outage is none: see ``ui.problems``."""
    st.title(plain(title), anchor=False)
    st.info(sentence(reason), icon=":material/inbox:")
    for text in notes:
        note(text)
    for step in steps:
        st.markdown(plain(step.text))
        st.code(step.command, language="bash", wrap_lines=True)
    st.stop()
