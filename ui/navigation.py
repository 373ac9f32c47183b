"""Which pages there are: one list in the sidebar, in groups."""

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.navigation.page import Page

KEPT = "experiment"
"""What the address of one page hands on to the next."""


def choose(groups: Mapping[str, Sequence[Page]]) -> Page:
    """Draws the links to all pages, and returns the one that the address names; the caller runs it.

    groups: heading -> its pages; one without pages is left out.
    """
    groups = {heading: pages for heading, pages in groups.items() if pages}
    chosen = st.navigation(groups, position="hidden")
    kept = {KEPT: st.query_params[KEPT]} if KEPT in st.query_params else None
    with st.sidebar, st.container(key="navigation", gap=None):
        st.markdown("**Batch Zero**")
        for heading, pages in groups.items():
            st.caption(heading)
            for page in pages:
                st.page_link(page, query_params=kept, width="stretch")
    return chosen
