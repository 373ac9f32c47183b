"""RAND Health Insurance Experiment: one row per person and year -> sixteen features, the target, batch and person."""

import pandas as pd

BATCH_OF_SITE = {2: 2, 3: 3, 4: 3, 5: 4, 6: 5}
"""Site 1 is split by year instead: years 1 and 2 are batch 0, the rest is batch 1."""

KEPT = (
    *("xage", "income", "educdec", "num", "mhi", "disea", "physlm", "xghindx", "coins", "mdeoff", "female", "child"),
    *("black", "idp", "tookphys"),
)
"""``physlm`` and ``black`` hold fractions where the experiment filled a gap with a mean; they stay as they are."""


def prepare(raw: pd.DataFrame) -> pd.DataFrame:
    """Left out on purpose: every column of spending and visits, which are the outcome in other units."""
    home = raw["site"] == 1
    return pd.DataFrame(
        {
            **{name: raw[name] for name in KEPT},
            "health": _health(raw),
            "binexp": raw["binexp"],
            "batch": raw["site"].map(BATCH_OF_SITE).where(~home, (raw["year"] > 2).astype(int)).astype(int),
            "person": raw["zper"].astype(str),
        }
    )


def _health(raw: pd.DataFrame) -> pd.Series:
    """Self-rated health in one column; the table has a 0/1 column for every answer but "excellent"."""
    answers = {"good": raw["hlthg"], "fair": raw["hlthf"], "poor": raw["hlthp"]}
    health = pd.Series("excellent", index=raw.index)
    for answer, given in answers.items():
        health = health.mask(given == 1, answer)
    return health
