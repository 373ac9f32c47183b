"""MLflow's client, none of whose calls is cut short by a signal.

An interrupt that is raised inside a transaction leaves a connection that nobody closes. With SQLite it goes on holding
the lock, and the run cannot even be marked KILLED: "database is locked".
"""

from typing import Any

from mlflow import MlflowClient

from batch_zero.interrupts import held_back

LONG = {"download_artifacts"}
"""Writes nothing to a store, and may take as long as a model is large."""


class WholeCalls(MlflowClient):
    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return found if name.startswith("_") or name in LONG or not callable(found) else held_back()(found)
