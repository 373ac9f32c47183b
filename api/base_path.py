"""What is ours among the paths, whatever stands before it: behind a proxy, ``/report/readyz`` is ``/readyz``. And
``/run_tests``, which CI jobs call, is ``/api/run_tests``: to all that decides by the path, the two are one."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

AT_ROOT = "/run_tests"
"""Of the API, and at the root as well."""

OURS = ("/healthz", "/readyz", "/api", AT_ROOT, "/batch-zero.css", "/batch-zero.js")
_CALLED = "batch_zero.called"


class BasePath:
    """To what comes after it, our own paths look as if there were no base path; Streamlit knows its own. In front of
    everything that decides by the path."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        """base: as Streamlit takes it, with or without slashes; empty where there is none."""
        self.app = app
        self._base = f"/{base.strip('/')}" if base.strip("/") else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            path = self._ours(scope["path"])
            if path != scope["path"]:
                scope = {**scope, "path": path, "raw_path": quote(path).encode(), _CALLED: scope["path"]}
        await self.app(scope, receive, send)

    def _ours(self, path: str) -> str:
        """The path by its one name, where it is ours; else as it is."""
        below = path.removeprefix(self._base) if path.startswith(f"{self._base}/") else path
        if not any(below == own or (own in {"/api", AT_ROOT} and below.startswith(f"{own}/")) for own in OURS):
            return path
        return f"/api{below}" if below.startswith(AT_ROOT) else below


def called(request: Request) -> str:
    """The path that a request named, before it got its one name."""
    path: str = request.scope.get(_CALLED, request.url.path)
    return path
