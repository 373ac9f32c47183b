"""A request has to arrive within a while, and its answer to be taken. uvicorn waits for ever for headers that are half
sent, for a body, and for a reader who does not read: some thousand such connections, which cost their sender nothing,
leave no file handle for anybody else.

Streamlit makes uvicorn's configuration itself and has no setting for the protocol in it, so the protocol that uvicorn
has chosen is given a clock here.
"""

import asyncio
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

HEADERS_S = 10.0
"""From the first byte, or from the connection on, to the end of the headers."""

BODY_S = 30.0
"""Between two pieces of a body. A whole one may take as long as a slow line needs."""

ANSWER_S = 30.0
"""Between two pieces of an answer that are taken. A whole one may take as long as a slow line needs."""

_CLOCK = "_batch_zero_clock"
_ANSWER_CLOCK = "_batch_zero_answer_clock"


def guard(
    protocol: type[asyncio.Protocol],
    headers_s: float = HEADERS_S,
    body_s: float = BODY_S,
    answer_s: float = ANSWER_S,
) -> None:
    """Gives each connection of uvicorn's ``protocol`` its clocks, once. None runs while an answer is awaited, nor for a
    WebSocket, nor after an answer that was taken, when uvicorn has a time of its own."""
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
    _watch_after(protocol, ("pause_writing", "on_response_complete"), answer_s)


def guard_websockets(protocol: type[asyncio.Protocol], answer_s: float = ANSWER_S) -> None:
    """A WebSocket may be silent for as long as it likes, while what is sent to it is taken. uvicorn pings it, but to
    close the one that does not answer is to wait for it as well."""
    if not hasattr(protocol, _ANSWER_CLOCK):
        _watch_after(protocol, ("pause_writing", "keepalive_timeout"), answer_s)


def _watch_after(protocol: type[asyncio.Protocol], methods: Collection[str], answer_s: float) -> None:
    """These are called where the transport holds much, and where what it holds keeps a connection that is done with."""

    def then_watch(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def done(self: Any, *arguments: Any) -> None:
            method(self, *arguments)
            if getattr(self, _ANSWER_CLOCK) is None:
                _watch(self, answer_s)

        return done

    setattr(protocol, _ANSWER_CLOCK, None)
    for name in methods:
        setattr(protocol, name, then_watch(getattr(protocol, name)))


def _watch(connection: Any, answer_s: float) -> None:
    """While something is held: at the end of the time it has to be another amount than at the beginning."""
    transport = connection.transport
    held = transport.get_write_buffer_size()
    if not held or transport.get_protocol() is not connection:
        setattr(connection, _ANSWER_CLOCK, None)
        return

    def look() -> None:
        if transport.get_write_buffer_size() == held:
            transport.abort()  # to close it is to wait for the reader
        else:
            _watch(connection, answer_s)

    setattr(connection, _ANSWER_CLOCK, connection.loop.call_later(answer_s, look))


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
