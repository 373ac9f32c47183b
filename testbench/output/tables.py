"""What a test measured, as CSV files."""

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from batch_zero.storage.cells import as_csv
from testbench.findings import Finding, Measure
from testbench.output.meanings import meaning

LONGEST_NAME = 60


def measures_csv(measures: Iterable[Measure]) -> str:
    rows = [(one.name, one.value, one.low, one.high, one.unit, one.rows, one.calls, meaning(one)) for one in measures]
    return as_csv(("measure", "value", "low", "high", "unit", "rows", "calls", "meaning"), rows)


def tables_csv(findings: Iterable[Finding]) -> Mapping[str, str]:
    """Name of a file, of small letters, digits and hyphens -> its text; one for each table."""
    found = {}
    for finding in findings:
        for number, table in enumerate(finding.tables, 1):
            found[f"{_plain(finding.check)}-{number}-{_plain(table.name)}.csv"] = as_csv(table.columns, table.rows)
    return found


def rows_csv(rows: pd.DataFrame) -> str:
    """Made-up rows: what is missing is an empty cell."""
    plain = rows.astype(object).where(rows.notna(), None)
    return as_csv([str(name) for name in rows.columns], plain.itertuples(index=False, name=None))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:LONGEST_NAME] or "table"
