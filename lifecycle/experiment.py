"""What one experiment is: its words, its names in MLflow, its data and its thresholds."""

from dataclasses import dataclass
from pathlib import Path

from batch_zero.errors import BatchZeroError
from drift.policy import DriftPolicy
from lifecycle.gate import GatePolicy


@dataclass(frozen=True)
class MlflowNames:
    """Names of the two MLflow experiments and of the registered model. The two experiments may be one."""

    drift_experiment: str
    gate_experiment: str
    model: str


@dataclass(frozen=True)
class DataSpec:
    """Where the rows are and which columns play which part, after ``features.py`` has prepared them.

    path: the raw rows, all batches in one table, or a folder or ``s3://bucket`` with a file for each; None where the
    experiment is only read, or data is passed by hand.
    features_file: the ``features.py`` with ``prepare(raw) -> frame``; None where the raw table needs no preparing.
    positive: the label of the target that means yes; None where it is 1 of 0 and 1, of -1 and 1, or True.
    batch: column with the batch number. group: column of which no value may stand in both training and test part.
    test_share: share of the groups, 0..1, that is held out for testing.
    """

    path: Path | str | None
    features_file: Path | None
    target: str
    batch: str
    group: str
    numerical: tuple[str, ...]
    categorical: tuple[str, ...]
    test_share: float = 0.3
    positive: str | bool | int | float | None = None

    @property
    def features(self) -> tuple[str, ...]:
        return (*self.numerical, *self.categorical)

    @property
    def as_written(self) -> tuple[str, ...]:
        """Columns whose values are names, which nobody counts with."""
        return (*self.categorical, self.group)


class UnknownExperiment(BatchZeroError):
    """known: the names that there are. nearest: the one that may be meant, or None."""

    known: tuple[str, ...] = ()
    nearest: str | None = None


@dataclass(frozen=True)
class Experiment:
    """key: what selects it, a folder name below ``examples/`` or the path of an ``experiment.toml``."""

    key: str
    title: str
    description: str
    names: MlflowNames
    data: DataSpec
    drift: DriftPolicy
    gate: GatePolicy
