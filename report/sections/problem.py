"""What a reader sees instead of a story, or above one of some time ago."""

import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from batch_zero import formats
from batch_zero.installation import called
from batch_zero.text import one_line
from lifecycle.experiment import Experiment
from mlflow_io.errors import TrackingError
from report.story.story import Story
from ui import problems
from ui.empty import Step, empty


def outage(error: TrackingError, at: datetime, story: Story) -> Story:
    """Draws that the store does not answer, above what it said when it last did. The story for a file, which says so
    too."""
    read = f"as it was read on {formats.moment(at)}"
    problems.outage(error, f"The store does not answer: this is {read}.")
    return replace(story, notices=(f"{error}. This is the report {read}", *story.notices))


def no_batches(story: Story, key: str) -> None:
    """Draws a store that can be read and holds no finished batch of this experiment, and ends the page."""
    reason = "The store can be read, but it holds no finished batch of this experiment yet."
    empty(story.title, reason, story.notices, steps(story.experiment, key, others=story.holds_other_runs))


def steps(experiment: Experiment, key: str, *, others: bool) -> Iterator[Step]:
    """What makes the first batch. key: what the experiment was asked for by. others: somebody has logged something else
    there, and may be the one who logs; an experiment that is only read names no columns."""
    if experiment.data is None or experiment.names.model is None or (others and not experiment.data.features):
        return
    named = shlex.quote(one_line(key))  # which came from the address bar, and goes into a shell
    if experiment.data.path is not None:
        yield Step("Run its pipeline:", f"{called('pipeline')} run --experiment {named} --batches 0-5")
    yield Step(
        "Capture the baseline of a model that is in production already:",
        f"{called('baseline')} --experiment {named} --data initial_test.csv",
    )
