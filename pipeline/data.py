"""An experiment's rows, batch by batch, each split into a training and a test part."""

import hashlib
from dataclasses import dataclass

import pandas as pd

from baseline.frames import DataError, prepare, read_table
from drift.columns import quoted
from lifecycle.experiment import DataSpec


@dataclass(frozen=True)
class Batches:
    """frame: prepared rows of all batches. held_out: per row, whether it is in its batch's test part."""

    spec: DataSpec
    frame: pd.DataFrame
    held_out: pd.Series

    @property
    def numbers(self) -> list[int]:
        return sorted(self.frame[self.spec.batch].unique().tolist())

    def rows(self, batch: int) -> pd.DataFrame:
        return self.frame[self.frame[self.spec.batch] == batch]

    def train(self, first: int, last: int) -> pd.DataFrame:
        """The training parts of batches ``first`` to ``last``, both inclusive."""
        return self.frame[self.frame[self.spec.batch].between(first, last) & ~self.held_out]

    def test(self, batch: int) -> pd.DataFrame:
        return self.frame[(self.frame[self.spec.batch] == batch) & self.held_out]


def load(spec: DataSpec) -> Batches:
    """Reads and splits. Raises DataError where the experiment has no data of its own or a column is missing."""
    if spec.path is None:
        raise DataError("this experiment has no data of its own to run: its experiment.toml names no data.path")
    if not spec.features:
        raise DataError("this experiment lists no features: its experiment.toml has none in [features]")
    frame = prepare(spec, read_table(spec.path)).reset_index(drop=True)
    if absent := [name for name in (spec.batch, spec.group) if name not in frame.columns]:
        raise DataError(f"{spec.path}: columns {quoted(absent)} are missing after preparing it")
    frame[spec.batch] = _batch_numbers(spec, frame[spec.batch])
    held = [held_out(value, spec.test_share) for value in frame[spec.group]]
    return Batches(spec, frame, pd.Series(held, index=frame.index, dtype=bool))


def _batch_numbers(spec: DataSpec, column: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    odd = column[~(numbers >= 0) | (numbers % 1 != 0)].unique()
    if len(odd):
        raise DataError(f"column {spec.batch!r}: {quoted(odd)} came, a batch number (0, 1, 2, ...) was wanted")
    return numbers.astype(int)


def held_out(group: object, share: float) -> bool:
    """Whether a group belongs to the test part: a hash of its name, so that no run, order or machine changes it."""
    digest = hashlib.blake2b(str(group).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64 < share
