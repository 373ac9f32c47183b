"""What a hostile file is after: a place to leave its mark, a secret, a file of the user's, somebody who listens."""

import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SECRET = "hunter2-of-this-corpus"
GOT_OUT = "corpus-got-out"
"""What a file says where something worked that must not, and that leaves no mark."""

SHARED = Path("/dev/shm")


@dataclass(frozen=True)
class World:
    """marker: a file that is not there, in a folder that is. secret: a file with ``SECRET``. victim: a file to delete.
    name: of shared memory and of a local socket, which only this world has. server: a socket that listens and is never
    connected to by anybody else; local and datagrams: the same by that name, and by UDP at the same port."""

    marker: Path
    secret: Path
    victim: Path
    name: str
    server: socket.socket
    local: socket.socket
    datagrams: socket.socket

    def fill(self, code: str) -> str:
        """Code with these places in it."""
        places = {
            "MARKER": repr(str(self.marker)),
            "SECRET": repr(str(self.secret)),
            "VICTIM": repr(str(self.victim)),
            "PORT": str(self.server.getsockname()[1]),
            "NAME": repr(self.name),
            "GOT_OUT": repr(GOT_OUT),
        }
        for name, place in places.items():
            code = code.replace(name, place)
        return code

    def harm(self) -> list[str]:
        """What has been done to it; empty where nothing has."""
        done = {
            "wrote outside": bool(list(self.marker.parent.iterdir())),
            "changed a file": not self.victim.is_file() or self.victim.read_text() != "kept",
            "connected": self._was_connected_to(),
            "shared memory": bool(list(SHARED.glob(f"*{self.name}*"))),
        }
        return [what for what, happened in done.items() if happened]

    def _was_connected_to(self) -> bool:
        takes = (self.server.accept, self.local.accept, lambda: self.datagrams.recv(1))
        return any([_came(take) for take in takes])  # noqa: C419  every one, always


def _came(take: Callable[[], object]) -> bool:
    try:
        take()
    except BlockingIOError:
        return False
    return True


@contextmanager
def made_in(folder: Path) -> Iterator[World]:
    marks = folder / "marks"
    marks.mkdir()
    secret, victim = folder / "secret.txt", folder / "victim.txt"
    secret.write_text(SECRET)
    victim.write_text("kept")
    name = f"corpus-{secrets.token_hex(8)}"
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as local,
        socket.socket(type=socket.SOCK_DGRAM) as datagrams,
    ):
        local.bind(f"\0{name}")
        local.listen()
        datagrams.bind(server.getsockname())
        for each in (server, local, datagrams):
            each.setblocking(False)
        yield World(marks / "marker", secret, victim, name, server, local, datagrams)


def told(text: str) -> list[str]:
    """What stands in a text that must not: a secret, or the word of one that got out."""
    return [what for what, words in (("a secret", SECRET), ("got out", GOT_OUT)) if words in text]


@dataclass(frozen=True)
class Case:
    """A file of the corpus. make: writes it, or a folder, into an empty folder."""

    name: str
    make: Callable[[Path, World], Path]
