"""A small experiment: crash_triage in a few hundred rows a batch, in a folder of its own, as a user would make one."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from lifecycle.experiment import Experiment, MlflowNames
from settings import load_experiment, read

CRASHES = Path(__file__).resolve().parents[1] / "examples" / "crash_triage"
TABLE = "nass_cds.csv.gz"
NAMES = MlflowNames("CrashTriage_Drift_Monitoring", "CrashTriage_Training", "CrashTriage")
ROWS_A_YEAR = 400
"""Enough for each of what can happen: no drift in batches 1 and 2, drift from 3 on, a worse candidate in batch 5."""


@lru_cache
def rows() -> pd.DataFrame:
    """Raw rows, the same ones every time."""
    raw = pd.read_csv(CRASHES / TABLE)
    return pd.concat(year.sample(ROWS_A_YEAR, random_state=0) for _, year in raw.groupby("yearacc"))


def make(folder: Path, replace: Mapping[str, str] | None = None, data: pd.DataFrame | None = None) -> Path:
    """The folder of a new experiment. replace: text of its experiment.toml -> what stands there instead."""
    folder.mkdir(parents=True)
    shutil.copy(CRASHES / "features.py", folder)
    text = (CRASHES / "experiment.toml").read_text("utf-8")
    for old, new in (replace or {}).items():
        assert old in text
        text = text.replace(old, new)
    (folder / "experiment.toml").write_text(text, "utf-8")
    (rows() if data is None else data).to_csv(folder / TABLE, index=False)
    return folder


def loaded(folder: Path, **env: str) -> Experiment:
    return load_experiment(str(folder), read(env))


@dataclass(frozen=True)
class SmallHistory:
    """A small experiment that the real pipeline has run: batch 0 (baseline), 1 (no drift) and 3 (drift, deployed)."""

    folder: Path
    home: Path

    @property
    def uri(self) -> str:
        return f"sqlite:///{self.home / 'mlflow.db'}"

    def copy(self, home: Path) -> "SmallHistory":
        """The same history in a store that a test may write to. Artifacts stay where they are."""
        home.mkdir()
        shutil.copy(self.home / "mlflow.db", home)
        return SmallHistory(self.folder, home)
