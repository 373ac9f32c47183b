"""One ASGI process: the page, the API beside it, warmed up. ``streamlit run server.py``; app.py alone works as well."""

import gc
import ipaddress
import logging
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.types import ASGIApp
from streamlit import config as streamlit_config
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

import settings
from api import access, deadline, health, hosts, index, logs
from api.app import app as api
from api.base_path import BasePath
from api.headers import SecurityHeaders
from batch_zero.errors import BatchZeroError
from batch_zero.installation import shipped
from batch_zero.text import one_line

log = logging.getLogger("batch_zero")


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, object]]:
    """The first visitor should not wait for imports, and no visitor for the garbage collector: Streamlit runs it after
    every script run, over everything that was ever imported. What is frozen it leaves alone."""
    import plotly.graph_objects  # noqa: F401  imported for its side effect: it is loaded

    from report.service import shared

    logs.configure(as_json=CONFIG.logs.format == "json")
    if not (CONFIG.access.oidc or CONFIG.access.token) and not is_loopback(st.get_option("server.address")):
        log.warning(
            "this page is open to everyone who can reach it: set BATCH_ZERO_TOKEN and put a proxy in front, or set "
            "BATCH_ZERO_OIDC_* (docs/deployment.md)"
        )
    try:
        experiment = settings.load_experiment(CONFIG.experiments.first, CONFIG)
        shared.read(CONFIG.tracking.uri, experiment, CONFIG.tracking.home, thoroughly=False)
    except BatchZeroError as error:
        log.warning("started without a history: %s", error)
    gc.collect()
    gc.freeze()
    yield {}


def _mounted(path: str, api: ASGIApp) -> Mount:
    """A line break in the path, which is a character like any other, is none of Starlette's."""
    mount = Mount(path, app=api)
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount


def is_loopback(address: str | None) -> bool:
    """Streamlit listens on every interface where no address is set."""
    try:
        return address == "localhost" or ipaddress.ip_address(address or "0.0.0.0").is_loopback
    except ValueError:
        return False


def on_script_error(error: BaseException) -> bool:
    """The id is that of the connection by which the page came, so that all about it is under one id in the log."""
    reference = st.context.headers.get(logs.REQUEST_ID, "unknown")
    with logs.under(reference):
        log.error("page failed, reference %s", reference, exc_info=error)
    st.error(f"This part could not be shown. Reference {reference}, in the server's log.", icon=":material/error:")
    return True


try:
    CONFIG = settings.read()
    HOSTS = hosts.allowed(st.get_option("server.allowedHosts"), st.get_option("server.address"))
except BatchZeroError as wrong:  # who may come in is among them: better no page than an open one
    print(f"server: {one_line(wrong.advised)}", file=sys.stderr)
    sys.exit(wrong.exit_code)
PAGE_CSS = shipped("ui", "page.css")
# The one list for what Streamlit checks itself, the WebSocket, and for all the rest.
streamlit_config.set_option("server.allowedHosts", list(HOSTS))
deadline.guard(AutoHTTPProtocol)
deadline.guard_websockets(WebSocketsSansIOProtocol)
app = st.App(
    Path(__file__).with_name("app.py"),
    routes=[*health.routes(CONFIG.tracking.uri), *index.routes(PAGE_CSS), _mounted("/api", api)],
    middleware=[
        Middleware(BasePath, st.get_option("server.baseUrlPath") or ""),
        Middleware(logs.Requests),
        Middleware(SecurityHeaders),
        Middleware(hosts.Hosts, HOSTS),
        Middleware(
            access.Access,
            CONFIG.access.token,
            page=CONFIG.access.token is not None and CONFIG.access.oidc is None,
            api=CONFIG.access.token is not None or CONFIG.access.oidc is not None,
        ),
        Middleware(index.Index),
    ],
    lifespan=lifespan,
    on_script_error=on_script_error,
    secrets={"auth": CONFIG.access.oidc.as_streamlit()} if CONFIG.access.oidc else None,
)
