"""A warm parent for those that open a model now and then, each in a process of its own: it is begun beside their work,
and until it is there they begin their models cold."""

import logging
import socket
from threading import Event, Thread
from types import TracebackType
from typing import Self

from sandbox.confinement import confine
from sandbox.warm import WarmParent

log = logging.getLogger(__name__)


class Lender:
    """In a ``with`` statement, as long as something is to be lent."""

    def __init__(self) -> None:
        self._over = Event()
        self._parent: WarmParent | None = None
        self._thread = Thread(target=self._keep, name="warm parent", daemon=True)

    def __enter__(self) -> Self:
        if not confine.missing() and confine.impossible() is None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()  # one that has not begun yet ends with this process, whose socket it reads

    def lent(self) -> socket.socket | None:
        """A line for one other process, see ``WarmParent.lent``; None where it has to do without."""
        parent = self._parent
        if parent is None or self._over.is_set():
            return None
        try:
            return parent.lent()
        except OSError as error:
            log.warning("models begin cold: %s", error)
            return None

    def _keep(self) -> None:
        try:
            with WarmParent() as parent:
                self._parent = parent
                self._over.wait()
        except OSError as error:
            log.warning("models begin cold: %s", error)
        finally:
            self._parent = None
