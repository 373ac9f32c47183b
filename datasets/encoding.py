"""Bytes -> text, where nothing but the bytes says how it was written."""

import codecs
import re

MARKS = {
    codecs.BOM_UTF8: ("utf-8", "UTF-8 with a mark"),
    codecs.BOM_UTF32_LE: ("utf-32-le", "UTF-32"),  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF16_LE: ("utf-16-le", "UTF-16"),
    codecs.BOM_UTF16_BE: ("utf-16-be", "UTF-16"),
}

WIDE = {
    "utf-32-le": re.compile(rb"[\t -~]\0\0\0"),
    "utf-32-be": re.compile(rb"\0\0\0[\t -~]"),
    "utf-16-le": re.compile(rb"[\t -~]\0[\t -~]\0"),
    "utf-16-be": re.compile(rb"\0[\t -~]\0[\t -~]"),
}
"""How a table begins whose first character, or whose first two, are ASCII."""

CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
"""What no text has, and what comes out where the encoding is another one."""

WESTERN = ("cp1252", "Latin-1 (Windows-1252), because it is not UTF-8")

NOT_WESTERN = (
    re.compile(r"[^\x00-\x7f]{4}|[à-öø-ÿ]{3}"),
    re.compile(r"[a-z][À-ÖØ-ÞŠŽŸ][a-z]"),
    re.compile(r"[A-Za-z][¡-©«¬®-´¶-¿×÷„…†‡ˆ‰‹›•˜™][A-Za-z]"),
)
"""Other alphabets, and the letters of Poland or of DOS, look so when they are read as Latin-1: characters beyond
ASCII in a row, a capital or a sign inside a word."""


class NoText(Exception):
    """The rest of a sentence that begins with a file's name."""


def decoded(content: bytes) -> tuple[str, str]:
    """The text, and its encoding for people, which is empty for plain UTF-8. Raises NoText.

    A mark at the beginning counts, then UTF-8 where all of it is valid: other encodings hardly ever are by chance. What
    else it may be, the bytes do not say. Western Europe's is taken where the text could be written so, and said."""
    for mark, (encoding, described) in MARKS.items():
        if content.startswith(mark):
            return _strictly(content[len(mark) :], encoding, described), "" if encoding == "utf-8" else described
    if b"\0" in content:
        return _of_wide_characters(content)
    try:
        return content.decode(), ""
    except UnicodeDecodeError:
        return _western(content), WESTERN[1]


def _strictly(content: bytes, encoding: str, described: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise NoText(f"it begins as {described} but is not, from byte {error.start:,} on; save it as UTF-8") from error


def _of_wide_characters(content: bytes) -> tuple[str, str]:
    """Without a mark, ASCII at the beginning tells: beside each of its bytes are null bytes."""
    for encoding, beginning in WIDE.items():
        if beginning.match(content):
            described = f"{encoding[:6].upper()} without a mark"
            if not CONTROL.search(text := _strictly(content, encoding, described)):
                return text, described
    line = content.count(b"\n", 0, content.index(b"\0")) + 1
    raise NoText(f"got a null byte in line {line:,}, which no table in text has; expected CSV or Parquet")


def _western(content: bytes) -> str:
    try:
        text = content.decode(WESTERN[0])
    except UnicodeDecodeError:
        text = ""
    if not text or any(pattern.search(text) for pattern in NOT_WESTERN):
        raise NoText("it is not UTF-8, and what else it is cannot be told for sure; save it as UTF-8")
    return text
