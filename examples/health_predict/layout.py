"""``diabetic_data.csv`` -> the files of a bucket: the first fifth as initial data, five batches drawn from the rest.

Raw rows in, raw rows out, in the columns of the table. The first rows are the oldest, and are not shuffled. A patient
stands in one of the initial parts only: the one in which his or her first stay is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

INITIAL_SHARE = 0.20
TRAIN_SHARE, VALIDATION_SHARE = 0.70, 0.15
"""Of the initial rows; the rest of them is the test set."""

BATCH_ROWS, BATCH_SHARE = 2_000, 0.10
"""Rows of a batch: that share of the later rows, and not more than that many."""

FEWEST_ROWS = 250
"""Twenty in a batch; fewer say nothing."""

SEED = 1
"""Of what is drawn at random, plus the number of the batch: the same table gives the same files."""


Likelier = Mapping[str, tuple[str | int, float]]


@dataclass(frozen=True)
class Profile:
    """How the patients of a batch differ from those they are drawn from.

    likelier: column -> (from which value on, how many times as likely such a patient is drawn). Age brackets sort as
    text does.
    higher: column -> by how many of its standard deviations, rounded to whole numbers.
    turned: share of the long stays with many drugs whose outcome is turned round, so that the relation itself changes.
    """

    likelier: Likelier = field(default_factory=dict)
    higher: Mapping[str, float] = field(default_factory=dict)
    turned: float = 0.0


OLDER: Likelier = {"age": ("[70-80)", 3.0), "number_diagnoses": (8, 2.0)}
MUCH_OLDER: Likelier = {"age": ("[80-90)", 5.0), "number_diagnoses": (8, 3.0)}
PROFILES = {
    1: Profile(),
    2: Profile(),
    3: Profile(likelier=OLDER),
    4: Profile(likelier=MUCH_OLDER, higher={"time_in_hospital": 0.5}),
    5: Profile(likelier=MUCH_OLDER, higher={"time_in_hospital": 0.5, "num_procedures": 0.5}, turned=0.4),
}
LONG_STAY, MANY_DRUGS = 5, 15


def lay_out(raw: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name below the bucket -> rows."""
    if len(raw) < FEWEST_ROWS:
        raise ValueError(f"got {len(raw)} rows, expected at least {FEWEST_ROWS}")
    first = int(len(raw) * INITIAL_SHARE)
    initial, later = raw.iloc[:first], raw.iloc[first:]
    begins = first_stay(initial)
    train, test = (np.quantile(begins, share) for share in (TRAIN_SHARE, TRAIN_SHARE + VALIDATION_SHARE))
    yield "processed_data/initial_train.csv", initial[begins < train]
    yield "processed_data/initial_validation.csv", initial[(begins >= train) & (begins < test)]
    yield "processed_data/initial_test.csv", initial[begins >= test]
    rows = min(BATCH_ROWS, int(len(later) * BATCH_SHARE))
    for number, profile in PROFILES.items():
        rng = np.random.default_rng(SEED + number)
        yield f"drift_monitoring/batch_data/batch_{number}.csv", drawn(later, rows, profile, rng)


def first_stay(rows: pd.DataFrame) -> np.ndarray:
    """By row: the place of the patient's first one. Cut by its quantiles, the parts have their shares of the rows."""
    place = pd.Series(np.arange(len(rows)))
    return place.groupby(rows["patient_nbr"].to_numpy()).transform("min").to_numpy()


def drawn(later: pd.DataFrame, rows: int, profile: Profile, rng: np.random.Generator) -> pd.DataFrame:
    waiting = rng.exponential(size=len(later))  # whoever waits shortest is drawn, and none twice
    for column, (value, times) in profile.likelier.items():
        waiting[later[column] >= value] /= times
    batch = later.iloc[np.argsort(waiting)[:rows]].copy()
    for column, deviations in profile.higher.items():
        shift = round(deviations * later[column].std())
        batch[column] = (batch[column] + shift).clip(upper=later[column].max())
    return _turned(batch, profile.turned, rng)


def _turned(batch: pd.DataFrame, share: float, rng: np.random.Generator) -> pd.DataFrame:
    concerned = (batch["time_in_hospital"] > LONG_STAY) & (batch["num_medications"] > MANY_DRUGS)
    changed = concerned & (rng.random(len(batch)) < share)
    batch["readmitted"] = batch["readmitted"].mask(changed, batch["readmitted"].map({"NO": ">30"}).fillna("NO"))
    return batch
