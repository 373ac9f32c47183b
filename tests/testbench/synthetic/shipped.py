"""Rows of the two tables that ship with the program, as their models are shown them."""

from functools import cache

import numpy as np
import pandas as pd

from datasets.batches import load as load_batches
from datasets.catalogue import load
from datasets.frames import features_and_target
from tests.conftest import ROOT


@cache
def features(experiment: str) -> pd.DataFrame:
    spec = load(experiment, ROOT / "examples", (experiment,)).data
    assert spec is not None
    found, _ = features_and_target(spec, load_batches(spec).frame)
    order = np.random.default_rng(0).permutation(len(found))
    return found.iloc[order].reset_index(drop=True)


def two_parts(experiment: str, rows: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """As many rows for each, none in both."""
    found = features(experiment)
    return found.iloc[:rows].reset_index(drop=True), found.iloc[rows : 2 * rows].reset_index(drop=True)
