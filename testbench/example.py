"""A model and a table to try the bench with, made of an experiment's data: nobody has to bring a file first."""

from pathlib import Path

import pandas as pd

from datasets.batches import Batches
from lifecycle.experiment import DataSpec

MODEL_NAME, SAMPLE_NAME = "example-model.ubj", "example-rows.csv"
SAMPLE_ROWS = 1_000


def make(rows: Batches, model: Path, sample: Path) -> str:
    """Writes a gradient boosting of batch 0, in XGBoost's own format, and held-out rows of the batch after it with
    their outcomes, as CSV. Returns the name of the outcomes' column. Takes about a second. rows: with outcomes of 0 and
    1."""
    from xgboost import XGBClassifier

    spec = rows.spec
    later = rows.test(rows.numbers[1])
    chosen = later.sample(min(SAMPLE_ROWS, len(later)), random_state=0)
    numbers = _numbers(spec, rows.frame)
    booster = XGBClassifier(n_estimators=80, max_depth=4, learning_rate=0.1, n_jobs=1, random_state=0)
    known = rows.train(0, 0)
    booster.fit(numbers.loc[known.index], known[spec.target])
    model.write_bytes(bytes(booster.get_booster().save_raw("ubj")))
    numbers.loc[chosen.index].assign(**{spec.target: chosen[spec.target]}).to_csv(sample, index=False)
    return spec.target


def _numbers(spec: DataSpec, rows: pd.DataFrame) -> pd.DataFrame:
    """The numbers as they are, and a column of 0 and 1 for each value of a category; for one of two values, for the
    second."""
    columns = {name: rows[name] for name in spec.numerical}
    for name in spec.categorical:
        values = sorted(rows[name].dropna().unique(), key=str)
        for value in values[1:] if len(values) == 2 else values:
            columns[f"{name} {value}".replace("<", "below ")] = (rows[name] == value).astype(int)
    return pd.DataFrame(columns)
