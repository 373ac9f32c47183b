"""For whoever watches over this process: is it alive, and can it do its work?"""

import time
from threading import Lock

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from mlflow_io.errors import TrackingError
from mlflow_io.source import ping

KNOWN_S = 5.0
"""A store that was asked so shortly ago is not asked again."""


class Readiness:
    """Whether the tracking store answers."""

    def __init__(self, tracking_uri: str) -> None:
        self._uri, self._lock = tracking_uri, Lock()
        self._asked = -float("inf")
        self._problem: str | None = None

    def problem(self) -> str | None:
        """A sentence without secrets; None if all is well. Many may ask at once; the store is asked by one of them."""
        with self._lock:
            if time.monotonic() - self._asked > KNOWN_S:
                try:
                    ping(self._uri)
                    self._problem = None
                except TrackingError as error:
                    self._problem = str(error)
                self._asked = time.monotonic()
            return self._problem


def alive(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "alive"})


def routes(tracking_uri: str) -> list[Route]:
    readiness = Readiness(tracking_uri)

    def ready(_request: Request) -> JSONResponse:
        problem = readiness.problem()
        content = {"status": "ready"} if problem is None else {"status": "not ready", "tracking": problem}
        return JSONResponse(content, status_code=200 if problem is None else 503)

    return [Route("/healthz", alive), Route("/readyz", ready)]
