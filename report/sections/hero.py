"""The first screen: what this is, where it stands, and a chip for every batch."""

from html import escape

import streamlit as st

from report import formats
from report.links import model_url
from report.sections import tiles
from report.sections.markup import plain
from report.story import Chapter, Story
from report.tiles import hero_tiles


def show(story: Story, ui: str | None) -> None:
    with st.container(key="hero"):
        st.title(plain(story.title), anchor=False)
        st.markdown(plain(story.description, limit=2_000))
        st.html(tiles.hero(hero_tiles(story), model_url(ui, story.model)))
    with st.container(key="ribbon"):
        chips = "".join(map(_chip, story.chapters))
        st.html(f'<nav aria-label="Batches">{chips}</nav>')
    for notice in story.notices:
        note(notice)


def note(text: str) -> None:
    """One quiet line."""
    st.caption(f":material/info: {plain(text[:1].upper() + text[1:])}")


def _chip(chapter: Chapter) -> str:
    share = formats.share(chapter.drift.share) if chapter.drift is not None else formats.UNKNOWN
    said = escape(f"Batch {chapter.batch}: {chapter.mark.badge}, drift share {share}")
    return (
        f'<a href="#batch-{chapter.batch}" class="{chapter.mark.tone}" aria-label="{said}" title="{said}">'
        f"<b>{chapter.batch}</b> <i>{chapter.mark.symbol}</i> {share}</a>"
    )
