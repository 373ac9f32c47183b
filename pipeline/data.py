"""An experiment's rows, batch by batch, each split into a training and a test part."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from baseline import layout
from baseline.frames import DataError, prepare
from drift.columns import quoted
from lifecycle.experiment import DataSpec
from storage import files
from storage.tables import read_table


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


def load(spec: DataSpec, source: str | Path | None = None) -> Batches:
    """Reads and splits. source: one table with all batches, or a folder or ``s3://bucket`` laid out as
    ``baseline.layout`` says; None for the experiment's own. Raises DataError or FileError."""
    source = spec.path if source is None else source
    if source is None:
        raise DataError(
            "this experiment has no data of its own to run: its experiment.toml names no data.path; "
            "give a table, a folder or s3://bucket with --data"
        )
    if not spec.features:
        raise DataError("this experiment lists no features: its experiment.toml has none in [features]")
    return _from_table(spec, source) if layout.is_table(source) else _from_folder(spec, source)


def _from_table(spec: DataSpec, source: str | Path) -> Batches:
    frame = _prepared(spec, source, (spec.batch, spec.group))
    frame[spec.batch] = _batch_numbers(spec, frame[spec.batch])
    held = [held_out(value, spec.test_share) for value in frame[spec.group]]
    return Batches(spec, frame, pd.Series(held, index=frame.index, dtype=bool))


def _from_folder(spec: DataSpec, source: str | Path) -> Batches:
    """The files say what batch 0 is trained and tested on; in later batches a group stays on the side where it was
    first, and new ones are split as those of a table."""
    named = [(0, files.join(source, layout.INITIAL_TRAIN)), (0, files.join(source, layout.INITIAL_TEST))]
    parts = []
    for batch, name in [*named, *layout.batch_files(source)]:
        parts.append(_prepared(spec, name, (spec.group,)).assign(**{spec.batch: batch}))
    sides = dict.fromkeys(parts[1][spec.group], True) | dict.fromkeys(parts[0][spec.group], False)
    held = [False] * len(parts[0]) + [True] * len(parts[1])
    for part in parts[2:]:
        held += [sides.get(value, held_out(value, spec.test_share)) for value in part[spec.group]]
    frame = pd.concat(parts, ignore_index=True)
    return Batches(spec, frame, pd.Series(held, index=frame.index, dtype=bool))


def _prepared(spec: DataSpec, name: str | Path, wanted: tuple[str, ...]) -> pd.DataFrame:
    frame = prepare(spec, read_table(name)).reset_index(drop=True)
    if absent := [column for column in wanted if column not in frame.columns]:
        raise DataError(f"{name}: columns {quoted(absent)} are missing after preparing it")
    return frame


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
