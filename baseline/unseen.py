"""Whether rows are a test set for the model of Batch 0: of this batch, and not those that it has learned from."""

import pandas as pd

from batch_zero.text import quoted
from datasets.frames import Answered, DataError
from datasets.layout import INITIAL_TRAIN, held_out, is_table
from drift.columns import to_labels
from lifecycle.experiment import DataSpec

ALLOWED = "--allow-training-rows"


def check_batch(spec: DataSpec, rows: pd.DataFrame) -> None:
    """Raises DataError where rows say that they are of another batch: models have learned from some of them since."""
    if spec.batch not in rows.columns:
        return
    numbers = pd.to_numeric(rows[spec.batch], errors="coerce")
    if others := sorted(numbers[numbers > 0].unique()):
        raise DataError(
            f"column {spec.batch!r}: got rows of batch {quoted([f'{number:g}' for number in others])}, "
            "expected rows of batch 0 alone"
        )


def check_unseen(seen: int, rows: int) -> None:
    """Raises DataError where ``seen`` of the rows are no test of a model that was trained on them."""
    if seen:
        raise Answered(
            f"{seen:,} of {rows:,} rows are of the part that this experiment's pipeline trains on: a model of its own "
            f"has seen them, and scores too well on them; leave them out, or score them all the same with {ALLOWED}"
        )


def learned_from(spec: DataSpec, rows: pd.DataFrame, source: str) -> int:
    """How many rows the pipeline has put into the training part; 0 where neither the name of their file nor their
    column of groups tells."""
    if source.endswith(INITIAL_TRAIN):
        return len(rows)
    if spec.path is None or not is_table(spec.path) or spec.group not in rows.columns:
        return 0
    groups = to_labels(rows[spec.group], f"column {spec.group!r}").dropna()
    return sum(not held_out(group, spec.test_share) for group in groups)
