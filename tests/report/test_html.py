"""The standalone page: one file, nothing from anywhere, nobody else's words become markup, and it prints."""

import re
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from plotly.offline import get_plotlyjs

from lifecycle.records import History
from report.evidence import ColumnEvidence, Evidence, RocEvidence
from report.export.html import render_html
from report.story.story import Story, tell
from tests.browser import until
from tests.report import hostile
from tests.report.conftest import Look
from tests.scored import four
from tests.stories import EXPERIMENT, column_drifts, drift, gate, record, roc_curve, six_batch_evidence

A4_INNER_WIDTH = 718
"""Pixels, at 96 to the inch, between margins of 10 mm."""

SCROLL_WIDTH = "document.documentElement.scrollWidth"
BEYOND = """width => [...document.querySelectorAll('body *')]
  .filter(element => element.getBoundingClientRect().right > width + 0.5)
  .map(element => element.outerHTML.slice(0, 120))"""


@pytest.fixture
def file(html: str, tmp_path: Path) -> Path:
    (tmp_path / "report.html").write_text(html, "utf-8")
    return tmp_path / "report.html"


def test_plotly_is_in_it_once_and_it_stays_small(html: str) -> None:
    assert html.count(get_plotlyjs()[:2_000]) == 1
    assert len(html.encode()) < 6_000_000


def test_a_long_history_stays_small_too() -> None:
    candidate, production = four(0.76, 0.5, 0.5, 0.5), four(0.75, 0.5, 0.5, 0.5)
    batches = tuple(record(drift(batch, 4), gate(batch, production, candidate, decision=None)) for batch in range(120))
    long = RocEvidence(roc_curve(0.75, points=3_000), roc_curve(0.76, points=3_000))
    evidence = Evidence(roc=lambda *_: long, columns=lambda _: ColumnEvidence(column_drifts()))
    assert len(render_html(tell(History(batches=batches), None, EXPERIMENT), evidence).encode()) < 6_000_000


def test_it_can_load_nothing(html: str) -> None:
    own = html.replace(get_plotlyjs(), "")
    assert re.findall(r"(?:src|href|action)=\"(?!data:|#)[^\"]*", own) == []
    assert re.findall(r"url\((?!data:)|@import", own) == []
    assert "default-src 'none'; script-src 'sha256-" in unescape(own)
    assert "connect-src" not in own


def test_it_has_one_heading_of_the_first_order_and_skips_none(html: str) -> None:
    orders = [int(order) for order in re.findall(r"<h([1-6])", html.replace(get_plotlyjs(), ""))]
    assert orders.count(1) == 1
    assert orders[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(orders))


def test_every_chart_is_drawn_and_says_what_it_shows(file: Path, look: Look[list[tuple[str, str, int]]]) -> None:
    def charts(page: Page) -> list[tuple[str, str, int]]:
        for expander in page.locator("details").all():
            expander.locator("summary").click()
        return [
            (chart.get_attribute("id"), chart.get_attribute("aria-label"), chart.locator(".main-svg").count())
            for chart in page.locator("[role=img]").all()
        ]

    found = look(file, charts)
    assert [name for name, _, _ in found] == ["drift-chart", "score-chart", *(f"roc-{number}" for number in range(6))]
    assert all(drawn for _, _, drawn in found)
    assert {name: said for name, said, _ in found}["roc-5"] == (
        "ROC curves of Batch 5: production AUC 0.744, new model AUC 0.716"
    )


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_nothing_is_wider_than_the_window(file: Path, look: Look[int], width: int) -> None:
    def scroll_width(page: Page) -> int:
        page.set_viewport_size({"width": width, "height": 900})
        return until(page, lambda: page.evaluate(SCROLL_WIDTH), width)

    assert look(file, scroll_width) == width


def test_on_paper_nothing_is_cut_off_and_everything_is_open(
    file: Path, look: Look[tuple[list[str], bool, str]], tmp_path: Path
) -> None:
    def printed(page: Page) -> tuple[list[str], bool, str]:
        page.set_viewport_size({"width": A4_INNER_WIDTH, "height": 1_000})
        page.emulate_media(media="print")
        page.locator("#roc-5 .main-svg").first.wait_for()
        beyond = until(page, lambda: page.evaluate(BEYOND, A4_INNER_WIDTH), [])
        opened = page.locator("details:not([open])").count() == 0
        inside = "selector => getComputedStyle(document.querySelector(selector)).breakInside"
        assert [page.evaluate(inside, one) for one in (".journey > li", ".models", ".columns")] == ["auto"] * 3
        assert [page.evaluate(inside, one) for one in ("tbody tr", ".tiles", "details.roc")] == ["avoid"] * 3
        ink = page.evaluate("getComputedStyle(document.querySelector('#drift-chart text')).fill")
        page.pdf(path=tmp_path / "report.pdf", format="A4")
        return beyond, opened, ink

    beyond, opened, ink = look(file, printed)
    assert beyond == []
    assert opened
    assert ink == "rgb(24, 24, 27)"
    content = (tmp_path / "report.pdf").read_bytes()
    assert len(content) > 50_000
    assert len(re.findall(rb"/Type\s*/Page\b", content)) <= 9


def test_words_without_end_are_broken(tmp_path: Path, look: Look[tuple[int, list[str]]]) -> None:
    file = tmp_path / "endless.html"
    file.write_text(
        render_html(hostile.story("A" * 300), hostile.evidence("A" * 300), "https://mlflow.example"), "utf-8"
    )

    def widths(page: Page) -> tuple[int, list[str]]:
        page.set_viewport_size({"width": 390, "height": 900})
        phone = until(page, lambda: page.evaluate(SCROLL_WIDTH), 390)
        page.set_viewport_size({"width": A4_INNER_WIDTH, "height": 1_000})
        page.emulate_media(media="print")
        page.locator("#roc-5 .main-svg").first.wait_for()
        return phone, until(page, lambda: page.evaluate(BEYOND, A4_INNER_WIDTH), [])

    assert look(file, widths) == (390, [])


def test_after_printing_the_page_is_as_before(file: Path, look: Look[tuple[float, float, float]]) -> None:
    def print_and_return(page: Page) -> tuple[float, float, float]:
        def width() -> float:
            return page.locator("#drift-chart .main-svg").first.bounding_box()["width"]

        before = width()
        page.emulate_media(media="print")
        expect(page.locator("details:not([open])")).to_have_count(0)
        on_paper = until(page, width, 660.0)
        page.emulate_media(media="screen")
        expect(page.locator("details[open]")).to_have_count(0)
        return before, on_paper, until(page, width, before)

    before, on_paper, after = look(file, print_and_return)
    assert before > 1_000
    assert (on_paper, after) == (660.0, before)


def test_hostile_text_is_shown_and_does_nothing(tmp_path: Path, look: Look[tuple[bool, int, str, str]]) -> None:
    file = tmp_path / "hostile.html"
    file.write_text(
        render_html(hostile.story(), hostile.evidence(), "https://mlflow.example", hostile.EVERYTHING), "utf-8"
    )

    def effects(page: Page) -> tuple[bool, int, str, str]:
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        for number in range(page.locator(".chart").count()):  # Plotly makes markup of names as well
            page.locator(".chart").nth(number).locator(".main-svg").first.wait_for()
        foreign = page.locator("body img, iframe, meta[http-equiv=refresh], form, object, [onerror], [onload]").count()
        return page.evaluate("'pwned' in window"), foreign, page.title(), page.inner_text("body")

    pwned, foreign, title, body = look(file, effects)
    assert not pwned
    assert foreign == 0
    assert title == " ".join(hostile.EVERYTHING.split())
    for text in hostile.TEXTS:
        assert " ".join(text.split()) in " ".join(body.split())


def test_links_lead_to_mlflow_and_nowhere_else(story: Story) -> None:
    links = outward(render_html(story, six_batch_evidence(), "https://mlflow.example/"))
    assert "https://mlflow.example/#/experiments/2/runs/gate3" in links
    assert "https://mlflow.example/#/models/CrashTriage/versions/3" in links
    hostile_links = outward(render_html(hostile.story(), hostile.evidence(), "https://mlflow.example"))
    assert len(hostile_links) == len(links) + 5  # each batch has an attempt more, batch 4 had one already
    assert all(re.fullmatch(r"https://mlflow\.example/#/[\w%./~-]+", link) for link in hostile_links)


def outward(html: str) -> list[str]:
    return re.findall(r'<a href="(?!#)([^"]*)"', html.replace(get_plotlyjs(), ""))


def test_the_footer_names_the_store(html: str) -> None:
    assert "from <code>sqlite:////srv/mlflow.db</code>" in html
