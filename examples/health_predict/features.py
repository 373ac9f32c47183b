"""UCI Diabetes-130: one row per hospital stay -> the features, the target and the patient."""

import pandas as pd

MOSTLY_MISSING = ("weight", "payer_code", "medical_specialty")
STAY = "encounter_id"
"""A number that says nothing. ``patient_nbr`` goes as well, into the column ``patient`` that no model is shown."""

NO_READMISSION = (11, 13, 14, 19, 20, 21)
"""discharge_disposition_id: the patient died, or went to a hospice."""

DIAGNOSES = ("diag_1", "diag_2", "diag_3")
CODES = ("admission_type_id", "discharge_disposition_id", "admission_source_id")
"""Numbers that are names."""

AGES = {f"[{10 * decade}-{10 * decade + 10})": decade for decade in range(10)}


def prepare(raw: pd.DataFrame) -> pd.DataFrame:
    return engineer_features(clean_data(raw))


def clean_data(raw: pd.DataFrame) -> pd.DataFrame:
    """``?`` is a missing value. Race and diagnoses say "Unknown" where there is none."""
    rows = raw[~raw["discharge_disposition_id"].isin(NO_READMISSION)].replace("?", None)
    rows = rows.drop(columns=[name for name in (*MOSTLY_MISSING, STAY) if name in rows])
    named = ("race", *DIAGNOSES)
    return rows.assign(**{name: rows[name].fillna("Unknown") for name in named})


def engineer_features(rows: pd.DataFrame) -> pd.DataFrame:
    """The target is any readmission, within 30 days or later."""
    return rows.assign(
        age_ordinal=rows["age"].map(AGES),
        readmitted_binary=(rows["readmitted"] != "NO").astype(int),
        patient=rows["patient_nbr"].astype(str),
        **{name: rows[name].astype(str) for name in CODES},
    ).drop(columns=["age", "readmitted", "patient_nbr"])
