"""python -m pipeline: run batches of an experiment, as an orchestrator triggers them, or lay out their data."""

import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

import batch_zero.beginning  # noqa: F401 - hears Ctrl+C while the rest is imported
import settings
from batch_zero import commands
from batch_zero.progress import Steps, printed
from datasets.batches import load
from datasets.fitness import check_numbers, check_sizes
from datasets.frames import DataError
from datasets.prepare import lay_out
from metrics.tasks import check_computed
from mlflow_io import clock
from mlflow_io.client import connect
from mlflow_io.errors import StoreMissing, reaching
from mlflow_io.history import read_history
from mlflow_io.stores.filestore import migration
from pipeline.run import STEPS, Pipe


class _Batches(click.ParamType[list[int]]):
    name = "batches"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[int]:
        span = re.fullmatch(r"(\d+)-(\d+)", value)
        if span and int(span[1]) > int(span[2]):
            self.fail(f"got {value!r}, a range that runs backwards; expected one like 0-5", param, ctx)
        if span:
            return list(range(int(span[1]), int(span[2]) + 1))
        if not re.fullmatch(r"\d+(,\d+)*", value):
            self.fail(f"got {value!r}, expected a batch number, a range like 0-5 or a list like 1,3", param, ctx)
        return [int(number) for number in value.split(",")]


command = click.Group(
    "pipeline", help="Run batches of an experiment, as an orchestrator triggers them, or lay out their data."
)


@command.command("run")
@commands.experiment
@commands.tracking_uri
@click.option(
    "--data",
    metavar="PLACE",
    help="One table with all batches, or a folder or s3://bucket that `prepare` has laid out; "
    "default: the experiment's own.",
)
@click.option("--batch", type=_Batches(), metavar="N", help="One batch.")
@click.option("--batches", type=_Batches(), metavar="A-B", help="Several, in order: 0-5, or 1,3.")
@click.option("--force-retrain", is_flag=True, help="Train a candidate even where there is no drift.")
@click.option("--reuse", is_flag=True, help="Leave out the batches that have finished runs.")
@click.option("--restart", is_flag=True, help="Let the model of batch 0 replace the one that is in production.")
def run_batches(
    experiment: str | None,
    mlflow_tracking_uri: str | None,
    data: str | None,
    batch: list[int] | None,
    batches: list[int] | None,
    force_retrain: bool,
    reuse: bool,
    restart: bool,
) -> None:
    """Run one batch or several."""
    commands.want_one("--batch", "--batches", batch, batches)
    commands.refuse_both("--reuse", "--restart", reuse, restart)
    context = settings.open_context(mlflow_tracking_uri, experiment)
    context.experiment.check_complete("a pipeline", features=True)
    with printed("pipeline") as progress:
        to_run = batch or batches or []
        if reuse:
            to_run = _unfinished(to_run, context, Steps(0, progress).remark)
        if to_run:
            steps = Steps(STEPS * len(to_run), progress)
            _run(context, to_run, data, steps, force_retrain=force_retrain, restart=restart)


def _run(
    context: settings.Context,
    to_run: list[int],
    data: str | None,
    steps: Steps,
    *,
    force_retrain: bool,
    restart: bool,
) -> None:
    tracking, experiment = context.settings.tracking, context.experiment
    check_computed(experiment.spec.task, experiment.scores.primary)
    batches = load(experiment.spec, data, steps.remark)
    check_numbers(experiment.spec, batches.numbers)
    if unknown := sorted(set(to_run) - set(batches.numbers)):
        raise DataError(f"the data of {experiment.key} has batches {_listed(batches.numbers)}, not {_listed(unknown)}")
    check_sizes(experiment.spec, batches.frame[batches.frame[experiment.spec.batch] <= max(to_run)])
    steps.remark(f"{experiment.key}: {len(batches.frame):,} rows in {len(batches.numbers)} batches; opening the store")
    client = connect(tracking.uri, create=tracking.embedded)
    if note := migration(tracking.uri):
        steps.remark(note)
    pipe = Pipe(client, tracking.uri, experiment, batches, tracking.artifact_folder, steps)
    with reaching(tracking.uri):
        for number in to_run:
            pipe.run_batch(number, force_retrain=force_retrain, restart=restart)
            if by := clock.outdated_by(tracking.uri, experiment.names, number):
                steps.remark(clock.in_vain(number, by))


@command.command("prepare")
@commands.experiment
@click.option("--data", required=True, metavar="FILE", help="The raw table, a path or s3://bucket/key.")
@click.option("--out", required=True, metavar="PLACE", help="A folder, s3://bucket or s3://bucket/prefix.")
@click.option("--replace", is_flag=True, help="Write over what is there.")
def prepare_data(experiment: str | None, data: str, out: str, replace: bool) -> None:
    """Lay out an experiment's raw data in a folder or a bucket."""
    chosen = settings.open_context(experiment=experiment).experiment
    with printed("pipeline") as progress:
        say = Steps(0, progress).remark
        for name, rows in lay_out(chosen.spec, data, out, replace=replace, say=say):
            say(f"{name}: {rows:,} rows")


def main(arguments: Sequence[str] | None = None) -> int:
    return commands.run(command, "python -m pipeline", arguments)


def _unfinished(to_run: list[int], context: settings.Context, say: Callable[[str], None]) -> list[int]:
    """Those of ``wanted`` that have no finished runs yet."""
    try:
        history = read_history(context.settings.tracking.uri, context.experiment.names)
    except StoreMissing:
        return to_run
    finished = {record.batch for record in history.batches if record.gate and record.drift}
    if reused := [number for number in to_run if number in finished]:
        say(f"{context.experiment.key}: reusing the finished runs of batches {_listed(reused)}")
    return [number for number in to_run if number not in finished]


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


if __name__ == "__main__":
    sys.exit(main())
