"""Where the page's tests lie, and what its address says: which of them are meant, one of them, or two."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from jobs.queue import Queue
from mlflow_io.reading.model_tests import Search
from ui.markup import sentence

TITLE = "Tests of models"
RUN, COMPARE, FROM = "run", "compare", "from"
VERDICTS = ("passed", "not passed", "not judged")
FILTERS = ("search", "verdict", "works", "kind", "class")
SAID, CHOSEN = "tests-said", "tests-chosen"


@dataclass(frozen=True)
class Shelf:
    """uri: of the store. may_be_new: it has perhaps not been made yet. ui: the address of MLflow's pages. queue: opens
    that of the jobs. uploads: where files wait for their test. The others are bounds of the bench."""

    uri: str
    may_be_new: bool
    ui: str | None
    queue: Callable[[], Queue]
    uploads: Path
    most_mb: int


@dataclass(frozen=True)
class Address:
    """run: the test that is opened. pair: the two that are compared, or what stands there for them. cursor: where the
    list goes on."""

    search: Search
    run: str | None
    pair: tuple[str, ...] | None
    cursor: str | None

    @property
    def asks(self) -> bool:
        """For some of the tests, and not simply for the latest."""
        return self.cursor is not None or any(value not in (None, "") for value in vars(self.search).values())


def address() -> Address:
    query = st.query_params
    verdict, works = query.get("verdict"), query.get("works")
    return Address(
        search=Search(
            text=query.get("search", ""),
            verdict=verdict if verdict in VERDICTS else None,
            works={"yes": True, "no": False}.get(works or ""),
            kind=query.get("kind") or None,
            model_class=query.get("class") or None,
        ),
        run=query.get(RUN) or None,
        pair=tuple(query[COMPARE].split(",")) if query.get(COMPARE) else None,
        cursor=query.get(FROM) or None,
    )


def go(**to: str | None) -> None:
    """To another place of the page; None leaves that out."""
    with_value: Mapping[str, str] = {name: value for name, value in to.items() if value}
    for name in to:
        if name in st.query_params and name not in with_value:
            del st.query_params[name]
    st.query_params.update(with_value)


def to_list() -> None:
    go(**{RUN: None, COMPARE: None})


def say(text: str) -> None:
    """Shown once, by the run of the page that follows."""
    st.session_state[SAID] = text


def said() -> None:
    """What came of the last click."""
    if text := st.session_state.pop(SAID, None):
        st.info(sentence(text), icon=":material/info:")


def chosen() -> list[str]:
    """The tests that are to be compared."""
    found: list[str] = st.session_state.setdefault(CHOSEN, [])
    return found


def choose(run_id: str, *, is_one: bool) -> None:
    """Of more than two, those that were chosen last."""
    others = [each for each in chosen() if each != run_id]
    st.session_state[CHOSEN] = [*others, run_id][-2:] if is_one else others
