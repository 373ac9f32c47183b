"""One ASGI process: the page with its headers, warmed up. ``streamlit run server.py``; app.py alone works as well."""

import base64
import gc
import hashlib
import logging
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import settings
from mlflow_io.errors import TrackingError

log = logging.getLogger("batch_zero")
# Filling a cache outside a page is what warming up means; Streamlit warns of it once.
logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, object]]:
    """The first visitor should not wait for imports, and no visitor for the garbage collector: Streamlit runs it after
    every script run, over everything that was ever imported. What is frozen it leaves alone."""
    import plotly.graph_objects  # noqa: F401  imported for its side effect: it is loaded

    from report import cache

    try:
        config = settings.read()
        experiment = settings.load_experiment(config.experiment, config)
        cache.read(config.tracking_uri, experiment, config.home, thoroughly=False)
    except (TrackingError, settings.SettingsError) as error:
        log.warning("started without a history: %s", error)
    gc.collect()
    gc.freeze()
    yield {}


def on_script_error(error: BaseException) -> bool:
    reference = uuid.uuid4().hex[:8]
    log.error("page failed, reference %s", reference, exc_info=error)
    st.error(f"This part could not be shown. Reference {reference}, in the server's log.", icon=":material/error:")
    return True


def content_security_policy() -> str:
    """Only what this server sends itself runs or loads. Streamlit's page has one inline script; its hash is allowed."""
    index = (Path(st.__file__).parent / "static" / "index.html").read_text("utf-8")
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", index, re.DOTALL)
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in inline
    )
    return (
        f"default-src 'self'; script-src 'self' 'wasm-unsafe-eval' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


class SecurityHeaders:
    """Adds the headers to every HTTP answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = [
            (b"content-security-policy", content_security_policy().encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self.headers]}
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


app = st.App(
    Path(__file__).parent / "app.py",
    middleware=[Middleware(SecurityHeaders)],
    lifespan=lifespan,
    on_script_error=on_script_error,
)
