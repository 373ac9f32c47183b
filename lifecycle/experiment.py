"""What one experiment is: its words, its names in MLflow, its data and its thresholds."""

from dataclasses import dataclass
from pathlib import Path

from batch_zero.errors import BatchZeroError
from drift.policy import DriftPolicy
from lifecycle.gate import GatePolicy
from metrics.scores import USUAL_SCORES, ScoreSet
from metrics.tasks import Task


@dataclass(frozen=True)
class MlflowNames:
    """Names of the two MLflow experiments, which may be one, and of the registered model. model: None where the
    experiment is only read and names none. scores: those that the runs hold."""

    drift_experiment: str
    gate_experiment: str
    model: str | None = None
    scores: ScoreSet = USUAL_SCORES

    @property
    def experiments(self) -> frozenset[str]:
        return frozenset((self.drift_experiment, self.gate_experiment))


@dataclass(frozen=True)
class DataSpec:
    """Where the rows are and which columns play which part, after ``features.py`` has prepared them.

    path: the raw rows, all batches in one table, or a folder or ``s3://bucket`` with a file for each; None where the
    experiment is only read, or data is passed by hand.
    features_file: the ``features.py`` with ``prepare(raw) -> frame``; None where the raw table needs no preparing.
    task: what the target is. positive: its label that means yes; None where that is 1 of 0 and 1, of -1 and 1, or True.
    classes: its labels, where there are several; their places are the codes that a model of ours is trained on.
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
    task: Task = Task.BINARY
    classes: tuple[str | bool | int | float, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        return (*self.numerical, *self.categorical)

    @property
    def as_written(self) -> tuple[str, ...]:
        """Columns whose values are names, which nobody counts with."""
        return (*self.categorical, self.group)


class UnknownExperiment(BatchZeroError):
    """known: the names that there are, which the message lists. nearest: the one of them that may be meant, or None.
    without_names: the message for who lists them in another way."""

    known: tuple[str, ...] = ()
    nearest: str | None = None
    without_names: str = ""


class Incomplete(BatchZeroError):
    """An experiment that can be read, and lacks what it takes to run or to score it."""

    status = 422


@dataclass(frozen=True)
class Experiment:
    """key: what selects it, a folder name below ``examples/`` or the path of an ``experiment.toml``. data: None where
    the experiment is only read and says nothing of its rows. of_others: names in MLflow that other known experiments go
    by.
    """

    key: str
    title: str
    description: str
    names: MlflowNames
    data: DataSpec | None
    drift: DriftPolicy
    gate: GatePolicy
    of_others: frozenset[str] = frozenset()

    @property
    def scores(self) -> ScoreSet:
        return self.names.scores

    @property
    def spec(self) -> DataSpec:
        """Its data, for who needs them. Raises Incomplete."""
        if self.data is None:
            raise self._incomplete("reading its rows", ["[data] with a target"])
        return self.data

    @property
    def model(self) -> str:
        """Its registered model, for who needs one. Raises Incomplete."""
        if self.names.model is None:
            raise self._incomplete("a registered model", ["model in [mlflow]"])
        return self.names.model

    def check_complete(self, purpose: str, *, features: bool) -> None:
        """Raises Incomplete, with all that is missing. purpose: what needs it. features: whether they have to be listed
        as well."""
        missing = [
            what
            for what, there in (
                ("[data] with a target", self.data is not None),
                ("columns in [features]", not features or bool(self.data and self.data.features)),
                ("model in [mlflow]", self.names.model is not None),
            )
            if not there
        ]
        if missing:
            raise self._incomplete(purpose, missing)

    def _incomplete(self, purpose: str, missing: list[str]) -> Incomplete:
        return Incomplete(
            f"experiment {self.key}: its experiment.toml has no {', no '.join(missing)}, which {purpose} needs; "
            "a report does without"
        )
