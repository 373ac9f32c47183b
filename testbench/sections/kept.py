"""The kept tests as a list with search and filter, of which one is opened, or two are compared."""

from collections.abc import Sequence

import streamlit as st

from batch_zero import formats
from batch_zero.installation import called
from batch_zero.text import as_html, capitalized, shortened
from metrics.kinds import KNOWN
from mlflow_io.reading.model_tests import KeptTest, TestPage
from sandbox.files.kinds import MODELS
from testbench import kept
from testbench.sections import shelf
from testbench.sections.shelf import COMPARE, FROM, RUN, TITLE, Address, Shelf
from ui import notes
from ui.markup import plain

LONGEST = 120
"""Of one word from outside, in the list."""

SHORT = 8
"""Characters of a run's id, which tell it from the others of a list."""

MARKS = {"passed": "✓", "not passed": "✕", "not judged": "–"}


def show(place: Shelf, at: Address) -> None:
    """The list. Raises TrackingError or NoPage."""
    st.title(TITLE, anchor=False)
    st.markdown("Every test of a model file that was kept, the newest first.")
    shelf.said()
    page = kept.listed(place.uri, at.search, at.cursor, may_be_new=place.may_be_new)
    if page.tests or at.asks:
        _filters(at)
    if page.tests:
        _choice(page.tests)
    else:
        _nothing(at, page)
    for test in page.tests:
        _row(test)
    _turn(at, page)
    for text in page.unreadable:
        notes.note(text)


def _filters(at: Address) -> None:
    kinds = list(dict.fromkeys([*(kind.name for kind in MODELS), *([at.search.kind] if at.search.kind else [])]))
    choices = {"verdict": shelf.VERDICTS, "works": ("yes", "no"), "kind": kinds}
    for name in shelf.FILTERS:  # Back and Forward change the address, and the fields have to follow
        asked, valid = st.query_params.get(name, ""), choices.get(name)
        st.session_state[f"tests-{name}"] = asked if valid is None or asked in valid else ""
    with st.container(horizontal=True, vertical_alignment="bottom", key="tests-filters"):
        st.text_input("Search", key="tests-search", max_chars=200, on_change=_filtered, args=("search",))
        for name, valid in choices.items():
            st.selectbox(
                capitalized(name),
                ("", *valid),
                format_func=lambda value: plain(value) if value else "all",
                key=f"tests-{name}",
                on_change=_filtered,
                args=(name,),
            )
        st.text_input("Model class", key="tests-class", max_chars=500, on_change=_filtered, args=("class",))


def _filtered(name: str) -> None:
    shelf.go(**{name: st.session_state[f"tests-{name}"], FROM: None})


def _nothing(at: Address, page: TestPage) -> None:
    if page.next is not None:
        st.info(
            "None of the tests that were looked at so far is like that; older ones may be.", icon=":material/inbox:"
        )
    elif at.asks:
        st.info("No test is like that.", icon=":material/inbox:")
    else:
        st.info("No test is kept here yet.", icon=":material/inbox:")
        st.html('<p><a href="test_model">Test a model</a>, or in a terminal, to keep what comes of it:</p>')
        st.code(f"{called('testbench')} MODEL --log", language="bash")


def _row(test: KeptTest) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"test-{test.run_id}"):
        st.html(f"<p>{_mark(test)} {as_html(_about(test))}</p>")
        if not test.problem:
            key = f"choose-{test.run_id}"
            st.session_state[key] = test.run_id in shelf.chosen()
            help_ = f"Choose {test.run_id} to compare it"
            st.checkbox("Compare", key=key, help=help_, on_change=_choose, args=(test.run_id,))
            go = {RUN: test.run_id}
            st.button("Open", key=f"open-{test.run_id}", help=f"Open {test.run_id}", on_click=shelf.go, kwargs=go)


def _mark(test: KeptTest) -> str:
    name = as_html(shortened(test.model or test.name, LONGEST))
    if test.problem:
        return f"<strong>? Unreadable</strong> {name}"
    verdict = test.verdict if test.verdict in MARKS else "not judged"
    return f"<strong>{MARKS[verdict]} {capitalized(verdict)}</strong> {name}"


def _about(test: KeptTest) -> str:
    parts = [
        _score(test),
        formats.moment(test.run.start_time),
        test.problem,
        "" if test.works is not False else "it does not work",
        test.model_class or "",
        _rows(test),
        "files kept" if test.kept else "",
        f"again of {test.again_of[:SHORT]}" if test.again_of else "",
        f"run {test.run_id[:SHORT]}",
    ]
    return "".join(f" · {shortened(part, LONGEST)}" for part in parts if part)


def _score(test: KeptTest) -> str:
    """The one that counts most, of which the opened test says how sure it is."""
    name = next(iter(test.scores), None)
    return "" if name is None else f"{KNOWN[name].label} {KNOWN[name].text(test.scores[name])}"


def _rows(test: KeptTest) -> str:
    if not test.rows:
        return ""
    count = f"{int(test.rows):,}" if test.rows.isascii() and test.rows.isdigit() else shortened(test.rows, SHORT)
    return f"{count} {'made-up rows' if test.synthetic else 'rows'}"


def _choose(run_id: str) -> None:
    shelf.choose(run_id, is_one=st.session_state[f"choose-{run_id}"])


def _choice(tests: Sequence[KeptTest]) -> None:
    """The older one comes first, as far as the page knows."""
    chosen = shelf.chosen()
    order = {test.run_id: -place for place, test in enumerate(tests)}
    pair = sorted(chosen, key=lambda run_id: order.get(run_id, -len(tests)))
    text = {0: "Choose two tests to compare them.", 1: "One is chosen: choose another."}.get(len(chosen), "")
    with st.container(horizontal=True, vertical_alignment="center", key="screen-choice"):
        where = {COMPARE: ",".join(pair)}
        disabled = len(chosen) != 2
        st.button("Compare the two", key="tests-compare", disabled=disabled, on_click=shelf.go, kwargs=where)
        if text and tests:
            st.caption(text)


def _turn(at: Address, page: TestPage) -> None:
    with st.container(horizontal=True):
        if at.cursor:
            st.button("The latest", key="tests-latest", on_click=shelf.go, kwargs={FROM: None})
        if page.next:
            st.button("Older", key="tests-older", on_click=shelf.go, kwargs={FROM: page.next})
