"""An experiment's rows, batch by batch, each split into a training and a test part."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from batch_zero.storage import files
from batch_zero.text import quoted
from datasets import layout
from datasets.fitness import check_roles
from datasets.frames import DataError, prepare
from datasets.tables import Say, read_table, unheard
from drift.columns import to_labels
from lifecycle.experiment import DataSpec

NO_GROUP = "nan"


@dataclass(frozen=True)
class Batches:
    """frame: prepared rows of all batches. held_out: per row, whether it is in its batch's test part. seen: how many
    test rows of batch 0 belong with rows that models are trained on."""

    spec: DataSpec
    frame: pd.DataFrame
    held_out: pd.Series
    seen: int = 0

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


def load(spec: DataSpec, source: str | Path | None = None, say: Say = unheard) -> Batches:
    """Reads and splits. source: one table with all batches, or a folder or ``s3://bucket`` laid out as
    ``datasets.layout`` says; None for the experiment's own. Raises DataError or FileError."""
    source = spec.path if source is None else source
    if source is None:
        raise DataError(
            "this experiment has no data of its own to run: its experiment.toml names no data.path; "
            "give a table, a folder or s3://bucket with --data"
        )
    check_roles(spec)
    files.check_there(source)
    return (_from_table if layout.is_table(source) else _from_folder)(spec, source, say)


def _from_table(spec: DataSpec, source: str | Path, say: Say) -> Batches:
    frame = _prepared(spec, source, say, (spec.batch,))
    frame[spec.batch] = _batch_numbers(spec, frame[spec.batch])
    held = [layout.held_out(group, spec.test_share) for group in _groups(spec, frame, source)]
    return Batches(spec, frame, pd.Series(held, index=frame.index, dtype=bool))


def _from_folder(spec: DataSpec, source: str | Path, say: Say) -> Batches:
    """The files say what batch 0 is trained and tested on; in later batches a group stays on the side where it was
    first, and new ones are split as those of a table."""
    named = [(0, files.join(source, layout.INITIAL_TRAIN)), (0, files.join(source, layout.INITIAL_TEST))]
    named += layout.batch_files(source)
    parts = {name: _prepared(spec, name, say).assign(**{spec.batch: batch}) for batch, name in named}
    _check_same_columns(parts)
    train, test, *later = (_groups(spec, part, name) for name, part in parts.items())
    seen = _shared(spec, (named[0][1], train), (named[1][1], test), say)
    sides = dict.fromkeys(test, True) | dict.fromkeys(train, False)
    held = [False] * len(train) + [True] * len(test)
    held += [sides.get(group, layout.held_out(group, spec.test_share)) for groups in later for group in groups]
    frame = pd.concat(parts.values(), ignore_index=True)
    return Batches(spec, frame, pd.Series(held, index=frame.index, dtype=bool), seen)


def seen_beside(spec: DataSpec, rows: pd.DataFrame, source: str, say: Say = unheard) -> int:
    """How many rows of the initial test set belong with rows of the initial training set that lies beside it, by the
    rule of ``load``; 0 where ``source`` is no such file, or there is none beside it, which is said. rows: prepared."""
    if not source.endswith(layout.INITIAL_TEST) or spec.group not in rows.columns:
        return 0
    beside = source.removesuffix(layout.INITIAL_TEST) + layout.INITIAL_TRAIN
    try:
        train = prepare(spec, read_table(beside, say, names=spec.as_written))
    except files.FileError as error:
        say(f"whether models are trained on rows that belong with these is not known: {error}")
        return 0
    if spec.group not in train.columns:
        return 0
    return _shared(spec, (beside, _groups(spec, train, beside)), (source, _groups(spec, rows, source)), say)


def _shared(spec: DataSpec, train: tuple[str, list[str]], test: tuple[str, list[str]], say: Say) -> int:
    """How many test rows are of groups that the training rows have as well. train, test: a file and its groups."""
    both = set(train[1]) & set(test[1])
    if both:
        say(
            f"{len(both):,} of {len(set(test[1])):,} values of {spec.group!r} in {test[0]} are in {train[0]} "
            f"as well: scores of batch 0 are better than the model is"
        )
    return sum(group in both for group in test[1])


def _prepared(spec: DataSpec, name: str | Path, say: Say, besides: tuple[str, ...] = ()) -> pd.DataFrame:
    """With every column that the experiment names, and those that are needed ``besides``."""
    try:
        frame = prepare(spec, read_table(name, say, names=spec.as_written)).reset_index(drop=True)
    except DataError as error:
        raise DataError(f"{name}: {error}") from error
    named = (*besides, spec.group, spec.target, *spec.features)
    if absent := [column for column in named if column not in frame.columns]:
        raise DataError(f"{name}: columns {quoted(absent)} are missing after preparing it")
    return frame


def _check_same_columns(parts: dict[str, pd.DataFrame]) -> None:
    """Put together, files with different columns would have values made up for those that they lack."""
    for name, part in parts.items():
        for other, wider in parts.items():
            if absent := [column for column in wider.columns if column not in part.columns]:
                raise DataError(f"{name}: columns {quoted(absent)} are missing, which {other} has")


def _groups(spec: DataSpec, frame: pd.DataFrame, name: str | Path) -> list[str]:
    """By name, which is the same whatever type its file gave it; rows without a group are one group."""
    return to_labels(frame[spec.group], f"{name}: column {spec.group!r}").fillna(NO_GROUP).tolist()


def _batch_numbers(spec: DataSpec, column: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    odd = column[~(numbers >= 0) | (numbers % 1 != 0)].unique()
    if len(odd):
        raise DataError(f"column {spec.batch!r}: got {quoted(odd)}, expected a batch number (0, 1, 2, ...)")
    return numbers.astype(int)
