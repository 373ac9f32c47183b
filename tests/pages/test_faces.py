"""The page says what the other faces say: the same words, numbers and order."""

import html
import json
import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

import settings
from metrics.scores import USUAL_SCORES
from report.export.story_json import to_data
from report.loading import open_reader, tell_of
from report.story.methodology import paragraphs
from report.story.story import Story
from report.story.tiles import closing_tiles, hero_tiles, score_tiles
from tests.pages.test_app import words
from tests.world import World


@pytest.fixture
def told(world: World, app: Callable[..., AppTest]) -> tuple[Story, str]:
    """A history with one batch of each outcome, bent as real ones are; its story, and the page's words."""
    world.drift(0, 0.0)
    world.gate(0, 0.80, decision="BASELINE")
    world.gate(1, 0.79, decision="SKIP_NO_DRIFT", trained=False)
    world.drift(2, 0.31, threshold=None)
    world.gate(2, 0.78, 0.8234)
    world.drift(3, 0.5)
    world.gate(3, 0.8, 0.79, decision="DEPLOY_REFRESH")
    world.drift(5, 0.6)
    world.gate(5, 0.8, 0.7, decision="SKIP")
    world.gate(5, 0.8, status="FAILED")
    page = app(world.uri)
    assert not page.exception
    config = settings.read()
    experiment = settings.load_experiment(config.experiments.first, config)
    return tell_of(open_reader(world.uri, experiment, config.tracking.home).read(), experiment), words(page)


def test_every_sentence_of_the_story_is_on_the_page(told: tuple[Story, str]) -> None:
    story, page = told
    said = [story.title, story.description, story.summary.takeaway, story.summary.gains]
    said += [story.summary.endpoints]
    said += [text for pair in paragraphs(story) for text in pair]
    for chapter in story.chapters:
        said += [
            f"Batch {chapter.batch}",
            *(mark.badge for mark in chapter.outcome),
            chapter.sentence,
            chapter.drift_line,
        ]
    assert [text for text in said if text not in page] == []


def test_every_notice_is_on_the_page(told: tuple[Story, str]) -> None:
    story, page = told
    notices = [*story.notices, *(notice for chapter in story.chapters for notice in chapter.notices)]
    assert len(notices) >= 5
    assert [notice for notice in notices if notice[1:] not in page] == []


@pytest.mark.slow
def test_every_tile_and_row_is_on_the_page_in_order(told: tuple[Story, str]) -> None:
    story, page = told
    tiles = [
        part for tile in (*hero_tiles(story), *closing_tiles(story)) for part in (tile.label, tile.value, tile.note)
    ]
    scores = [
        part
        for chapter in story.chapters
        for tile in score_tiles(chapter)
        for part in (tile.label, tile.production, tile.candidate, tile.change)
        if part
    ]
    assert [text for text in tiles + scores if text not in page] == []
    rows = [r"\s+".join(map(re.escape, chapter.marked_row(USUAL_SCORES.shown))) for chapter in story.chapters]
    assert re.search(r"\s+".join(rows), page)


def test_the_json_holds_the_numbers_of_the_page(told: tuple[Story, str]) -> None:
    story, page = told
    data = json.loads(json.dumps(to_data(story), allow_nan=False))
    for batch in data["batches"]:
        for model in ("production", "candidate"):
            for value in (batch["gate"][model] or {}).values():
                assert f"{value:.3f}" in page
    assert html.unescape(data["summary"]["takeaway"]) in page
