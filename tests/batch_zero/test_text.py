"""What turns a line around or cannot be seen is shown as an escape, in every face of the report."""

import html
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch_zero.text import one_line, shortened
from report.export.html import render_html
from report.export.markdown import render_markdown
from tests.report import hostile
from ui.markup import link, plain, sentence
from ui.tables import table

TURNED = "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u00ad"
UNSEEN = "\u034f\u115f\u1160\u180e\u2065\u3164\uffa0\ufff9\U000e0041\U000e0101"


@pytest.mark.parametrize("char", TURNED + UNSEEN + "\x00\x1b\x7f\x9b\ud800", ids=lambda char: f"U+{ord(char):04X}")
def test_what_cannot_be_seen_is_written_out(char: str) -> None:
    escape = char.encode("unicode_escape").decode()
    assert one_line(f"a{char}b") == f"a{escape}b"
    assert one_line(char) == escape


@pytest.mark.parametrize(
    "text",
    [
        *(
            "plain",
            "naïve — “größer” ≥ 0,5 €",
            "می\u200cخواهم",
            "क्\u200dष",
            "👩\u200d👩\u200d👧",
            "❤\ufe0f\u200d🔥",
            "\u0600١",
        ),
        *("日本語", "שלום", "e\u0301", "back\\slash", ""),
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert one_line(text) == text


def test_joiners_are_escaped_where_nothing_is_joined() -> None:
    assert one_line("ad\u200dmin\u200c") == "ad\\u200dmin\\u200c"


def test_line_breaks_and_other_blanks_are_blanks() -> None:
    assert one_line("a\nb\r\nc\td\u00a0e\u2028f\u3000g") == "a b  c d e f g"


def test_a_limit_counts_characters_of_the_text() -> None:
    assert one_line("ab\u202ecd", 3) == "ab\\u202e"


@settings(deadline=None)
@given(st.text())
def test_of_any_text_one_line_comes_that_a_terminal_can_show(text: str) -> None:
    shown = one_line(text)
    assert len(shown.splitlines()) <= 1
    kinds = {unicodedata.category(char) for char in shown if char not in "\u200c\u200d"}
    assert kinds.isdisjoint({"Cc", "Cs", "Zl", "Zp"})
    assert not set(shown) & set(TURNED + UNSEEN)


@pytest.mark.parametrize("char", TURNED + UNSEEN, ids=lambda char: f"U+{ord(char):04X}")
def test_no_face_of_the_report_shows_it_as_it_is(char: str) -> None:
    escape = char.encode("unicode_escape").decode()
    story, evidence = hostile.story(f"x{char}gpj.exe"), hostile.evidence(f"x{char}gpj.exe")
    # plotly.js has some of these characters in its own source.
    page = html.unescape(re.sub(r"<script>.*?</script>", "", render_html(story, evidence), flags=re.DOTALL))
    written = render_markdown(story)
    shown = "".join((link("http://host/", f"x{char}y"), table("c", f"c{char}", (f"h{char}",), [(f"v{char}",)])))
    for face, own in ((page, "\u2060\ufeff"), (written, ""), (shown, ""), (plain(f"x{char}gpj"), "\u2060")):
        assert char not in face or char in own
        assert escape in face.replace("\\\\", "\\")


def test_a_long_text_is_shortened() -> None:
    assert shortened("A" * 40) == "A" * 40
    assert shortened("A" * 41) == "A" * 39 + "…"
    assert shortened("A" * 41, 50) == "A" * 41


@pytest.mark.parametrize(
    "address",
    [
        "http://user:***@127.0.0.1:9/a_b--c",
        "sqlite:////srv/my--store/mlflow.db",
        "/srv/a--b/experiment.toml",
        "C:\\stores\\ml--flow",
        "s3://bucket/:red[x]",
    ],
)
@pytest.mark.parametrize("told", ["The store at {} cannot be reached", "{}: no TOML file", "it is at ({})."])
def test_an_address_in_a_sentence_can_be_copied_as_it_is(address: str, told: str) -> None:
    before, after = told.split("{}")
    assert sentence(told.format(address)) == f"{plain(before)}`{address}`{plain(after)}"


def test_no_address_breaks_out_of_its_code() -> None:
    assert sentence("http://a`:red[x]`") == "`http://a` `:red[x]`"
    assert sentence("http://a`:red[x]") == "`http://a`" + plain("`:red[x]")
