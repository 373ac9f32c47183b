"""Whether files that nobody reports about have changed: by asking again what was asked, and reading only what differs.

Two memories work together. ``ask`` keeps each question with its answer, so that ``has_changed`` can ask it again and
compare. ``remembered`` keeps what was read from some files with their stamps, so that asking again costs a look at
each file and not its content.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from mlflow_io.stores.base import Answer

T = TypeVar("T")
Stamps = tuple[Any, ...]
"""What tells one state of some files from another."""


class _Read(NamedTuple):
    """stamps: of the files that ``content`` was read from; None while the next change could not be told from this one.
    noted: what the content goes without."""

    stamps: Stamps | None
    content: Any
    noted: dict[str, None]


class ChangeTracker:
    """Not for several threads at once."""

    def __init__(self) -> None:
        self._asked: dict[tuple[Any, ...], Answer[Any]] = {}
        self._known: dict[str, _Read] = {}
        self._known_before: dict[str, _Read] = {}
        self._noted: dict[str, None] = {}
        self._differs = False

    def ask(self, question: Callable[..., T], *arguments: Any) -> Answer[T]:
        """``question(*arguments)`` and what was noted meanwhile; ``has_changed`` will ask it again."""
        answer = self.answer(question, *arguments)
        before = self._asked.get((question, *arguments), answer)
        self._differs |= before.content != answer.content or set(before.unreadable) != set(answer.unreadable)
        self._asked[question, *arguments] = answer
        return answer

    def answer(self, question: Callable[..., T], *arguments: Any) -> Answer[T]:
        """As ``ask``, and forgotten at once."""
        with self._noting() as noted:
            content = question(*arguments)
        return Answer(content, tuple(noted))

    def has_changed(self, *, afresh: bool) -> bool:
        """Whether a question was answered otherwise than before, or none was asked. From then on, all begins anew.

        afresh: without regard to stamps.
        """
        self._known_before, self._known = {} if afresh else self._known, {}
        for question, *arguments in list(self._asked):
            self.ask(question, *arguments)
        if self._asked and not self._differs:
            return False
        self._asked, self._differs = {}, False
        return True

    def remembered(self, name: str, stamps: Stamps | None, read: Callable[[], T], *, settled: bool) -> T:
        """``read()``, or what it gave under this name when the stamps were the same; what it noted is noted again.

        stamps: None where nobody can tell. settled: whether a next change will have other stamps.
        """
        known = self._known.get(name) or self._known_before.get(name)
        if known is None or stamps is None or known.stamps != stamps:
            with self._noting() as noted:
                content = read()
            known = _Read(stamps if settled else None, content, noted)
        self._noted |= known.noted
        self._known[name] = known
        content_then: T = known.content
        return content_then

    def note(self, problem: str) -> None:
        """Something that the answer goes without."""
        self._noted[problem] = None

    @property
    def has_noted(self) -> bool:
        """Whether the answer goes without anything so far."""
        return bool(self._noted)

    @contextmanager
    def _noting(self) -> Iterator[dict[str, None]]:
        before, self._noted = self._noted, {}
        try:
            yield self._noted
        finally:
            self._noted = before
