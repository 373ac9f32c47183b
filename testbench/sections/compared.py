"""Two kept tests side by side."""

import streamlit as st

from batch_zero.errors import BatchZeroError, expected
from batch_zero.text import as_html, capitalized, shortened
from testbench import kept
from testbench.comparison import HOW, Compared, Comparison, Word
from testbench.output import words
from testbench.sections.shelf import COMPARE, Shelf
from ui import notes, sortable, tiles
from ui.markup import sentence
from ui.tiles import Tile

MARKS = {Word.BETTER: "▲", Word.WORSE: "▼", Word.SAME: "≈", Word.NONE: "–"}
HEADINGS = ("Measure", "First", "Second", "The second is")
LONGEST = 80


class NoPair(BatchZeroError):
    """An address that names no two tests."""

    status = 422


def show(place: Shelf, pair: tuple[str, ...]) -> None:
    """Raises NoPair, NoSuchTest, ResultUnreadable or TrackingError."""
    if len(pair) != 2:
        raise NoPair(expected(COMPARE, shortened(",".join(pair)), "the runs of two tests with a comma between them"))
    found = kept.compared(place.uri, *pair)
    st.title("Two tests compared", anchor=False)
    names = [shortened(each.model, LONGEST) for each in (found.first, found.second)]
    st.html(
        '<ul class="findings">'
        + "".join(
            f"<li>{word}: <strong>{as_html(name)}</strong>, run <code>{as_html(run_id)}</code></li>"
            for word, name, run_id in zip(("First", "Second"), names, pair, strict=True)
        )
        + "</ul>"
    )
    if found.other_data:
        st.warning(sentence(f"{found.other_data} So nothing is called better or worse."), icon=":material/difference:")
    st.html(tiles.large(_counts(found)))
    rows = [(one.name, words.value(one.first), words.value(one.second), _word(one)) for one in found.measures]
    if rows:
        sortable.show("compared", "Every measure of both tests", HEADINGS, rows)
    else:
        st.info("Neither of them measured anything.", icon=":material/inbox:")
    for text in (HOW, *found.notes):
        notes.note(text)


def _word(one: Compared) -> str:
    by = f" ({words.difference(one.difference)})" if one.difference is not None else ""
    return f"{MARKS[one.word]} {one.word}{by}{f': {one.reason}' if one.reason else ''}"


def _counts(found: Comparison) -> list[Tile]:
    counts = {word: sum(one.word is word for one in found.measures) for word in Word}
    return [Tile(capitalized(word), f"{MARKS[word]} {number:,}", "") for word, number in counts.items()]
