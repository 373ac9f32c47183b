"""The kept tests as a list with search and filter, and one of them opened: told, taken away, run again, deleted."""

from collections.abc import Sequence

import streamlit as st

from batch_zero import formats
from batch_zero.errors import BatchZeroError
from batch_zero.installation import called
from batch_zero.text import as_html, capitalized, shortened
from mlflow_io.links import run_url
from mlflow_io.reading.model_tests import KeptTest, TestPage, one_test
from sandbox.files.kinds import MODELS
from testbench import kept, rerun
from testbench.output import words
from testbench.output.tables import measures_csv
from testbench.result import TestResult, from_data
from testbench.sections import results, shelf
from testbench.sections.shelf import COMPARE, FROM, RUN, TITLE, Address, Shelf
from ui import downloads, notes, sortable
from ui.markup import link, plain, sentence

KIND = "model_test"
CHOSEN, ASKED, WAITS = "tests-chosen", "tests-delete", "tests-waits"
LONGEST = 120
"""Of one word from outside, in the list."""

MARKS = {"passed": "✓", "not passed": "✕", "not judged": "–"}
NUMBERS = ("Measure", "Value (95 % interval)", "Rows")


def show(place: Shelf, at: Address) -> None:
    """The list. Raises TrackingError or NoPage."""
    st.title(TITLE, anchor=False)
    st.markdown("Every test of a model file that was kept, the newest first.")
    said()
    _filters(at)
    page = kept.listed(place.uri, at.search, at.cursor, may_be_new=place.may_be_new)
    if not page.tests:
        _nothing(at, page)
    _choice(page.tests)
    for test in page.tests:
        _row(test)
    _turn(at, page)
    for text in page.unreadable:
        notes.note(text)


def said() -> None:
    """What came of the last click."""
    if text := st.session_state.pop(shelf.SAID, None):
        st.info(sentence(text), icon=":material/info:")


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
        st.text_input("Class", key="tests-class", max_chars=500, on_change=_filtered, args=("class",))


def _filtered(name: str) -> None:
    shelf.go(**{name: st.session_state[f"tests-{name}"], FROM: None})


def _nothing(at: Address, page: TestPage) -> None:
    if page.next is not None:
        st.info(
            "None of the tests that were looked at so far is like that; older ones may be.", icon=":material/inbox:"
        )
    elif any(vars(at.search).values()) or at.cursor:
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
            st.session_state[key] = test.run_id in _chosen()
            help_ = f"Choose {test.run_id} to compare it"
            st.checkbox("Compare", key=key, help=help_, on_change=_choose, args=(test.run_id,))
            go = {RUN: test.run_id}
            st.button("Open", key=f"open-{test.run_id}", help=f"Open {test.run_id}", on_click=shelf.go, kwargs=go)


def _mark(test: KeptTest) -> str:
    name = as_html(shortened(test.name, LONGEST))
    if test.problem:
        return f"<strong>? Unreadable</strong> {name}"
    verdict = test.verdict if test.verdict in MARKS else "not judged"
    return f"<strong>{MARKS[verdict]} {capitalized(verdict)}</strong> {name}"


def _about(test: KeptTest) -> str:
    rows = f"{shortened(test.rows, 20)} {'made-up rows' if test.synthetic else 'rows'}" if test.rows else ""
    parts = [
        formats.moment(test.run.start_time),
        test.problem,
        "" if test.works is not False else "it does not work",
        test.model_class or "",
        rows,
        "files kept" if test.kept else "",
        f"again for {test.again_of}" if test.again_of else "",
        test.run_id,
    ]
    return "".join(f" · {shortened(part, LONGEST)}" for part in parts if part)


def _chosen() -> list[str]:
    found: list[str] = st.session_state.setdefault(CHOSEN, [])
    return found


def _choose(run_id: str) -> None:
    """Of more than two, those that were chosen last."""
    others = [each for each in _chosen() if each != run_id]
    st.session_state[CHOSEN] = [*others, run_id][-2:] if st.session_state[f"choose-{run_id}"] else others


def _choice(tests: Sequence[KeptTest]) -> None:
    """The older one comes first, as far as the page knows."""
    chosen = _chosen()
    order = {test.run_id: -place for place, test in enumerate(tests)}
    pair = sorted(chosen, key=lambda run_id: order.get(run_id, -len(tests)))
    text = {0: "Choose two tests to compare them.", 1: "One is chosen: choose another."}.get(len(chosen), "")
    with st.container(horizontal=True, vertical_alignment="center"):
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


def show_one(place: Shelf, run_id: str) -> None:
    """Raises NoSuchTest, ResultUnreadable or TrackingError."""
    test, data = one_test(place.uri, run_id), kept.data(place.uri, run_id)
    result = from_data(data)
    st.title(plain(result.model), anchor=False)
    address = run_url(place.ui, test.run)
    when = as_html(f"Tested on {formats.moment(test.run.start_time)}, kept as run ")
    st.html(f'<p class="who">{when}{link(address, run_id)}</p>')
    st.header("What came of it", anchor=False)
    results.show(result, "kept")
    _numbers(result)
    _again(place, run_id, result)
    said()
    if job := st.session_state.pop(WAITS, None):
        st.html(f'<p class="who"><a href="test_model?test={as_html(job)}#results">Watch it</a></p>')
    _delete(place, run_id)
    _files(data, result, run_id)


def _numbers(result: TestResult) -> None:
    rows = [(one.name, words.value(one), words.cell(one.rows)) for one in result.measures.values()]
    st.header("Every number", anchor=False)
    sortable.show("measures", "Every number", NUMBERS, rows)


def _again(place: Shelf, run_id: str, result: TestResult) -> None:
    found = rerun.Again(place.uri, run_id, result)
    st.header("Run it again", anchor=False)
    st.markdown(sentence(found.sentence))
    if found.lacking:
        command = " ".join([called("testbench"), "--again", run_id, *_options(found)])
        st.code(command, language="bash", wrap_lines=True)
    else:
        st.button("Run it again", icon=":material/replay:", key="test-again", on_click=_queue, args=(place, found))


def _options(found: rerun.Again) -> list[str]:
    return [{"model": "MODEL"}.get(one.part, f"--{one.part} FILE") for one in found.lacking]


def _queue(place: Shelf, found: rerun.Again) -> None:
    """What comes of it, and what does not, is said by the run of the page that follows."""
    try:
        queue = place.queue()
        upload = rerun.upload(found, place.uploads, queue.payloads(), place.most_mb)
        try:
            job = queue.enqueue(KIND, {"upload": upload.key}, title=upload.said()["name"])
        except BaseException:
            upload.remove()
            raise
    except BatchZeroError as error:
        shelf.say(error.advised)
    else:
        st.session_state[WAITS] = job
        shelf.say(f"It waits as the job {job}; the list of tests has it when it is done.")


def _delete(place: Shelf, run_id: str) -> None:
    st.header("Delete it", anchor=False)
    if st.session_state.get(ASKED) != run_id:
        st.markdown("It is marked as deleted in MLflow, and can be restored there.")
        st.button("Delete", icon=":material/delete:", key="test-delete", on_click=_ask, args=(run_id,))
        return
    st.warning("Delete this test? It is no longer listed then.", icon=":material/delete:")
    with st.container(horizontal=True):
        st.button("Yes, delete it", type="primary", key="test-delete-yes", on_click=_remove, args=(place, run_id))
        st.button("No", key="test-delete-no", on_click=_ask, args=(None,))


def _ask(run_id: str | None) -> None:
    st.session_state[ASKED] = run_id


def _remove(place: Shelf, run_id: str) -> None:
    _ask(None)
    try:
        shelf.say(kept.remove(place.uri, run_id))
    except BatchZeroError as error:
        shelf.say(error.advised)
        return
    st.session_state[CHOSEN] = [each for each in _chosen() if each != run_id]
    shelf.to_list()


def _files(data: object, result: TestResult, run_id: str) -> None:
    def html() -> str:
        from testbench.output.html import to_html

        return to_html(result, run_id)

    files = {
        "html": ("text/html", html),
        "csv": ("text/csv", lambda: measures_csv(result.measures.values())),
        "json": ("application/json", lambda: kept.as_text(data)),
    }
    downloads.in_sidebar("This test as a file", f"test-{run_id}", files)
