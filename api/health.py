"""For whoever watches over this process: is it alive, and can it do its work?"""

import logging
import time
from threading import Lock

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from api.problems import Problem
from mlflow_io.errors import TrackingError
from mlflow_io.stores.open import ping

log = logging.getLogger("batch_zero.health")
KNOWN_S = 5.0
"""A store that was asked so shortly ago is not asked again."""


class Readiness:
    """Whether the tracking store answers."""

    def __init__(self, tracking_uri: str) -> None:
        self._uri, self._lock = tracking_uri, Lock()
        self._asked = -float("inf")
        self._problem: str | None = None

    def problem(self) -> str | None:
        """A sentence without secrets; None if all is well. Many may ask at once; the store is asked by one of them, and
        a new answer is logged."""
        with self._lock:
            if time.monotonic() - self._asked > KNOWN_S:
                before, self._problem = self._problem, _asked(self._uri)
                self._asked = time.monotonic()
                if self._problem != before:
                    log.warning("%s", self._problem or "The tracking store answers again")
            return self._problem


def _asked(uri: str) -> str | None:
    try:
        ping(uri)
    except TrackingError as error:
        return str(error)
    return None


def alive(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "alive"})


def routes(tracking_uri: str) -> list[Route]:
    readiness = Readiness(tracking_uri)

    def ready(_request: Request) -> JSONResponse:
        """Anybody may ask: which store, and why it does not answer, is for the log. Monitors read the words in
        ``status``, where RFC 9457 has a number; whoever goes by that passes over what is none."""
        if readiness.problem() is None:
            return JSONResponse({"status": "ready"})
        known = {"status": "not ready", "tracking": "does not answer; the log says why"}
        return Problem(503, "The tracking store does not answer", more=known)

    return [Route("/healthz", alive), Route("/readyz", ready)]
