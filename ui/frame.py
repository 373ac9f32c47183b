"""What surrounds every page: who may see it, its style, and the sidebar."""

import runpy
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from batch_zero.installation import shipped
from batch_zero.text import one_line, shortened
from ui.markup import plain

WAY_IN = shipped("app.py")
STYLE = shipped("ui", "page.css")
FAVICON = shipped("static", "favicon.png")
_let_in: ContextVar[bool] = ContextVar("let_in", default=False)


@dataclass(frozen=True)
class Places:
    """Addresses that the sidebar shows; None where there is none."""

    tracking: str
    api: str | None
    mlflow_ui: str | None
    airflow_ui: str | None


def begin(allowed: Collection[str], *, assume_verified: bool = False) -> None:
    """The way in, once for all pages. Ends the page for a visitor who has to sign in and has not, or who is none of
    those that are ``allowed``: e-mail addresses and domains ("@example.org") in lower case; empty for everybody whom
    the provider knows. assume_verified: an address is the visitor's own as long as the provider does not deny it."""
    _let_in.set(False)
    st.set_page_config(page_title="Batch Zero", page_icon=str(FAVICON), layout="wide")
    st.html(STYLE)
    signed_in = getattr(st.user, "is_logged_in", None)  # None where nobody has to
    if signed_in is False:
        st.title("Batch Zero", anchor=False)
        st.markdown("This report is for people who sign in.")
        st.button("Sign in", icon=":material/login:", on_click=st.login, key="sign-in")
        st.stop()
    if signed_in and allowed and not _is_among(allowed, assume_verified):
        st.title("Batch Zero", anchor=False)
        st.error("This report is for others: your account is not among those that may see it.")
        _visitor()
        st.stop()
    if signed_in:
        with st.sidebar:
            _visitor()
    _let_in.set(True)


def page(title: str) -> None:
    """Begins a page, whose visitor ``begin`` has let in.

    Until ``st.navigation`` has been called once in a process, Streamlit runs the file in ``pages/`` that an address
    names by itself. Then ``app.py`` is run from here, which lets the visitor in or not and runs that page.
    """
    if not _let_in.get():
        runpy.run_path(str(WAY_IN))
        st.stop()
    st.set_page_config(page_title=f"{title} · Batch Zero")


def column() -> DeltaGenerator:
    """The column in which a page is drawn, and to which ``page.css`` applies."""
    return st.container(key="page")


def _visitor() -> None:
    name = st.user.get("email") or st.user.get("name") or "you"
    st.caption(f"Signed in as {plain(shortened(str(name), 100))}")
    st.button("Sign out", icon=":material/logout:", on_click=st.logout, key="sign-out", width="stretch")


def _is_among(allowed: Collection[str], assume_verified: bool) -> bool:
    """By an address that the provider calls verified: elsewhere people may write down any address as theirs."""
    address = str(st.user.get("email") or "").casefold()
    domain = address[address.rfind("@") :] if "@" in address else None
    said = st.user.get("email_verified")
    verified = assume_verified if said is None else said is True or said == "true"  # some send it as a text
    return verified and (address in allowed or domain in allowed)


def choose_experiment(names: Sequence[str], default: str) -> None:
    """The experiment in the sidebar and in the URL, for all pages. A path in the URL joins the list, unchecked."""
    asked = st.query_params.get("experiment", default)
    options = list(dict.fromkeys((*names, default, asked)))
    st.session_state["experiment"] = asked  # Back and Forward change the URL, and the choice has to follow
    with st.sidebar:
        st.selectbox(
            "Experiment",
            options,
            format_func=one_line,
            key="experiment",
            on_change=_to_address,
            help="A folder of examples/, or in the URL the path of an experiment.toml",
        )


def experiment() -> str:
    """What was chosen by ``choose_experiment``: a name or a path, from the URL, unchecked."""
    return str(st.session_state["experiment"])


def _to_address() -> None:
    """Into the URL only what a reader chose: whatever is written there is a step back in the history, and loses the
    place on the page."""
    st.query_params["experiment"] = st.session_state["experiment"]


def places(known: Places) -> None:
    with st.sidebar:
        st.caption("Tracking store")
        st.code(known.tracking, language=None, wrap_lines=True)
        if known.api:
            st.caption("API")
            st.code(known.api, language=None, wrap_lines=True)
        for label, url in (("MLflow", known.mlflow_ui), ("Airflow", known.airflow_ui)):
            if url:
                st.link_button(f"Open {label}", url, icon=":material/open_in_new:", width="stretch")


def refreshed() -> bool:
    """Whether the reader has just asked for a new look at the store."""
    return bool(st.session_state.get("refresh") or st.session_state.get("try-again"))


def refresh(read: str) -> None:
    """read: when and how fast the store was read last."""
    with st.sidebar:
        st.button("Refresh", icon=":material/refresh:", width="stretch", key="refresh")
        st.caption(plain(read))


def busy(text: str) -> AbstractContextManager[None]:
    """Says what is going on, and for how long, once that takes a moment."""
    return st.spinner(text, show_time=True)
