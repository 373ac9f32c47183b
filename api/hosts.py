"""By which names this server is asked. A web page anywhere can give its own name this machine's address (DNS rebinding)
and then read what is answered under it, from inside the reader's own network; so every other name is refused."""

import ipaddress
import re
from collections.abc import Collection, Iterable

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

import settings
from api.problems import Problem
from batch_zero.text import one_line

WATCHED = ("/healthz", "/readyz")
"""Asked by an orchestrator under whatever address it has for this process; they say nothing about the report."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")
SETTING = "STREAMLIT_SERVER_ALLOWED_HOSTS"
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?(?::\d{0,5})?", re.IGNORECASE | re.ASCII)
_PATTERN = re.compile(r"(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?", re.IGNORECASE | re.ASCII)


def allowed(given: Iterable[str], address: str | None) -> tuple[str, ...]:
    """The names to answer to: this machine's own, which no page from elsewhere can be under; those given; and the
    address that is listened on, where it is one and not all. ``*`` stands for every name, ``*.example.org`` for all
    below that one. Raises SettingsError."""
    names = [*LOOPBACK, *(name for text in given for name in text.replace(",", " ").split())]
    if address and not _is_every_address(address):
        names.append(address)
    return tuple(dict.fromkeys(map(_settled, names)))


def _settled(name: str) -> str:
    bare = name.removeprefix("[").removesuffix("]")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        if name != "*" and not _PATTERN.fullmatch(name):
            raise settings.SettingsError(
                f"{SETTING}: got {name!r:.80}, expected names like tools.example.org, *.example.org and addresses, "
                "without scheme and port"
            ) from None
        return name.lower().rstrip(".")


def _is_every_address(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_unspecified
    except ValueError:
        return False


def named(host: str) -> str | None:
    """The name in a Host header, in lower case and without port; None where it is none."""
    match = _HOST.fullmatch(host)
    if match is None:
        return None
    name = match[1].lower()
    if not name.startswith("["):
        return name
    try:
        return str(ipaddress.IPv6Address(name[1:-1]))
    except ValueError:
        return None


class Hosts:
    """Answers only requests whose Host header holds a name that is allowed, and exactly one."""

    def __init__(self, app: ASGIApp, allowed: Collection[str]) -> None:
        self.app = app
        self._every = "*" in allowed
        self._names = {name for name in allowed if not name.startswith("*")}
        self._endings = tuple(name[1:] for name in allowed if name.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or scope["path"] in WATCHED:
            await self.app(scope, receive, send)
            return
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        name = named(hosts[0]) if len(hosts) == 1 else None
        if name is not None and self._answers_to(name):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(code=4403, reason="unknown host name")(scope, receive, send)
        else:
            status, detail = (400, "expected exactly one valid Host header") if name is None else (421, _refusal(name))
            await Problem(status, detail)(scope, receive, send)

    def _answers_to(self, name: str) -> bool:
        return self._every or name in self._names or name.endswith(self._endings)


def _refusal(name: str) -> str:
    return (
        f"This server does not answer to the host name {one_line(name, 100)}. "
        f"If it should, add the name to {SETTING} (ALLOWED_HOSTS in .env of the compose stack) and start it again."
    )
