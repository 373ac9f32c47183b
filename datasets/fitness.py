"""What a later step would refuse, found before anything is trained or promoted: one sentence with column and cause."""

import numpy as np
import pandas as pd

from batch_zero.text import quoted
from datasets.frames import DataError
from drift.columns import parse_numbers, to_labels
from drift.prepare import prepare
from drift.schema import Schema, kind_of_text
from lifecycle.experiment import DataSpec
from metrics.tasks import Task

LARGEST = float(np.finfo("float32").max)
"""Of the numbers that XGBoost takes."""

LARGEST_TARGET = LARGEST**0.5
"""Beyond, the squares that it compares splits by are infinite: it takes the target, and learns nothing."""


def check_roles(spec: DataSpec) -> None:
    """A column has one role. Raises DataError."""
    roles = {"batch": spec.batch, "group": spec.group}
    for role, column in roles.items():
        if column in spec.features:
            raise DataError(f"column {column!r} is the {role}, and listed in [features]: no model may be shown it")
        if column == spec.target:
            raise DataError(f"column {column!r} is the {role} and the target; it can be one of them only")
    if spec.batch == spec.group:
        raise DataError(
            f"column {spec.batch!r} is the batch and the group: a batch would stand on one side of the split"
        )


def check_numbers(spec: DataSpec, numbers: list[int]) -> None:
    """Raises DataError where there is no batch 0, with which everything begins."""
    if numbers and numbers[0] != 0:
        raise DataError(
            f"column {spec.batch!r}: got batches from {numbers[0]} to {numbers[-1]}, expected numbers from 0 on: "
            f"batch 0 is the initial data"
        )


def check_reference(spec: DataSpec, reference: pd.DataFrame) -> None:
    """The initial training set, against which every later batch is held. Raises DataError, or DriftError for a column
    that no drift check could compare: dates or text among the numbers, lists among the categories."""
    prepare(reference, reference, Schema(numerical=spec.numerical, categorical=spec.categorical))
    if not reference[list(spec.features)].notna().any(axis=None):
        raise DataError(f"columns {quoted(spec.features)} have no value at all in the training part of batch 0")
    for name in spec.categorical:
        labels = to_labels(reference[name], f"column {name!r}").dropna()
        if (reason := kind_of_text(labels)) != "categorical":
            raise DataError(f"column {name!r} is listed as categorical, but is {reason}; leave it out of [features]")


def check_sizes(spec: DataSpec, frame: pd.DataFrame) -> None:
    """Raises DataError for a number that is finite and too large to learn from."""
    for name in spec.numerical:
        _check_size(spec, frame, f"column {name!r}", name, LARGEST)
    if spec.task is Task.REGRESSION:
        _check_size(spec, frame, f"target {spec.target!r}", spec.target, LARGEST_TARGET)


def _check_size(spec: DataSpec, frame: pd.DataFrame, where: str, name: str, largest: float) -> None:
    numbers, _ = parse_numbers(frame[name])
    beyond = np.flatnonzero((numbers.abs() > largest) & np.isfinite(numbers))
    if len(beyond):
        value, batch = numbers.iloc[beyond[0]], frame[spec.batch].iloc[beyond[0]]
        raise DataError(
            f"{where}: got {value:g} in batch {batch}, expected numbers from {-largest:.2g} to {largest:.2g}, with "
            f"which XGBoost can count ({len(beyond):,} such values)"
        )


def empty_part(spec: DataSpec, part: str, batch: pd.DataFrame) -> str:
    """Why a part of a batch has no rows. batch: both parts of it."""
    groups = batch[spec.group].nunique(dropna=False)
    return (
        f"{part} has no rows: column {spec.group!r} has {groups:,} different value{'s' if groups != 1 else ''} in "
        f"{len(batch):,} rows, and those with one value stay together; name a finer column as data.group"
    )
