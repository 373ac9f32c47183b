"""Tables of the kit: what is in them is text, and what is taken away is as well."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ui.sortable import as_csv
from ui.tables import Link, sortable, stacking


def test_every_heading_is_a_button_and_every_cell_is_text() -> None:
    html = sortable("runs", "All <runs>", ("Batch", "<b>Run</b>"), [("0", Link("<i>a</i>", None))])
    assert re.findall("<button[^>]*>(.*?)</button>", html) == ["Batch", "&lt;b&gt;Run&lt;/b&gt;"]
    assert re.findall("<td[^>]*>(.*?)</td>", html) == ["0", "&lt;i&gt;a&lt;/i&gt;"]
    assert "All &lt;runs&gt;" in html
    assert html.count('aria-sort="none"') == 2


def test_a_link_leads_to_another_window() -> None:
    html = sortable("runs", "Runs", ("Run",), [(Link("abc", 'http://mlflow.example/"x'),)])
    assert 'href="http://mlflow.example/&quot;x" target="_blank" rel="noopener noreferrer">abc</a>' in html


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('=HYPERLINK("http://evil.example")', '\'=HYPERLINK("http://evil.example")'),
        ("@SUM(1)", "'@SUM(1)"),
        ("-2+3", "'-2+3"),
        ("-0.5", "-0.5"),
        ("+1e3", "+1e3"),
        ("—", "—"),
        ("a, b", "a, b"),
    ],
)
def test_a_spreadsheet_computes_nothing_of_what_a_store_says(text: str, written: str) -> None:
    assert list(csv.reader(io.StringIO(as_csv(("A", "B"), [(text, Link(text, "http://x"))])))) == [
        ["A", "B"],
        [written, written],
    ]


ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("style", ["ui/page.css", "report/export/templates/report.css"])
@pytest.mark.parametrize("scores", [1, 2, 3, 4, 6])
def test_on_a_phone_each_group_of_columns_begins_a_line(
    browser: Browser, tmp_path: Path, style: str, scores: int
) -> None:
    names = [f"Score {number}" for number in range(scores)]
    groups = [(" ", 4), ("Production model", scores), ("New model", scores)]
    html = stacking("numbers", "All", groups, (*"ABCD", *names, *names), [["1"] * (4 + 2 * scores)])
    file = tmp_path / "table.html"
    css = (ROOT / style).read_text("utf-8")
    file.write_text(f'<style>{css}</style><body><div class="st-key-page">{html}</div>', "utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(file.as_uri())
    boxes = [box for cell in page.locator("tbody tr > *").all() if (box := cell.bounding_box())]
    page.close()
    first, production, last, new = (boxes[place] for place in (0, 4, 3 + scores, 4 + scores))
    assert first["x"] == production["x"] == new["x"]
    assert first["y"] < production["y"] <= last["y"] < new["y"]
