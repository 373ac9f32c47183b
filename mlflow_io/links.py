"""Addresses of runs and models in MLflow's own pages."""

from typing import TypeGuard
from urllib.parse import quote

from lifecycle.records import ProductionModel, RunRef


def run_url(ui: str | None, run: RunRef | None) -> str | None:
    """None where there is no MLflow UI to link to."""
    if run is None or not _is_web(ui):
        return None
    return f"{ui.rstrip('/')}/#/experiments/{quote(run.experiment_id, safe='')}/runs/{quote(run.run_id, safe='')}"


def model_url(ui: str | None, model: ProductionModel | None) -> str | None:
    if model is None or not _is_web(ui):
        return None
    return f"{ui.rstrip('/')}/#/models/{quote(model.name, safe='')}/versions/{quote(model.version, safe='')}"


def _is_web(ui: str | None) -> TypeGuard[str]:
    return ui is not None and ui.startswith(("http://", "https://"))
