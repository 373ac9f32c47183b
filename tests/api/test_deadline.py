"""Connections of people who send slowly or not at all, on real sockets, for both protocols that uvicorn may choose."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.sync.client import connect

from api import deadline
from tests.serving import serving as server

pytestmark = pytest.mark.slow

SHORT_S = 0.4
LARGE = 32_000_000
"""More than any kernel keeps for a reader."""

LONG_S = 120
"""As long as no test may take; what is waited for comes long before."""


class Doors:
    """What the app below waits for, so that a test says when."""

    def __init__(self) -> None:
        self.answer = threading.Event()


def app(doors: Doors) -> Starlette:
    async def slow(_request: Request) -> PlainTextResponse:
        while not doors.answer.is_set():
            await asyncio.sleep(0.02)
        return PlainTextResponse("done")

    async def size(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    async def large(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("x" * LARGE)

    async def pour(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("x" * LARGE)

    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        while True:
            await socket.send_text(await socket.receive_text())

    sockets = [WebSocketRoute("/ws", echo), WebSocketRoute("/pour", pour)]
    return Starlette(
        routes=[Route("/slow", slow), Route("/large", large), Route("/size", size, methods=["POST"]), *sockets]
    )


@pytest.fixture
def doors() -> Doors:
    return Doors()


@pytest.fixture(params=[H11Protocol, HttpToolsProtocol], ids=["h11", "httptools"])
def protocol(request: pytest.FixtureRequest) -> type[asyncio.Protocol]:
    return type("Guarded", (request.param,), {})


@contextmanager
def serving(protocol: type[asyncio.Protocol], doors: Doors, body_s: float, answer_s: float = SHORT_S) -> Iterator[int]:
    deadline.guard(protocol, SHORT_S, body_s, answer_s)
    websockets = type("GuardedToo", (WebSocketsSansIOProtocol,), {})
    deadline.guard_websockets(websockets, answer_s)
    config = uvicorn.Config(app(doors), http=protocol, ws=websockets, log_level="error", lifespan="off")
    listening = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    yield listening.getsockname()[1]
    doors.answer.set()
    running.should_exit = True
    thread.join()


@pytest.fixture
def port(protocol: type[asyncio.Protocol], doors: Doors) -> Iterator[int]:
    with serving(protocol, doors, SHORT_S) as number:
        yield number


@contextmanager
def connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=LONG_S) as opened:
        yield opened


def rest(opened: socket.socket) -> bytes:
    """Everything until the other side closes."""
    said = b""
    try:
        while more := opened.recv(65536):
            said += more
    except ConnectionResetError:
        pass
    return said


HALF = b"GET /slow HTTP/1.1\r\nHost: x\r\nX-A: b"
POST = b"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"


@pytest.mark.parametrize("sent", [b"", b"G", HALF], ids=["nothing", "a letter", "half"])
def test_headers_that_do_not_come_are_not_waited_for(port: int, sent: bytes) -> None:
    with connection(port) as opened:
        opened.sendall(sent)
        assert rest(opened) == b""


def test_a_byte_now_and_then_does_not_help(port: int) -> None:
    with connection(port) as opened:
        opened.sendall(HALF)
        opened.settimeout(SHORT_S / 4)
        for _ in range(1_000):
            try:
                opened.sendall(b"c")
                if opened.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                return
        pytest.fail("still open")


def test_a_second_request_has_no_more_time_than_the_first(port: int, doors: Doors) -> None:
    doors.answer.set()
    with connection(port) as opened:
        opened.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert opened.recv(65536).startswith(b"HTTP/1.1 200")
        opened.sendall(HALF)
        assert b"HTTP/1.1" not in rest(opened)


def test_a_body_that_stops_is_not_waited_for(port: int) -> None:
    with connection(port) as opened:
        opened.sendall(POST + b"\r\nab")
        assert b"200 OK" not in rest(opened)


def test_many_half_sent_headers_leave_room_for_everybody_else(port: int, doors: Doors) -> None:
    doors.answer.set()
    lazy = [socket.create_connection(("127.0.0.1", port), timeout=LONG_S) for _ in range(200)]
    for each in lazy:
        each.sendall(HALF)
    with connection(port) as opened:
        opened.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert rest(opened).endswith(b"done")
    assert [rest(each) for each in lazy] == [b""] * len(lazy)
    for each in lazy:
        each.close()


def wait_until_closed(opened: socket.socket) -> None:
    """Without reading: what is sent to a connection that is no more is answered with a reset."""
    for _ in range(LONG_S * 20):
        try:
            opened.send(b"\n")
        except (BrokenPipeError, ConnectionResetError):
            return
        time.sleep(0.05)
    pytest.fail("still open")


LARGE_ONE = b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
UPGRADE = (
    b"GET /pour HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@pytest.mark.parametrize("sent", [LARGE_ONE, LARGE_ONE * 200, UPGRADE], ids=["one", "pipelined", "websocket"])
def test_a_reader_who_does_not_read_is_not_waited_for(port: int, sent: bytes) -> None:
    with connection(port) as opened:
        opened.sendall(sent)
        wait_until_closed(opened)


def test_a_reader_may_be_slow(protocol: type[asyncio.Protocol], doors: Doors) -> None:
    """Longer than the time between two pieces, with pauses that are shorter."""
    with serving(protocol, doors, SHORT_S, SHORT_S * 10) as port, connection(port) as opened:
        opened.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        taken = 0
        for _ in range(20):
            piece = opened.recv(1_000_000, socket.MSG_WAITALL)
            taken += len(piece)
            wait_for_the_deadline(port)
        assert taken + len(rest(opened)) > LARGE


def test_an_answer_and_a_websocket_may_take_longer(port: int, doors: Doors) -> None:
    with connection(port) as asks, connect(f"ws://127.0.0.1:{port}/ws") as stays:
        asks.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        stays.send("a")
        assert stays.recv(LONG_S) == "a"
        wait_for_the_deadline(port)
        stays.send("b")
        assert stays.recv(LONG_S) == "b"
        doors.answer.set()
        assert asks.recv(65536).startswith(b"HTTP/1.1 200")


def test_a_body_may_take_longer_than_headers(protocol: type[asyncio.Protocol], doors: Doors) -> None:
    with serving(protocol, doors, LONG_S) as port, connection(port) as sends:
        sends.sendall(POST + b"\r\na")
        wait_for_the_deadline(port)
        sends.sendall(b"bcd")
        assert sends.recv(65536).startswith(b"HTTP/1.1 200")


def test_the_server_that_we_start_has_the_deadline(tmp_path: Path) -> None:
    env = {**os.environ, "BATCH_ZERO_HOME": str(tmp_path)}
    with server(env, tmp_path / "log.txt") as url, connection(int(url.rpartition(":")[2])) as opened:
        opened.sendall(HALF)
        assert rest(opened) == b""


def wait_for_the_deadline(port: int) -> None:
    """Of a connection that was opened after all others."""
    with connection(port) as late:
        assert rest(late) == b""
