"""A signal at a moment that is known: inside MLflow's transaction."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.engine import Engine


@contextmanager
def signalled_at(statement: str, number: int) -> Iterator[None]:
    """The signal comes before the first SQL statement that begins so."""
    struck = []

    def strike(_: object, __: object, sql: str, *___: object) -> None:
        if sql.startswith(statement) and not struck:
            struck.append(sql)
            signal.raise_signal(number)

    event.listen(Engine, "before_cursor_execute", strike)
    yield
    event.remove(Engine, "before_cursor_execute", strike)
    assert struck
