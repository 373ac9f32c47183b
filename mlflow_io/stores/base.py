"""What every store of runs can be asked, however it is reached."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lifecycle.records import ProductionModel, Survey
from mlflow_io.latest_runs import Kind, RunInfo

RunQuery = tuple[str, Kind]
"""A kind of runs in the experiment of that id."""


@dataclass(frozen=True)
class RunData:
    """What a run says. ``metrics`` holds the last value of each; NaN is NaN."""

    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


NO_DATA = RunData({}, {}, {})
"""What a run says that was deleted just now."""


class RunStore(Protocol):
    """A store that is open for reading. Every method raises TrackingUnreachable or TrackingRefused when it cannot.

    What can be read cheaply and completely needs only what has no answer here.
    """

    @property
    def note(self) -> str | None:
        """What its owner should know about a store of this sort."""
        return None

    @property
    def unreadable(self) -> tuple[str, ...]:
        """What the answers since the last change go without because it cannot be read: each with where and why."""
        return ()

    def counted(self, experiment_id: str, kind: Kind) -> bool:  # noqa: ARG002
        """Whether ``candidates`` gave all runs there are; else the latest of each batch and all that are newer."""
        return True

    def changed(self, *, thoroughly: bool) -> bool:  # noqa: ARG002
        """Whether anything may have changed since it was read; brings what is remembered of it up to date.

        thoroughly: also what a quick look cannot see, such as a run that was restored.
        """
        return True

    def count(self) -> None:
        """Sees to it that all are counted. May take long, and run beside everything else in another thread."""
        return

    def keep(self) -> None:
        """Writes down what the next process should know."""
        return

    def experiment_id(self, name: str) -> str | None:
        """Of the active experiment called ``name``."""

    def experiment_names(self) -> tuple[str, ...]:
        """Of active experiments, for a reader who may have misspelt one; not necessarily all."""

    def survey(self, name: str, experiment_id: str) -> Survey | None:  # noqa: ARG002
        """What the experiment holds; None where that is not remembered."""
        return None

    def expect(self, wanted: Collection[RunQuery]) -> None:  # noqa: ARG002
        """What ``candidates`` will be asked for next, for a store that can fetch it all at once."""
        return

    def candidates(self, experiment_id: str, kind: Kind) -> Iterable[RunInfo]:
        """Active runs of the kind that carry a batch number."""

    def facts(self, run_ids: Collection[str]) -> Mapping[str, RunData]:
        """By run id; of a run that was deleted meanwhile, nothing."""

    def artifact_root(self, run_id: str) -> str | None:
        """The URI under which the run keeps its artifacts, empty where it does not say; None where there is no such
        run."""

    def artifact_bases(self, run_id: str) -> tuple[Path, ...]:  # noqa: ARG002
        """Folders of a store on this machine where the run's artifacts may lie, wherever they were recorded; without
        links."""
        return ()

    def production(self, model: str) -> ProductionModel | None:
        """The version in production: by alias, else the newest one in the stage."""
