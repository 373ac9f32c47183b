"""Whether rows are a test set for the model of Batch 0: of this batch, and not those that it has learned from."""

import pandas as pd

from batch_zero.text import quoted
from datasets.frames import DataError
from datasets.layout import held_out, is_table
from drift.columns import to_labels
from lifecycle.experiment import DataSpec


def check_batch(spec: DataSpec, rows: pd.DataFrame) -> None:
    """Raises DataError where rows say that they are of another batch: models have learned from some of them since."""
    if spec.batch not in rows.columns:
        return
    numbers = pd.to_numeric(rows[spec.batch], errors="coerce")
    if others := sorted(numbers[numbers > 0].unique()):
        raise DataError(
            f"column {spec.batch!r}: rows of batch {quoted([f'{number:g}' for number in others])} came, "
            "rows of batch 0 alone were wanted"
        )


def learned_from(spec: DataSpec, rows: pd.DataFrame) -> int:
    """How many rows the pipeline has put into the training part; 0 where their column of groups does not tell."""
    if spec.path is None or not is_table(spec.path) or spec.group not in rows.columns:
        return 0
    groups = to_labels(rows[spec.group], f"column {spec.group!r}").dropna()
    return sum(not held_out(group, spec.test_share) for group in groups)
