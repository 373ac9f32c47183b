"""The people of rand_hie, with another target: how often a person saw a doctor in the year."""

import runpy
from pathlib import Path

import pandas as pd

SAME_PEOPLE = runpy.run_path(str(Path(__file__).parents[1] / "rand_hie" / "features.py"))


def prepare(raw: pd.DataFrame) -> pd.DataFrame:
    """``mdvis`` counts the visits; every column of spending and visits is left out of the features."""
    people = SAME_PEOPLE["prepare"](raw)
    return people.drop(columns="binexp").assign(visits=raw["mdvis"].astype(float))
