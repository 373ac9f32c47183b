"""What an answer may be that is none of a route's own: for OpenAPI, so that programs know every status beforehand."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

PROBLEM = {
    "title": "Problem",
    "description": "RFC 9457",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "The words of the status"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence: where, what it got, what it expected"},
        "instance": {"type": "string", "description": "The request's id, as in X-Request-ID and in the server's log"},
        "hint": {"type": "string", "description": "What to do next"},
        "id": {"type": "string", "description": "Of the test that was begun, where one was"},
    },
}
BEARER = {"type": "http", "scheme": "bearer", "description": "BATCH_ZERO_TOKEN, where the server has one"}
LOCATION = {"Location": {"description": "Where to ask for it", "schema": {"type": "string"}}}
_HEADERS = {
    401: {"WWW-Authenticate": {"description": "Bearer", "schema": {"type": "string"}}},
    503: {"Retry-After": {"description": "Seconds until it may come again", "schema": {"type": "integer"}}},
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For ``responses`` of a route, a router or the app."""
    return {status: _problem(status) for status in statuses}


def _problem(status: int) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    found: dict[str, Any] = {"description": HTTPStatus(status).phrase, "content": content}
    return {**found, "headers": _HEADERS[status]} if status in _HEADERS else found


EVERYWHERE = problems(400, 401, 421, 500)
"""A Host header that is none, no token, a name that this server does not answer to, and a fault of ours."""


def complete(app: FastAPI) -> None:
    """Adds what ``problems`` points to, and how one shows who one is."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        known = described()
        known["components"]["schemas"]["Problem"] = PROBLEM
        known["components"]["securitySchemes"] = {"token": BEARER}
        known["security"] = [{"token": []}, {}]
        return known

    app.openapi = openapi  # type: ignore[method-assign]
