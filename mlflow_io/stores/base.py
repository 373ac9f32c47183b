"""What every store of runs can be asked, however it is reached."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from lifecycle.records import ProductionModel, Survey
from metrics.kinds import AUC
from mlflow_io import names
from mlflow_io.latest_runs import Kind, LatestRuns, RunInfo

Content = TypeVar("Content", covariant=True)


@dataclass(frozen=True)
class Answer(Generic[Content]):
    """What a store says. unreadable: what ``content`` goes without because it cannot be read, each with where and
    why."""

    content: Content
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunData:
    """The params, metrics and tags of a run. ``metrics`` holds the last value of each; NaN is NaN. unread: names of
    what is there and cannot be read."""

    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    unread: tuple[str, ...] = ()


NO_DATA = RunData({}, {}, {})
"""Of a run that was deleted just now."""


MODELS = 1_000
"""Names of registered models that are looked at, for one that may be meant."""

SCORED = (names.production_score(AUC.name), names.candidate_score(AUC.name))


class RunQuery(NamedTuple):
    """A kind of runs in one experiment. scored: the metrics by which a gate run without a tag is known."""

    experiment_id: str
    kind: Kind
    scored: tuple[str, ...] = SCORED


class BrokenRun(NamedTuple):
    """A run that carries a batch number, as it was written, and cannot be read. problem: where it is, and why."""

    run_id: str
    batch: str
    problem: str


@dataclass(frozen=True)
class FoundRuns:
    """Active runs of one kind that carry a batch number.

    runs: all that there are, if ``complete``; else the latest of each batch, all that are newer, and some more.
    latest: the choice among them. data: by run id, of the latest run of each batch, and perhaps of others.
    broken: those that may be of the kind.
    """

    runs: Collection[RunInfo]
    latest: LatestRuns
    data: Mapping[str, RunData]
    complete: bool = True
    broken: tuple[BrokenRun, ...] = ()


@dataclass(frozen=True)
class ArtifactPlace:
    """Where a run keeps its artifacts.

    root: the recorded URI, empty where the run does not say; None where there is no such run. beside: folders of a
    store on this machine where they may lie, wherever they were recorded; without links.
    """

    root: str | None
    beside: tuple[Path, ...] = ()


class RunStore(ABC):
    """A store that is open for reading, one call at a time.

    The calls may come in any order, and each may come alone. Every one raises TrackingUnreachable or TrackingRefused
    when the store does not answer. Answers are at least as new as the last ``has_changed`` that was asked.
    """

    @property
    def note(self) -> str | None:
        """What its owner should know about a store of this sort."""
        return None

    def has_changed(self) -> bool:
        """Whether an answer may differ from the one given before. A quick look, which may miss rare changes."""
        return True

    def has_changed_at_all(self) -> bool:
        """As ``has_changed``, and sees what a quick look cannot, such as a run that was restored."""
        return True

    @abstractmethod
    def experiment_ids(self, names: Collection[str]) -> Answer[Mapping[str, str]]:
        """By name, of those of ``names`` that are active experiments."""

    @abstractmethod
    def experiment_names(self) -> Answer[tuple[str, ...]]:
        """Of active experiments, for a reader who may have misspelt one; not necessarily all."""

    @abstractmethod
    def read(self, queries: Collection[RunQuery]) -> Answer[Mapping[RunQuery, FoundRuns]]:
        """The runs of each query, with what the latest of each batch say."""

    @abstractmethod
    def production(self, model: str) -> Answer[ProductionModel | None]:
        """The version in production, by the rule of ``mlflow_io.stores.production``."""

    @abstractmethod
    def model_names(self) -> Answer[tuple[str, ...]]:
        """Of registered models, for a reader who may have misspelt one; ``MODELS`` at most."""

    @abstractmethod
    def survey(self, name: str, experiment_id: str) -> Answer[Survey | None]:
        """What the experiment holds, whatever its runs are; None where that is not remembered."""

    @abstractmethod
    def artifact_place(self, run_id: str) -> Answer[ArtifactPlace]:
        """Of a run, be it deleted."""

    def count_runs(self) -> None:
        """Sees to it that later answers of ``read`` are complete. May take long, and run beside everything else in
        another thread."""
        return

    def save(self) -> None:
        """Writes down what the next process should know."""
        return
