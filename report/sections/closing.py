"""What it all came to, how it works, and the report to take away."""

from collections.abc import Callable, Mapping

import streamlit as st

from report import words
from report.method import in_force, paragraphs
from report.sections import tiles
from report.sections.markup import plain
from report.story import Story
from report.tables import table
from report.tiles import closing_tiles


def show(story: Story) -> None:
    st.header("Final summary", anchor="final-summary")
    with st.container(key="closing"):
        st.html(tiles.large(closing_tiles(story)))
        st.markdown(plain(story.summary.takeaway))
        for text in filter(None, (story.summary.gains, story.summary.endpoints)):
            st.markdown(plain(text))
        st.caption(plain(words.CAVEAT))


def method(story: Story) -> None:
    st.header("How this works", anchor="how-this-works")
    for heading, text in paragraphs(story):
        st.subheader(plain(heading), anchor=False)
        st.markdown(plain(text))
    st.subheader("Settings in force", anchor=False)
    with st.container(key="settings-table"):
        st.html(table("settings", "Settings in force", ("Setting", "Value"), in_force(story)))


def downloads(name: str, faces: Mapping[str, tuple[str, Callable[[], str]]]) -> None:
    """faces: suffix -> (media type, what makes the file when it is asked for)."""
    with st.sidebar:
        st.caption("This report as a file")
        with st.container(horizontal=True, key="downloads"):
            for suffix, (media_type, make) in faces.items():
                st.download_button(
                    suffix.upper(),
                    data=make,
                    file_name=f"{name}.{suffix}",
                    mime=media_type,
                    on_click="ignore",
                    key=f"download-{suffix}",
                )
