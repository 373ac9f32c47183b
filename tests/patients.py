"""Made-up hospital stays in the columns of ``diabetic_data.csv``: the oldest first; eleven columns change early."""

from functools import lru_cache

import numpy as np
import pandas as pd

COUNT = 20_000
"""Enough for a reference of more than 1,000 rows, from which on drift is a distance and not a p-value."""

CHANGED = 0.2
"""Share of the rows after which the eleven columns are others; the experiment calls those before it initial."""

DRUGS = (
    *("metformin", "repaglinide", "nateglinide", "chlorpropamide", "glimepiride", "acetohexamide", "glipizide"),
    *("glyburide", "tolbutamide", "pioglitazone", "rosiglitazone", "acarbose", "miglitol", "troglitazone"),
    *("tolazamide", "examide", "citoglipton", "insulin", "glyburide-metformin", "glipizide-metformin"),
    *("glimepiride-pioglitazone", "metformin-rosiglitazone", "metformin-pioglitazone"),
)
CHANGING_DRUGS = {"metformin": 0.3, "insulin": 0.6, "glyburide": 0.25}
"""The share that takes them later; at first nearly nobody does."""

DISCHARGED_LATER = [0.6, 0.3, 0.03, 0.07]


@lru_cache
def rows(count: int = COUNT) -> pd.DataFrame:
    """The same ones every time."""
    rng = np.random.default_rng(0)
    late = np.arange(count) >= count * CHANGED
    frame = pd.DataFrame(_person(rng, count, late) | _stay(rng, count, late) | _treatment(rng, count, late))
    risk = frame["number_inpatient"] * 0.5 + frame["number_diagnoses"] * 0.2 + (frame["age"] > "[70") * 0.6 - 2.3
    again = rng.random(count) < 1 / (1 + np.exp(-risk))
    frame["readmitted"] = np.where(again, rng.choice(["<30", ">30"], count, p=[0.3, 0.7]), "NO")
    return frame


def _person(rng: np.random.Generator, count: int, late: np.ndarray) -> dict[str, np.ndarray]:
    ages = [f"[{low}-{low + 10})" for low in range(0, 100, 10)]
    return {
        "encounter_id": np.arange(count) * 7 + 12_522,
        "patient_nbr": rng.integers(100, 100 + count * 7 // 10, count),
        "race": _shifting(rng, late, ["Caucasian", "AfricanAmerican", "?"], [0.5, 0.4, 0.1], [0.8, 0.15, 0.05]),
        "gender": rng.choice(["Female", "Male"], count),
        "age": rng.choice(ages, count, p=[0.01, 0.01, 0.02, 0.05, 0.1, 0.17, 0.22, 0.24, 0.15, 0.03]),
        "weight": np.full(count, "?"),
    }


def _stay(rng: np.random.Generator, count: int, late: np.ndarray) -> dict[str, np.ndarray]:
    codes = rng.choice(["250.83", "428", "V27", "?"], (3, count), p=[0.4, 0.4, 0.19, 0.01])
    return {
        "admission_type_id": _shifting(rng, late, [1, 2, 6], [0.4, 0.3, 0.3], [0.7, 0.25, 0.05]),
        "discharge_disposition_id": _shifting(
            rng, late, [1, 6, 11, 25], [0.3, 0.3, 0.03, 0.37], [0.6, 0.3, 0.03, 0.07]
        ),
        "admission_source_id": _shifting(rng, late, [1, 7, 17], [0.5, 0.2, 0.3], [0.2, 0.7, 0.1]),
        "time_in_hospital": 1 + rng.binomial(13, 0.28, count),
        "payer_code": np.full(count, "?"),
        "medical_specialty": rng.choice(["?", "Cardiology"], count),
        "num_lab_procedures": rng.poisson(np.where(late, 48, 36)),
        "num_procedures": rng.binomial(6, 0.25, count),
        "num_medications": rng.poisson(np.where(late, 17, 13)),
        "number_outpatient": rng.poisson(0.3, count),
        "number_emergency": rng.poisson(0.2, count),
        "number_inpatient": rng.poisson(np.where(late, 0.9, 0.3)),
        "diag_1": codes[0],
        "diag_2": codes[1],
        "diag_3": codes[2],
        "number_diagnoses": 1 + rng.binomial(8, 0.75, count),
    }


def _treatment(rng: np.random.Generator, count: int, late: np.ndarray) -> dict[str, np.ndarray]:
    taken = {
        drug: np.where(rng.random(count) < np.where(late, CHANGING_DRUGS.get(drug, 0.01), 0.01), "Steady", "No")
        for drug in DRUGS
    }
    return {
        "max_glu_serum": _shifting(rng, late, ["None", "Norm", ">200"], [0.5, 0.4, 0.1], [0.5, 0.2, 0.3]),
        "A1Cresult": rng.choice(["None", "Norm", ">8"], count, p=[0.8, 0.05, 0.15]),
        **taken,
        "change": rng.choice(["No", "Ch"], count),
        "diabetesMed": rng.choice(["Yes", "No"], count, p=[0.77, 0.23]),
    }


def _shifting(
    rng: np.random.Generator, late: np.ndarray, values: list, before: list[float], after: list[float]
) -> np.ndarray:
    return np.where(late, rng.choice(values, len(late), p=after), rng.choice(values, len(late), p=before))
