"""Streamlit's index.html, which names our stylesheet and a script of ours.

What a page draws by ``st.html`` comes late, its stylesheet too: a link to a batch would lead to where the batch stood
before everything above it took its height.
"""

from pathlib import Path

from starlette.responses import FileResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from batch_zero.installation import shipped

STYLE, SCRIPT = "/batch-zero.css", "/batch-zero.js"
NAMED = f'<link rel="stylesheet" href=".{STYLE}"><script defer src=".{SCRIPT}"></script></head>'
AS_A_WHOLE = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
"""Headers by which a browser asks for less than the text itself."""

OF_THE_TEXT = (b"content-length", b"etag", b"last-modified")


def routes(style: Path) -> list[Route]:
    return [
        Route(STYLE, lambda _: FileResponse(style, media_type="text/css")),
        Route(SCRIPT, lambda _: FileResponse(shipped("api", "batch-zero.js"), media_type="text/javascript")),
    ]


class Index:
    """Names them in every answer that is a whole page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _asks_for_a_page(scope):
            await self.app(scope, receive, send)
            return
        headers = [header for header in scope["headers"] if header[0] not in AS_A_WHOLE]
        await self.app({**scope, "headers": headers}, receive, _Naming(send))


def _asks_for_a_page(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


class _Naming:
    """Holds a page back until all of it is there."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_page(self._start)
        else:
            await self._send(message)

    async def _send_page(self, start: Message) -> None:
        body = self._body.replace(b"</head>", NAMED.encode(), 1)
        kept = [header for header in start["headers"] if header[0] not in OF_THE_TEXT]
        await self._send({**start, "headers": [*kept, (b"content-length", str(len(body)).encode())]})
        await self._send({"type": "http.response.body", "body": body})


def _is_page(start: Message) -> bool:
    kind: bytes = dict(start["headers"]).get(b"content-type", b"")
    return start["status"] == 200 and kind.startswith(b"text/html")
