"""One kept test, opened: what came of it, taken away, run again, deleted."""

import streamlit as st

from batch_zero import formats
from batch_zero.errors import BatchZeroError
from batch_zero.text import as_html
from mlflow_io.links import run_url
from mlflow_io.reading.model_tests import one_test
from testbench import kept
from testbench.output import shown
from testbench.output.tables import measures_csv
from testbench.result import TestResult, from_data
from testbench.sections import again, results, shelf
from testbench.sections.shelf import Shelf
from ui import downloads, sortable
from ui.markup import link, plain

ASKED = "tests-delete"


def show(place: Shelf, run_id: str) -> None:
    """Raises NoSuchTest, ResultUnreadable or TrackingError."""
    test, data = one_test(place.uri, run_id), kept.data(place.uri, run_id)
    result = from_data(data)
    st.title(plain(result.model), anchor=False)
    address = run_url(place.ui, test.run)
    when = as_html(f"Tested on {formats.moment(test.run.start_time)}, kept as run ")
    st.html(f'<p class="who">{when}{link(address, run_id)}</p>')
    st.header("Results", anchor=False)
    results.show(result, "kept")
    _numbers(result)
    with st.container(key="screen-again"):
        again.show(place, run_id, result)
        _delete(place, run_id)
    _files(data, result, run_id)


def _numbers(result: TestResult) -> None:
    st.header("Every number", anchor=False)
    sortable.show("measures", "Every number", shown.NUMBERS, shown.numbers(result))


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
    shelf.choose(run_id, is_one=False)
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
