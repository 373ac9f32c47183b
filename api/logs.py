"""What the process says about itself: one line per request with an id, as text or JSON, and never a password."""

import logging
import re
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pythonjsonlogger.json import JsonFormatter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from batch_zero.secrets import masked

REQUEST_ID = "X-Request-ID"
NAME = REQUEST_ID.lower().encode()
QUIET = ("/healthz", "/readyz", "/_stcore/", "/static/", "/app/static/", "/favicon")
"""Paths whose success is of no interest."""

TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s [%(request_id)s]"
FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s"
_USABLE = re.compile(r"[\w.-]{1,64}", re.ASCII)
_request_id: ContextVar[str] = ContextVar("request_id", default="-")
log = logging.getLogger("batch_zero.request")


def request_id() -> str:
    """Of the request that is being answered; a dash outside of any."""
    return _request_id.get()


@contextmanager
def under(reference: str) -> Iterator[None]:
    """What is logged inside is about the request of that id."""
    token = _request_id.set(reference)
    try:
        yield
    finally:
        _request_id.reset(token)


class Clean(logging.Filter):
    """Puts the request's id into a record and takes passwords out."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = _request_id.get()
        record.msg, record.args = masked(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = masked(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None  # else a formatter writes it once more, as it was
        return True


def configure(*, as_json: bool) -> None:
    """For everything that logs in this process, Streamlit and uvicorn included."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Clean())
    renamed = {"asctime": "time", "levelname": "level", "name": "logger"}
    handler.setFormatter(JsonFormatter(FIELDS, rename_fields=renamed) if as_json else logging.Formatter(TEXT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in list(logging.root.manager.loggerDict):
        if name.startswith(("streamlit", "uvicorn")):
            theirs = logging.getLogger(name)
            theirs.handlers.clear()
            theirs.propagate = True
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # a retry is no news; what comes of it is said in its place


class Requests:
    """Gives every request an id, its caller's if that is usable, and logs how it went. Whatever comes after it finds
    the id among the request's headers, a page that is drawn on another thread too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(NAME, b"").decode("latin-1")
        request_id = given if _USABLE.fullmatch(given) else uuid.uuid4().hex[:16]
        named = (NAME, request_id.encode())
        scope = {**scope, "headers": [*(each for each in scope["headers"] if each[0] != NAME), named]}
        began, status = time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], named]}
            await send(message)

        with under(request_id):
            try:
                await self.app(scope, receive, send_with_id)
            finally:
                if scope["type"] == "http" and (status >= 400 or not scope["path"].startswith(QUIET)):
                    _log_request(scope, status, (time.perf_counter() - began) * 1000)


def _log_request(scope: Scope, status: int, took_ms: float) -> None:
    path = scope["path"].encode("unicode_escape").decode()  # a line break in it would begin another line
    log.info("%s %s %d in %.0f ms", scope["method"], path, status, took_ms)
