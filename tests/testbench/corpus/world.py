"""What a hostile file is after: a place to leave its mark, a secret, a file of the user's, somebody who listens."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SECRET = "hunter2-of-this-corpus"


@dataclass(frozen=True)
class World:
    """marker: a file that is not there, in a folder that is. secret: a file with ``SECRET``. victim: a file to delete.
    server: a socket that listens and is never connected to by anybody else."""

    marker: Path
    secret: Path
    victim: Path
    server: socket.socket

    def fill(self, code: str) -> str:
        """Code with these places in it."""
        places = {
            "MARKER": repr(str(self.marker)),
            "SECRET": repr(str(self.secret)),
            "VICTIM": repr(str(self.victim)),
            "PORT": str(self.server.getsockname()[1]),
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
        }
        return [what for what, happened in done.items() if happened]

    def _was_connected_to(self) -> bool:
        try:
            self.server.accept()[0].close()
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
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield World(marks / "marker", secret, victim, server)


@dataclass(frozen=True)
class Case:
    """A file of the corpus. make: writes it, or a folder, into an empty folder."""

    name: str
    make: Callable[[Path, World], Path]
