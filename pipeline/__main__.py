"""python -m pipeline: run batches of an experiment, as an orchestrator triggers them, or lay out their data."""

import argparse
import os
import re
import sys
from collections.abc import Sequence

import settings
from batch_zero.interrupts import interruptible
from batch_zero.storage.files import FileError
from batch_zero.text import one_line
from datasets.batches import load
from datasets.fitness import check_numbers
from datasets.frames import DataError
from datasets.prepare import lay_out
from drift.errors import DriftError
from lifecycle.experiment import Experiment
from metrics.scores import ScoreError
from mlflow_io import clock
from mlflow_io.client import connect
from mlflow_io.errors import StoreMissing, TrackingError, reaching
from mlflow_io.history import read_history
from mlflow_io.stores.filestore import migration
from pipeline.run import Pipe
from pipeline.turn import OutOfTurn
from sandbox.process import ModelError

EXPECTED = (settings.SettingsError, FileError, DataError, DriftError, ScoreError, TrackingError, ModelError, OutOfTurn)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m pipeline", description=__doc__)
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    _run_parser(commands.add_parser("run", help="run one batch or several"))
    _prepare_parser(commands.add_parser("prepare", help="lay out an experiment's raw data in a folder or a bucket"))
    return made


def _experiment_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--experiment", metavar="NAME", help="a folder of examples/ or the path of an experiment.toml")


def _run_parser(run: argparse.ArgumentParser) -> None:
    run.set_defaults(command=run_batches)
    _experiment_option(run)
    run.add_argument(
        "--mlflow-tracking-uri", metavar="URI", help="default: MLFLOW_TRACKING_URI, else the embedded store"
    )
    run.add_argument(
        "--data",
        metavar="PLACE",
        help="one table with all batches, or a folder or s3://bucket that `prepare` has laid out; "
        "default: the experiment's own",
    )
    which = run.add_mutually_exclusive_group(required=True)
    which.add_argument("--batch", type=_batches, dest="batches", metavar="N", help="one batch")
    which.add_argument("--batches", type=_batches, metavar="A-B", help="several, in order: 0-5, or 1,3")
    run.add_argument("--force-retrain", action="store_true", help="train a candidate even where there is no drift")
    again = run.add_mutually_exclusive_group()
    again.add_argument("--reuse", action="store_true", help="leave out the batches that have finished runs")
    again.add_argument(
        "--restart", action="store_true", help="let the model of batch 0 replace the one that is in production"
    )


def _prepare_parser(prepare: argparse.ArgumentParser) -> None:
    prepare.set_defaults(command=prepare_data)
    _experiment_option(prepare)
    prepare.add_argument("--data", required=True, metavar="FILE", help="the raw table, a path or s3://bucket/key")
    prepare.add_argument("--out", required=True, metavar="PLACE", help="a folder, s3://bucket or s3://bucket/prefix")
    prepare.add_argument("--replace", action="store_true", help="write over what is there")


def _batches(text: str) -> list[int]:
    span = re.fullmatch(r"(\d+)-(\d+)", text)
    if span and int(span[1]) <= int(span[2]):
        return list(range(int(span[1]), int(span[2]) + 1))
    if re.fullmatch(r"\d+(,\d+)*", text):
        return [int(number) for number in text.split(",")]
    raise argparse.ArgumentTypeError(f"{text!r} came; a batch number, a range like 0-5 or a list like 1,3 was wanted")


@interruptible("pipeline")
def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    try:
        arguments.command(arguments)
    except EXPECTED as error:
        print(f"pipeline: {one_line(error)}", file=sys.stderr)
        return 1
    return 0


def run_batches(arguments: argparse.Namespace) -> None:
    env = dict(os.environ)
    if arguments.mlflow_tracking_uri:
        env["MLFLOW_TRACKING_URI"] = arguments.mlflow_tracking_uri
    config = settings.read(env)
    experiment = settings.load_experiment(arguments.experiment or config.experiment, config)
    wanted = _unfinished(arguments.batches, config, experiment) if arguments.reuse else arguments.batches
    if not wanted:
        return
    batches = load(experiment.data, arguments.data, _say)
    check_numbers(experiment.data, batches.numbers)
    unknown = sorted(set(wanted) - set(batches.numbers))
    if unknown:
        raise DataError(f"the data of {experiment.key} has batches {_listed(batches.numbers)}, not {_listed(unknown)}")
    _say(f"{experiment.key}: {len(batches.frame):,} rows in {len(batches.numbers)} batches; opening the store")
    client = connect(config.tracking_uri, create=config.embedded)
    if note := migration(config.tracking_uri):
        _say(note)
    pipe = Pipe(client, config.tracking_uri, experiment, batches, config.artifact_folder, _say)
    with reaching(config.tracking_uri):
        for number in wanted:
            pipe.run_batch(number, force_retrain=arguments.force_retrain, restart=arguments.restart)
            if by := clock.outdated_by(config.tracking_uri, experiment.names, number):
                _say(clock.in_vain(number, by))


def prepare_data(arguments: argparse.Namespace) -> None:
    config = settings.read()
    experiment = settings.load_experiment(arguments.experiment or config.experiment, config)
    for name, rows in lay_out(experiment.data, arguments.data, arguments.out, replace=arguments.replace, say=_say):
        _say(f"{name}: {rows:,} rows")


def _unfinished(wanted: list[int], config: settings.Settings, experiment: Experiment) -> list[int]:
    """Those of ``wanted`` that have no finished runs yet."""
    try:
        history = read_history(config.tracking_uri, experiment.names)
    except StoreMissing:
        return wanted
    finished = {record.batch for record in history.batches if record.gate and record.drift}
    if reused := [number for number in wanted if number in finished]:
        _say(f"{experiment.key}: reusing the finished runs of batches {_listed(reused)}")
    return [number for number in wanted if number not in finished]


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _say(text: str) -> None:
    print(f"pipeline: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
