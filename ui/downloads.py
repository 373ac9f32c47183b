"""What a reader takes away: each file is made when it is asked for."""

from collections.abc import Callable, Mapping

import streamlit as st


def in_sidebar(caption: str, name: str, files: Mapping[str, tuple[str, Callable[[], str]]]) -> None:
    """Draws a button for each file. files: suffix -> (media type, what makes the file)."""
    with st.sidebar:
        st.caption(caption)
        with st.container(horizontal=True, key="downloads"):
            for suffix, (media_type, make) in files.items():
                st.download_button(
                    suffix.upper(),
                    data=make,
                    file_name=f"{name}.{suffix}",
                    mime=media_type,
                    on_click="ignore",
                    key=f"download-{suffix}",
                )
