"""Two kept tests side by side: what differs beyond chance, and folded below it everything."""

import streamlit as st

from batch_zero import formats
from batch_zero.errors import BatchZeroError, expected
from batch_zero.text import as_html, shortened
from mlflow_io.reading.model_tests import KeptTest, one_test
from testbench import kept
from testbench.comparison import Compared, Comparison, Word
from testbench.output import words
from testbench.result import TestResult
from testbench.sections.shelf import COMPARE, RUN, Shelf
from ui import notes, sortable
from ui.markup import sentence
from ui.tables import cards

MARKS = {Word.BETTER: "▲", Word.WORSE: "▼", Word.SAME: "≈", Word.EQUAL: "=", Word.NONE: "–"}
HEADINGS = ("Measure", "First", "Second", "Difference", "The second is")
LONGEST = 80


class NoPair(BatchZeroError):
    """An address that names no two tests."""

    status = 422


def show(place: Shelf, pair: tuple[str, ...]) -> None:
    """Raises NoPair, NoSuchTest, ResultUnreadable or TrackingError."""
    if len(pair) != 2:
        raise NoPair(expected(COMPARE, shortened(",".join(pair)), "the runs of two tests with a comma between them"))
    found, tests = kept.compared(place.uri, *pair), [one_test(place.uri, run_id) for run_id in pair]
    st.title("Two tests compared", anchor=False)
    both = zip(("First", "Second"), (found.first, found.second), tests, strict=True)
    st.html(f'<ul class="findings">{"".join(_side(*each) for each in both)}</ul>')
    with st.container(key="results-compared"):
        _foremost(found)
        _all(found)


def _side(word: str, result: TestResult, test: KeptTest) -> str:
    name, kind = (as_html(shortened(text, LONGEST)) for text in (result.model, result.description.model_class))
    verdict = "not judged" if result.verdict is None else result.verdict.word
    run = f'<a href="?{RUN}={as_html(test.run_id)}">{as_html(test.run_id)}</a>'
    when = as_html(formats.moment(test.run.start_time))
    return f"<li>{word}: <strong>{name}</strong>, {verdict}, tested {when}, {kind}, run {run}</li>"


def _foremost(found: Comparison) -> None:
    text = sentence(" ".join(found.sentences))
    if found.other_data:
        st.warning(text, icon=":material/difference:")
    else:
        st.markdown(text)
    if found.foremost:
        rows = [_row(one) for one in found.foremost]
        st.html(cards("foremost", "What differs, and what may", HEADINGS, rows))
    if found.left_out:
        notes.note(f"{formats.counted(found.left_out, 'more measure')} that may differ: in the list of all below")


def _all(found: Comparison) -> None:
    with st.expander(f"All {formats.counted(len(found.measures), 'measure')} of both, and what else differs"):
        if found.measures:
            rows = [(*values, f"{word}{_by(one)}") for one in found.measures for *values, _, word in [_row(one)]]
            sortable.show("compared", "Every measure of both tests", (*HEADINGS[:3], HEADINGS[4]), rows)
        else:
            st.info("Neither of them measured anything.", icon=":material/inbox:")
        for text in (found.pairs.how, *found.notes):
            notes.note(text)


def _by(one: Compared) -> str:
    """The difference, in the column of the word: five columns are too many for a phone."""
    return "" if one.word in {Word.NONE, Word.EQUAL} else f" ({words.difference(one.difference)})"


def _row(one: Compared) -> tuple[str, ...]:
    word = f"{MARKS[one.word]} {one.word}{f': {one.reason}' if one.reason else ''}"
    return one.name, words.value(one.first), words.value(one.second), words.difference(one.difference), word
