"""A model and a table to try the bench with, made of the crashes that are shipped: nobody has to bring a file first."""

from pathlib import Path

import pandas as pd

from batch_zero.installation import shipped
from datasets import batches, catalogue

EXPERIMENT, TARGET = "crash_triage", "severe"
MODEL_NAME, SAMPLE_NAME = "crash-triage.ubj", "crashes-of-1998.csv"
SAMPLE_ROWS = 1_000
YES = {
    "airbag": ("airbag", "airbag"),
    "belted": ("seatbelt", "belted"),
    "airbag_deployed": ("abcat", "deploy"),
    "male": ("sex", "m"),
    "driver": ("occRole", "driver"),
}
"""Name -> the column that it comes from, and the value of it that becomes 1."""

SPEEDS = {"1-9km/h": 0, "10-24": 1, "25-39": 2, "40-54": 3, "55+": 4}


def make(model: Path, sample: Path) -> None:
    """Writes a gradient boosting of the crashes of 1997, in XGBoost's own format, and later crashes with their outcomes
    as CSV. Takes about a second."""
    from xgboost import XGBClassifier

    spec = catalogue.load(EXPERIMENT, shipped("examples"), [EXPERIMENT]).data
    assert spec is not None, "the experiment that is shipped has data"
    rows = batches.load(spec)
    known, later = rows.train(0, 0), rows.test(1)
    booster = XGBClassifier(n_estimators=80, max_depth=4, learning_rate=0.1, n_jobs=1, random_state=0)
    booster.fit(_numbers(known), known[TARGET])
    model.write_bytes(bytes(booster.get_booster().save_raw("ubj")))
    chosen = later.sample(min(SAMPLE_ROWS, len(later)), random_state=0)
    _numbers(chosen).assign(**{TARGET: chosen[TARGET]}).to_csv(sample, index=False)


def _numbers(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": rows["ageOFocc"],
            "vehicle_age": rows["vehage"],
            "speed": rows["dvcat"].map(SPEEDS),
            "frontal": rows["frontal"],
            **{name: (rows[column] == value).astype(int) for name, (column, value) in YES.items()},
        }
    )
