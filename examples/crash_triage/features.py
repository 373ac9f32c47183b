"""NASS CDS: one row per front-seat occupant -> the eleven features, the target, the batch and the vehicle."""

import pandas as pd

SEVERE = {3, 4}
"""injSeverity: 3 incapacitating, 4 killed. 0 none, 1 possible, 2 not incapacitating."""

UNUSABLE = {5, 6}
"""5 unknown, 6 died before the crash."""

FIRST_YEAR = 1997


def prepare(raw: pd.DataFrame) -> pd.DataFrame:
    """Left out on purpose: ``weight`` (a survey weight whose strata depend on the outcome), ``dead`` (the outcome)."""
    rows = raw[raw["injSeverity"].notna() & ~raw["injSeverity"].isin(UNUSABLE)]
    return pd.DataFrame(
        {
            "ageOFocc": rows["ageOFocc"],
            "yearVeh": rows["yearVeh"],
            "vehage": rows["yearacc"] - rows["yearVeh"],
            **{name: rows[name] for name in ("dvcat", "airbag", "seatbelt", "frontal", "sex", "abcat", "occRole")},
            "deploy": rows["deploy"],
            "severe": rows["injSeverity"].isin(SEVERE).astype(int),
            "batch": rows["yearacc"] - FIRST_YEAR,
            # A case id names a vehicle within its year: occupants who share one share their fate.
            "vehicle": rows["yearacc"].astype(str) + ":" + rows["caseid"],
        }
    )
