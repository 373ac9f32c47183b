"""One story, three faces: what JSON says, HTML and Markdown say too, in the same words."""

import json
import re
from html.parser import HTMLParser

import pytest

from batch_zero import formats
from metrics.kinds import AUC
from metrics.scores import USUAL_SCORES
from report.export import render
from report.story import methodology, scores, tiles
from report.story.story import Story
from tests.report.test_markdown import unescaped
from tests.stories import six_batch_evidence


class Reader(HTMLParser):
    """The text of a page, and its table rows cell by cell."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = 0
        self.words: list[str] = []
        self.rows: list[list[str]] = []
        self.in_cell = False

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the signature is HTMLParser's
        self.silent += tag in {"script", "style"}
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style"}
        if tag in {"td", "th"}:
            self.in_cell = False

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)
        if self.in_cell:
            self.rows[-1][-1] += data

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def reader(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


@pytest.fixture(scope="module")
def both(reader: Reader, markdown: str) -> dict[str, str]:
    return {"html": reader.text, "md": unescaped(markdown)}


@pytest.fixture(scope="module")
def data(story: Story) -> dict[str, object]:
    return json.loads(render.text(story))


FACES = ("html", "md")


@pytest.mark.parametrize("face", FACES)
def test_title_description_takeaway_gains_caveat_and_notices(
    story: Story, data: dict[str, object], both: dict[str, str], face: str
) -> None:
    said = [
        data["title"],
        data["description"],
        data["summary"]["takeaway"],
        story.summary.gains,
        story.summary.endpoints,
    ]
    said += [scores.caveat(AUC), *(mark.badge for _, shown in story.legend for mark in shown)]
    said += [_shown(notice) for notice in data["notices"]]
    for text in said:
        assert text in both[face]


@pytest.mark.parametrize("face", FACES)
def test_every_chapter_with_badge_sentence_drift_line_and_notices(
    story: Story, data: dict[str, object], both: dict[str, str], face: str
) -> None:
    place = both[face].index("The journey")
    for chapter, batch in zip(story.chapters, data["batches"], strict=True):
        said = (f"Batch {batch['batch']}", *(mark.badge for mark in chapter.outcome), chapter.sentence)
        for text in (*said, chapter.drift_line, *map(_shown, batch["notices"]), batch["gate"]["run_id"]):
            place = both[face].index(text, place)


@pytest.mark.parametrize("face", FACES)
def test_tiles(story: Story, both: dict[str, str], face: str) -> None:
    for tile in (*tiles.hero_tiles(story), *tiles.closing_tiles(story)):
        assert tile.label in both[face]
        assert tile.value in both[face]
        assert tile.note in both[face]


@pytest.mark.parametrize("face", FACES)
def test_the_method(story: Story, both: dict[str, str], face: str) -> None:
    for pair in (*methodology.paragraphs(story), *methodology.in_force(story)):
        assert all(text in both[face] for text in pair)


def test_every_row_of_the_table_is_the_jsons(
    story: Story, data: dict[str, object], reader: Reader, markdown: str
) -> None:
    for chapter, batch in zip(story.chapters, data["batches"], strict=True):
        row = _row(batch)
        assert tuple(row) == chapter.row(USUAL_SCORES.shown)
        marked = list(chapter.marked_row(USUAL_SCORES.shown))
        assert [cell.split(" ")[-1] for cell in marked] == row
        assert marked in reader.rows
        assert f"| {' | '.join(marked)} |" in markdown


def test_scores_and_changes_are_the_jsons(data: dict[str, object], both: dict[str, str]) -> None:
    for batch in data["batches"]:
        for name, gain in (batch["gate"]["improvement"] or {}).items():
            assert gain == pytest.approx(batch["gate"]["candidate"][name] - batch["gate"]["production"][name])
            assert all(formats.change(gain) in text for text in both.values())


def test_the_faces_come_in_the_same_order(both: dict[str, str]) -> None:
    headings = ("Experiment summary", "The journey", *(f"Batch {number}" for number in range(6)), "Final summary")
    for text in both.values():
        pattern = ".*".join(map(re.escape, (*headings, "How this works", "Settings in force")))
        assert re.search(pattern, text, re.DOTALL)


def test_what_the_page_offers_to_download_is_these_faces(story: Story, data: dict[str, object]) -> None:
    offered = render.of(story, six_batch_evidence(), "store", None)
    assert set(offered) == {"html", "md", "json"}
    assert json.loads(offered["json"][1]()) == data


def _shown(notice: str) -> str:
    return notice[:1].upper() + notice[1:]


def _row(batch: dict) -> list[str]:
    """A line of the metrics table, made from the JSON alone."""
    trained = batch["gate"]["candidate"] is not None
    retrained = "—" if batch["batch"] == 0 else "Yes" if trained else "No"
    candidate = batch["gate"]["candidate"] or dict.fromkeys(batch["gate"]["production"])
    scores = (*batch["gate"]["production"].values(), *candidate.values())
    share = formats.share(batch["drift"]["share"], batch["drift"]["threshold"])
    return [str(batch["batch"]), share, retrained, batch["decision"], *map(formats.score, scores)]
