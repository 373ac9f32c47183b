"""The crashes of crash_triage, with another target: how badly the occupant was hurt, in three classes."""

import runpy
from pathlib import Path

import pandas as pd

SAME_CRASHES = runpy.run_path(str(Path(__file__).parents[1] / "crash_triage" / "features.py"))
SEVERITY = {0: "none", 1: "slight", 2: "slight", 3: "severe", 4: "severe"}
"""injSeverity: 0 none, 1 possible, 2 not incapacitating, 3 incapacitating, 4 killed."""


def prepare(raw: pd.DataFrame) -> pd.DataFrame:
    crashes = SAME_CRASHES["prepare"](raw)
    return crashes.drop(columns="severe").assign(severity=raw.loc[crashes.index, "injSeverity"].map(SEVERITY))
