"""Our own paths below the base path of the page: behind a proxy, ``/report/readyz`` is ``/readyz``."""

from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send

OURS = ("/healthz", "/readyz", "/api", "/batch-zero.css", "/batch-zero.js")


class BasePath:
    """To what comes after it, our own paths look as if there were no base path; Streamlit knows its own. In front of
    everything that decides by the path."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        """base: as Streamlit takes it, with or without slashes; empty where there is none."""
        self.app = app
        self._base = f"/{base.strip('/')}" if base.strip("/") else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._base and scope["type"] in {"http", "websocket"} and self._is_ours(scope["path"]):
            path = scope["path"].removeprefix(self._base)
            scope = {**scope, "path": path, "raw_path": quote(path).encode()}
        await self.app(scope, receive, send)

    def _is_ours(self, path: str) -> bool:
        below = path.removeprefix(self._base) if path.startswith(f"{self._base}/") else ""
        return any(below == own or (own == "/api" and below.startswith("/api/")) for own in OURS)
