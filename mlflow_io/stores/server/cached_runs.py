"""The runs of one query as they were seen on a server, and the choice among them."""

from collections.abc import Collection, Iterable

from mlflow_io.latest_runs import FINISHED, LatestRuns, RunInfo, age, latest_per_batch, whole_number


class CachedRuns:
    """counted_at: seconds since 1970, when these were all there are; 0 if they never were. last_end: milliseconds since
    1970, the last end of a run that was seen here; 0 if none was.
    """

    def __init__(self, runs: Iterable[RunInfo], counted_at: float) -> None:
        self._runs = {run.run_id: run for run in runs}
        self._latest: LatestRuns | None = None
        self.counted_at = counted_at
        self.last_end = max((run.end or 0 for run in self.runs), default=0)

    @property
    def runs(self) -> Collection[RunInfo]:
        return self._runs.values()

    @property
    def latest(self) -> LatestRuns:
        if self._latest is None:
            self._latest = latest_per_batch(self.runs)
        return self._latest

    def watched(self) -> list[RunInfo]:
        """The latest of each batch, and the newer ones that may come to count."""
        batches = self.latest.batches.values()
        return [run for batch in batches for run in (batch.latest, *batch.newer) if run is not None]

    def has(self, run: RunInfo) -> bool:
        """Just so, with nothing about it changed."""
        return self._runs.get(run.run_id) == run

    def add(self, run: RunInfo) -> None:
        """In the place of what was known of it."""
        if not self.has(run):
            self._runs[run.run_id] = run
            self._latest = None
            self.last_end = max(self.last_end, run.end or 0)

    def remove(self, run_id: str) -> None:
        if self._runs.pop(run_id, None) is not None:
            self._latest = None

    def forget_older(self) -> None:
        """Keeps those that are watched."""
        self._runs = {run.run_id: run for run in self.watched()}
        self._latest = None

    def add_older(self, runs: Iterable[RunInfo]) -> None:
        """Adds runs that were seen at another time: finished ones that are older than the latest of their batch, and
        any whose number is none.

        A finished one that is not older than the latest must be gone by now: the search for the latest, which came
        later or sees more, would have found it.
        """
        batches = self.latest.batches
        for run in runs:
            number = whole_number(run.batch)
            latest = batches[number].latest if number in batches else None
            superseded = latest is not None and run.status == FINISHED and age(run) < age(latest)
            if superseded or number is None:
                self.add(run)
