"""Whether the rows of a sample are what its schema says: where they are not, the model may not be what is at fault."""

import pandas as pd

from batch_zero import formats
from testbench.findings import Finding, Measure, State, Table
from testbench.schema.conform import violations
from testbench.schema.schema import Schema

NAME = "schema"
MOST = 100
"""Values that are told one by one; beyond, how many more there are is not known."""


def fits(rows: pd.DataFrame, schema: Schema) -> Finding:
    found = violations(rows, schema, MOST + 1)
    size = f"{formats.counted(len(rows), 'row')} and {formats.counted(len(schema.columns), 'column')}"
    if not found:
        return Finding(NAME, State.DONE, f"The sample is what its schema says: {size}.", (_count(0),))
    number = f"more than {MOST}" if len(found) > MOST else str(len(found))
    shown = found[:MOST]
    return Finding(
        NAME,
        State.DONE,
        f"Of {size} of the sample, {number} {'is' if len(found) == 1 else 'are'} not what the schema says, "
        f"first {shown[0].sentence}.",
        (_count(len(found)),),
        (
            Table(
                "What does not fit", ("Row", "Column", "Why"), tuple((one.row, one.column, one.reason) for one in shown)
            ),
        ),
    )


def _count(number: int) -> Measure:
    return Measure("schema_violations", float(number))
