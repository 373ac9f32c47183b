"""Text from outside on one line of ours: what cannot be seen, or turns the line around, is shown as an escape.

U+202E lets "exe.gpj" be read as "jpg.exe", a zero-width space makes two names of one, tag characters carry whole
sentences that nobody sees. So they are written out: ``\\u202e``.
"""

import html
import json
import re
import unicodedata
from collections.abc import Hashable, Iterable

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufdd0-\ufdef\uffa0\ufff0-\ufff8\ufffe\uffff"
    "\U000e0000-\U000e0fff]"
)
"""Has no width, and Unicode calls it a letter, a mark or nothing at all: fillers, selectors, tags, noncharacters."""

_VISIBLE_FORMATS = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
"""Numbering signs of Arabic, Syriac and Kaithi, which Unicode counts among the invisible ones."""

_JOINERS = "\u200c\u200d"
"""Persian and the languages of India spell with them, and emoji are put together by them."""


def one_line(text: object, limit: int | None = None) -> str:
    """``text`` with a blank for each line break and tab, and an escape for whatever else cannot be seen. limit: how
    many characters of ``text`` at most, before escapes make more of them."""
    shown = str(text)[:limit]
    if shown.isascii() and shown.isprintable():
        return shown
    return "".join(_seen(shown, place) for place in range(len(shown)))


def as_html(text: object) -> str:
    """``one_line`` of it, escaped for HTML and its attributes."""
    return html.escape(one_line(text))


def as_json(data: object) -> str:
    """``data`` as JSON: values stay as they are, and what ``one_line`` would write out is escaped as JSON does it, so
    that the text can be looked at."""
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
    if re.fullmatch(r"[\n -~]*", text):
        return text
    return "".join(_escaped(text, place) for place in range(len(text)))


def _escaped(text: str, place: int) -> str:
    char = text[place]
    return char if char == "\n" or _seen(text, place) == char else json.dumps(char)[1:-1]


def shortened(text: str, length: int = 40) -> str:
    """``text``, or its beginning with an ellipsis at its end: ``length`` characters at most."""
    return text if len(text) <= length else text[: length - 1] + "…"


def quoted(names: Iterable[Hashable]) -> str:
    """Names for a sentence: 'a', 'b' and 3 more."""
    all_of_them = list(names)
    shown = ", ".join(repr(shortened(str(name))) for name in all_of_them[:5])
    return shown if len(all_of_them) <= 5 else f"{shown} and {len(all_of_them) - 5} more"


def alike(name: str, others: Iterable[str]) -> str | None:
    """The first of ``others`` that differs from ``name`` in capitals or blanks only: it may be meant by it."""
    plain = _plain(name)
    return next((other for other in others if other != name and _plain(other) == plain), None)


def by_numbers(text: str) -> tuple[tuple[int, str], ...]:
    """To sort by: numbers within a text count as numbers, however long they are.

    >>> sorted(["batch_10", "batch_9", "batch"], key=by_numbers)
    ['batch', 'batch_9', 'batch_10']
    """
    parts = re.findall(r"(0*)([0-9]+)|([^0-9]+)", text)
    return tuple((len(digits), digits or word) for _, digits, word in parts)


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()


def _seen(text: str, place: int) -> str:
    char = text[place]
    if char.isprintable() and not _INVISIBLE.match(char):
        return char
    if char.isspace():
        return " "
    if _VISIBLE_FORMATS.match(char) or (char in _JOINERS and _joins(text, place)):
        return char
    # What has no name yet, or a private one, is drawn as a box at least.
    if unicodedata.category(char) in {"Cn", "Co"} and not _INVISIBLE.match(char):
        return char
    return char.encode("unicode_escape").decode()


def _joins(text: str, place: int) -> bool:
    """Whether a joiner stands where it is spelt: between two characters of other scripts than ours, or emoji."""
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    return all(each and not each.isascii() and each.isprintable() and not each.isspace() for each in (before, after))


def capitalized(sentence: str) -> str:
    """Its first letter large, the others as they are."""
    return sentence[:1].upper() + sentence[1:]


_ACTIVE_MARK = re.compile(r"([\\`*_\[\]<>{}#|~&:$@]|(?<=www)\.)", re.IGNORECASE)
_FIRST_MARK = re.compile(r"^(\d{0,9})([+\-=.)])")
"""Every mark that CommonMark or GitHub may read anything into where it stands, those of lists only at the beginning.
The others stay, for who reads the raw text."""


def as_markdown(text: str) -> str:
    """Text that is not ours, on one line and without any meaning to Markdown, HTML or GitHub's autolinks."""
    return _FIRST_MARK.sub(r"\1\\\2", _ACTIVE_MARK.sub(r"\\\1", " ".join(one_line(text).split())))
