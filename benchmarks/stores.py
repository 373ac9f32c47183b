"""The four ways to one history: SQLite, PostgreSQL, and ``mlflow server`` over each."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import histories
from benchmarks.histories import Shape
from benchmarks.meter import Meter
from benchmarks.servers import Postgres, mlflow_server, postgres_server, versions

SQLITE, POSTGRES = "SQLite", "PostgreSQL"
HTTP_SQLITE, HTTP_POSTGRES = "HTTP + SQLite", "HTTP + PostgreSQL"
TEMPLATE = "migrated"
BEGAN = time.monotonic()


@dataclass(frozen=True)
class Store:
    """One way to a history."""

    name: str
    uri: str
    meter: Meter
    sql: bool
    """Whether plain SQL can be asked."""


def say(text: str) -> None:
    """What is being done, for someone who waits."""
    print(f"{time.monotonic() - BEGAN:6.0f} s  {text}", file=sys.stderr, flush=True)


@contextmanager
def workshop(scratch: Path) -> "Iterator[Workshop]":
    say("making empty stores")
    with postgres_server(scratch / "postgres") as postgres:
        shop = Workshop(scratch, postgres)
        histories.make_experiments(f"sqlite:///{shop.template}")
        postgres.command(f"CREATE DATABASE {TEMPLATE}")
        histories.make_experiments(postgres.uri(TEMPLATE))
        postgres.hang_up(TEMPLATE)
        yield shop


class Workshop:
    """Makes the stores of one shape after the other, from templates."""

    def __init__(self, scratch: Path, postgres: Postgres) -> None:
        self._scratch, self._postgres = scratch, postgres
        self.template = scratch / "template.db"

    @contextmanager
    def stores(self, shape: Shape) -> Iterator[list[Store]]:
        name = f"history_{shape.runs}_{shape.batches}"
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=self._scratch)))
            say(f"{shape}: filling SQLite")
            shutil.copy(self.template, folder / "mlflow.db")
            histories.fill_sqlite(folder / "mlflow.db", shape)
            sqlite = f"sqlite:///{folder / 'mlflow.db'}"
            say(f"{shape}: filling PostgreSQL")
            postgres = stack.enter_context(self._postgres.copy(TEMPLATE, name))
            histories.fill_postgres(postgres, shape)
            say(f"{shape}: starting mlflow server over both")
            over_sqlite = stack.enter_context(mlflow_server(sqlite, folder / "over_sqlite"))
            over_postgres = stack.enter_context(mlflow_server(postgres, folder / "over_postgres"))
            database = self._postgres.process
            yield [
                Store(SQLITE, sqlite, Meter(), sql=True),
                Store(POSTGRES, postgres, Meter(database), sql=True),
                Store(HTTP_SQLITE, over_sqlite.uri, Meter(over_sqlite.process), sql=False),
                Store(HTTP_POSTGRES, over_postgres.uri, Meter(over_postgres.process, database), sql=False),
            ]

    def versions(self) -> dict[str, str]:
        return versions(self._postgres)
