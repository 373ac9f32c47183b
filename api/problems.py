"""What went wrong, in one shape for every answer: RFC 9457, ``application/problem+json``.

title: the words of the HTTP status. detail: one sentence. instance: the request's id, which the answer has as
``X-Request-ID`` and the log on every line about it. hint: what to do next, where the sentence does not say so.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Match

from api import logs
from batch_zero.errors import BatchZeroError
from batch_zero.text import one_line

log = logging.getLogger("batch_zero.api")

METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
LATER_S = 30
"""When a program may come again that is told 503, where the error has no better idea."""


class Problem(JSONResponse):
    """more: members beside those of the RFC; one of the same name takes its place."""

    media_type = "application/problem+json"

    def __init__(
        self,
        status: int,
        detail: str,
        headers: Mapping[str, str] | None = None,
        *,
        more: Mapping[str, str] | None = None,
    ) -> None:
        body = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": one_line(detail),
            "instance": logs.request_id(),
        }
        later = {"Retry-After": str(LATER_S)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
        super().__init__({**body, **(more or {})}, status, {**later, **(headers or {})})


def of(error: BatchZeroError) -> Problem:
    headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s is not None else None
    return Problem(error.status, str(error), headers, more={"hint": error.hint} if error.hint else None)


def answer_with_problems(app: FastAPI) -> None:
    app.add_exception_handler(BatchZeroError, lambda _, error: of(error))
    app.add_exception_handler(HTTPException, _refused)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _misunderstood)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, _failed)


def _refused(request: Request, error: HTTPException) -> Problem:
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods(request))
    return Problem(error.status_code, error.detail, headers)


def _methods(request: Request) -> list[str]:
    """Of every route of that path: the framework names those of the first."""
    routes, scopes = request.app.routes, ({**request.scope, "method": method} for method in METHODS)
    return [scope["method"] for scope in scopes if any(route.matches(scope)[0] is Match.FULL for route in routes)]


def _misunderstood(_request: Request, error: RequestValidationError) -> Problem:
    message = (
        f"{'.'.join(map(str, each['loc'][1:]))}: got {each['input']!r:.100}; {each['msg']}" for each in error.errors()
    )
    return Problem(422, "; ".join(message))


def _failed(_request: Request, error: Exception) -> Problem:
    """A fault of ours."""
    log.error("the API failed", exc_info=error)
    return Problem(500, "This could not be answered. The server's log has more under the id of this request.")
