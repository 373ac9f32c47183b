"""The first screen: what this is, where it stands, and a chip for every batch."""

from collections.abc import Sequence

import streamlit as st

from report.chapter import Chapter
from report.links import model_url
from report.sections.markup import escape, plain
from report.story import Story
from report.tiles import Tile, hero_tiles


def show(story: Story, ui: str | None) -> None:
    with st.container(key="hero"):
        st.title(plain(story.title), anchor=False)
        st.markdown(plain(story.description, limit=2_000))
        _tiles(hero_tiles(story), model_url(ui, story.model))
    with st.container(key="ribbon"):
        chips = "".join(map(_chip, story.chapters))
        st.html(f'<nav aria-label="Batches">{chips}</nav>')
    for notice in story.notices:
        note(notice)


def _tiles(shown: Sequence[Tile], url: str | None) -> None:
    """As Markdown, which Streamlit has at hand from the start: everything else it fetches first, and these are what a
    reader looks for."""
    with st.container(key="hero-tiles"):
        for place, tile in enumerate(shown):
            value = plain(tile.value)
            value = f"[{value}]({url})" if url is not None and place == 0 else value
            with st.container(key=f"hero-tile-{place}"):
                st.markdown(f":gray[{plain(tile.label)}]  \n**{value}**  \n:gray[{plain(tile.note)}]")


def note(text: str) -> None:
    """One quiet line."""
    st.caption(f":material/info: {plain(text[:1].upper() + text[1:])}")


def _chip(chapter: Chapter) -> str:
    share = chapter.drift_told
    said = escape(f"Batch {chapter.batch}: {chapter.mark.badge}, drift share {share}")
    return (
        f'<a href="#batch-{chapter.batch}" class="{chapter.mark.tone}" aria-label="{said}" title="{said}">'
        f"<b>{chapter.batch}</b> <i>{chapter.mark.symbol}</i> {share}</a>"
    )
