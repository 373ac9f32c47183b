"""A request has to arrive within a while. uvicorn waits for ever for headers that are half sent, and for a body: some
thousand such connections, which cost their sender nothing, leave no file handle for anybody else.

Streamlit makes uvicorn's configuration itself and has no setting for the protocol in it, so the protocol that uvicorn
has chosen is given a clock here.
"""

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import Any

HEADERS_S = 10.0
"""From the first byte, or from the connection on, to the end of the headers."""

BODY_S = 30.0
"""Between two pieces of a body. A whole one may take as long as a slow line needs."""

_CLOCK = "_batch_zero_clock"


def guard(protocol: type[asyncio.Protocol], headers_s: float = HEADERS_S, body_s: float = BODY_S) -> None:
    """Gives each connection of uvicorn's ``protocol`` the clock, once. It does not run while an answer is awaited, nor
    for a WebSocket, nor after an answer, when uvicorn has a time of its own."""
    if hasattr(protocol, _CLOCK):
        return
    setattr(protocol, _CLOCK, None)

    def after(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def done(self: Any, *arguments: Any) -> None:
            method(self, *arguments)
            _set(self, headers_s, body_s)

        return done

    protocol.connection_made = after(protocol.connection_made)  # type: ignore[method-assign]
    protocol.data_received = after(protocol.data_received)  # type: ignore[method-assign]
    protocol.connection_lost = after(protocol.connection_lost)  # type: ignore[method-assign]


def _set(connection: Any, headers_s: float, body_s: float) -> None:
    """Starts, restarts, stops or leaves the clock, by what has arrived."""
    running: asyncio.TimerHandle | None = getattr(connection, _CLOCK)
    waits_for_headers = connection.cycle is None or connection.cycle.response_complete
    wants_more = _is_open(connection) and (waits_for_headers or connection.cycle.more_body)
    if running is not None and wants_more and waits_for_headers:
        return  # a byte now and then is no reason to wait longer
    if running is not None:
        running.cancel()
    setattr(connection, _CLOCK, None)
    if wants_more and waits_for_headers:
        setattr(connection, _CLOCK, connection.loop.call_later(headers_s, connection.transport.close))
    elif wants_more:
        setattr(connection, _CLOCK, connection.loop.call_later(body_s, _body_is_late, connection, headers_s, body_s))


def _body_is_late(connection: Any, headers_s: float, body_s: float) -> None:
    if connection.flow.read_paused:  # it is us who do not read on
        _set(connection, headers_s, body_s)
    else:
        connection.transport.close()


def _is_open(connection: Any) -> bool:
    """Not closing, and not handed over to a WebSocket."""
    transport = connection.transport
    return not transport.is_closing() and transport.get_protocol() is connection
