"""A web server that answers whatever a test wants, and remembers what it was asked."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from inspect import signature
from typing import Any

Answer = tuple[int, str, bytes]
"""Status, content type, body."""


@dataclass
class Fake:
    uri: str
    asked: list[Message] = field(default_factory=list)


@contextmanager
def serving(answer: Callable[..., Answer], context: ssl.SSLContext | None = None) -> Iterator[Fake]:
    """answer: of a path, or of method, path and body. context: for HTTPS."""
    whole = len(signature(answer).parameters) == 3

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fake.asked.append(self.headers)
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, kind, body = answer(self.command, self.path, sent) if whole else answer(self.path)
            try:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # who asked did not wait
                self.close_connection = True

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    fake = Fake(f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()


def as_json(status: int, content: Any) -> Answer:
    return status, "application/json", json.dumps(content).encode()


def empty_mlflow(path: str) -> Answer:
    """A store without experiments."""
    if "get-by-name" in path or "registered-models" in path:
        return as_json(404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "nothing here"})
    return as_json(200, {})
