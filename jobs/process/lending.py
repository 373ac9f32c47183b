"""What a worker has open for the jobs of some kinds while it lives, and lends to each of their processes."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib import import_module
from types import TracebackType
from typing import Any, Protocol, Self

from jobs.kinds import Kind


class Lent(Protocol):
    def fileno(self) -> int: ...
    def close(self) -> None: ...


class Lender(Protocol):
    def lent(self) -> Lent | None:
        """For one job; None where it has to do without."""


class Lending:
    """In a ``with`` statement. kinds: of which some name what is to be lent to them."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._wanted = {kind.lends for kind in kinds.values() if kind.lends}
        self._lenders: dict[str, Lender] = {}
        self._held = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as held:
            for name in sorted(self._wanted):
                module, _, lender = name.partition(":")
                opened: AbstractContextManager[Any] = getattr(import_module(module), lender)()
                self._lenders[name] = held.enter_context(opened)
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    @contextmanager
    def to(self, kind: Kind) -> Iterator[int | None]:
        """A descriptor that the job's process inherits; None where there is nothing for it."""
        lent = self._lenders[kind.lends].lent() if kind.lends else None
        try:
            yield lent.fileno() if lent is not None else None
        finally:
            if lent is not None:
                lent.close()
