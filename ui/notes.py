"""Quiet lines: a note, and text of which every word is shown as it is."""

import streamlit as st

from ui.markup import sentence


def note(text: str) -> None:
    """Draws one quiet line with an icon; its first letter becomes a capital."""
    st.caption(f":material/info: {sentence(text[:1].upper() + text[1:])}")
