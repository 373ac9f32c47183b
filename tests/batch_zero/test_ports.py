"""Commands that listen say so where somebody else does."""

import socket
from collections.abc import Iterator

import pytest

from batch_zero.__main__ import main
from batch_zero.ports import want_free
from tests.server import free_port


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        yield somebody.getsockname()[1]


@pytest.mark.parametrize("words", [("serve", "--port"), ("demo", "--port"), ("demo", "--mlflow-port")])
def test_a_port_that_is_taken_is_told_before_anything_begins(
    words: tuple[str, str], taken: int, capsys: pytest.CaptureFixture[str]
) -> None:
    command, option = words
    free = [part for other in ("--port", "--mlflow-port") for part in (other, str(free_port()))]
    assert main([command, *(free if command == "demo" else ()), option, str(taken)]) == 2
    sentence = f"{command}: port {taken} of 127.0.0.1 is in use; name another by {option}\n"
    assert capsys.readouterr() == ("", sentence)


def test_a_port_that_was_just_left_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), server.accept()[0]:
            pass  # the server's side closes first, and waits for what may still come
    want_free(port, "--port")


def test_an_address_that_is_none_is_told_by_whoever_listens_on_it() -> None:
    want_free(free_port(), "--port", "no.such.host.invalid")
