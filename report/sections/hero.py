"""The first screen: what this is, where it stands, and a chip for every batch."""

from collections.abc import Sequence

import streamlit as st

from batch_zero.text import as_html
from mlflow_io.links import model_url
from report.story import marks
from report.story.chapter import Chapter
from report.story.story import Story
from report.story.tiles import hero_tiles
from ui.markup import plain
from ui.notes import note
from ui.tiles import Tile


def show(story: Story, ui: str | None) -> None:
    with st.container(key="hero"):
        st.title(plain(story.title), anchor=False)
        if story.description:
            st.markdown(plain(story.description))
        _tiles(hero_tiles(story), model_url(ui, story.model))
    with st.container(key="ribbon"):
        chips = "".join(map(_chip, story.chapters))
        st.html(f'<nav aria-label="Batches">{chips}</nav>{_legend(story) if story.chapters else ""}')
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


def _chip(chapter: Chapter) -> str:
    """Named by what stands in it; what only the eye needs is hidden from the ear, and the other way round."""
    label = ", ".join(mark.name for mark in chapter.outcome)
    drift, *gate = (f'<i class="{mark.tone}" aria-hidden="true">{mark.symbol}</i>' for mark in chapter.outcome)
    return (
        f'<a href="#batch-{chapter.batch}" title="{as_html(label)}"><span class="unseen">Batch </span>'
        f'<b>{chapter.batch}</b>{drift}<span class="unseen">, {as_html(label)}, drift share </span>'
        f"{chapter.drift_text}{''.join(gate)}</a>"
    )


def _legend(story: Story) -> str:
    """What each mark means that there is, a line for each of the two sets."""
    return "".join(
        f'<p class="legend">{as_html(heading)}: {" ".join(map(_explained, shown))}</p>'
        for heading, shown in story.legend
    )


def _explained(mark: marks.Mark) -> str:
    return f'<span><i class="{mark.tone}" aria-hidden="true">{mark.symbol}</i> {as_html(mark.meaning)}</span>'
