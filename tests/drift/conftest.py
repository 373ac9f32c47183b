from pathlib import Path

import pandas as pd
import pytest

from drift.schema import Schema

CRASHES = Path(__file__).parents[2] / "examples" / "crash_triage" / "nass_cds.csv.gz"


@pytest.fixture(scope="session")
def crashes() -> dict[int, pd.DataFrame]:
    """Year -> crashes with a known injury (severity 0 to 4)."""
    rows = pd.read_csv(CRASHES)
    rows = rows[rows["injSeverity"].between(0, 4)].assign(vehage=rows["yearacc"] - rows["yearVeh"])
    return {int(year): group for year, group in rows.groupby("yearacc")}


@pytest.fixture(scope="session")
def crash_schema() -> Schema:
    return Schema(
        numerical=("ageOFocc", "yearVeh", "vehage"),
        categorical=("dvcat", "airbag", "seatbelt", "frontal", "sex", "abcat", "occRole", "deploy"),
    )
