"""Evidently's HTML, made safe to open."""

import re

DATA_LINE = re.compile(r"^    var \w+ = .*;$", re.MULTILINE)
"""How Evidently's page carries its data: two such lines of JSON in a <script>."""


def without_markup_in_data(html: str) -> str:
    """The same page, but a category named "</script><script>..." stays a name.

    Evidently writes names and values into a <script> as they came. JSON has "<" only inside its strings, where
    "\\u003c" means the same. Raises RuntimeError where the page does not look as Evidently 0.7 made it.
    """
    safe, lines = DATA_LINE.subn(lambda line: line.group().replace("<", "\\u003c"), html, count=2)
    if lines < 2:
        raise RuntimeError(f"Evidently's page: got {lines} lines of data, expected 2; is this another Evidently?")
    return safe
