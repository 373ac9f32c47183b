"""What a client imports with its first connection and its first run: for a process from which others are forked."""

from mlflow_io.client import set_defaults

set_defaults()

import mlflow.store.model_registry.sqlalchemy_store  # noqa: E402
import mlflow.store.tracking.sqlalchemy_store  # noqa: E402

from mlflow_io import whole_calls  # noqa: E402

__all__ = ["mlflow", "whole_calls"]
