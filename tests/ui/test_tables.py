"""Tables of the kit: what is in them is text, and what is taken away is as well."""

import csv
import io
import re

import pytest

from ui.sortable import as_csv
from ui.tables import Link, sortable


def test_every_heading_is_a_button_and_every_cell_is_text() -> None:
    html = sortable("runs", "All <runs>", ("Batch", "<b>Run</b>"), [("0", Link("<i>a</i>", None))])
    assert re.findall("<button[^>]*>(.*?)</button>", html) == ["Batch", "&lt;b&gt;Run&lt;/b&gt;"]
    assert re.findall("<td>(.*?)</td>", html) == ["0", "&lt;i&gt;a&lt;/i&gt;"]
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
