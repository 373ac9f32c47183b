"""Who may come in, where this process is not for its own machine only.

Without a token everybody may: that is for loopback, or for a page that signs its visitors in by OpenID Connect. With a
token, programs send ``Authorization: Bearer TOKEN``, and the page is for a proxy that has signed the visitor in and
says so by ``X-Batch-Zero-Token: TOKEN``.
"""

import hmac

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from api.problems import Problem

PROXY_HEADER = "x-batch-zero-token"
OPEN = ("/healthz", "/readyz", "/_stcore/health")
API = "/api"
REFUSED = "This page is for visitors whom a proxy has signed in."


class Access:
    """token: None where the API is closed to programs. page: whether the page asks for the proxy's header."""

    def __init__(self, app: ASGIApp, token: str | None, *, page: bool, api: bool) -> None:
        self.app, self._token = app, token
        self._page, self._api = page, api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or scope["path"] in OPEN:
            await self.app(scope, receive, send)
            return
        to_api = scope["path"] == API or scope["path"].startswith(f"{API}/")
        needs_one = self._api if to_api else self._page
        if not needs_one or self._is_known(scope, bearer=to_api):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(code=4401, reason=REFUSED)(scope, receive, send)
        elif to_api:
            detail = "expected a valid token: Authorization: Bearer ..."
            await Problem(401, detail, {"WWW-Authenticate": "Bearer"})(scope, receive, send)
        else:
            await Problem(403, REFUSED)(scope, receive, send)

    def _is_known(self, scope: Scope, *, bearer: bool) -> bool:
        if self._token is None:
            return False
        headers = dict(scope["headers"])
        given = [headers.get(PROXY_HEADER.encode(), b"")]
        if bearer:
            scheme, _, credentials = headers.get(b"authorization", b"").partition(b" ")
            given += [credentials.strip()] if scheme.lower() == b"bearer" else []
        return any([hmac.compare_digest(each, self._token.encode()) for each in given])  # noqa: C419  every one, always
