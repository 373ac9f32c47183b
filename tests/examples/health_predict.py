"""The example's own code, and what it lays out of made-up patients."""

import io
from functools import lru_cache
from types import ModuleType

import pandas as pd

from datasets.frames import imported
from tests import patients
from tests.conftest import ROOT

FOLDER = ROOT / "examples" / "health_predict"
features: ModuleType = imported(FOLDER / "features.py")
layout: ModuleType = imported(FOLDER / "layout.py")


@lru_cache
def raw() -> pd.DataFrame:
    """As it is read from a CSV file."""
    return pd.read_csv(io.StringIO(patients.rows().to_csv(index=False)))


@lru_cache
def _laid_out() -> dict[str, pd.DataFrame]:
    return dict(layout.lay_out(raw()))


def laid_out(name: str) -> pd.DataFrame:
    return _laid_out()[name].copy()
