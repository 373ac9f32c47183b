"""python -m baseline: evaluate the production model on the initial test set and write it to MLflow as Batch 0."""

import argparse
import os
import sys
from collections.abc import Sequence

import settings
from baseline.capture import Baseline, capture
from baseline.unseen import ALLOWED, check_batch, check_unseen, learned_from
from batch_zero.interrupts import interruptible
from batch_zero.storage.files import FileError, join
from batch_zero.text import one_line
from datasets.frames import Answered, DataError, features_and_target, labels, prepare, unreserved
from datasets.layout import INITIAL_TEST
from datasets.tables import read_table
from metrics.scores import ScoreError
from mlflow_io import clock
from mlflow_io.client import connect
from mlflow_io.errors import ModelMissing, StoreMissing, TrackingError, TrackingUnreachable
from mlflow_io.stores.filestore import migration
from sandbox.process import ModelError

EXPECTED = (settings.SettingsError, FileError, DataError, ScoreError, TrackingError, ModelError)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m baseline", description=__doc__)
    made.add_argument(
        "--mlflow-tracking-uri", metavar="URI", help="default: MLFLOW_TRACKING_URI, else the embedded store"
    )
    made.add_argument("--experiment", metavar="NAME", help="a folder of examples/ or the path of an experiment.toml")
    source = made.add_mutually_exclusive_group(required=True)
    source.add_argument("--s3-bucket-name", metavar="BUCKET", help=f"read {INITIAL_TEST} from this bucket")
    source.add_argument(
        "--data", metavar="PATH", help="the initial test set: a CSV or Parquet path, or s3://bucket/key"
    )
    made.add_argument(
        ALLOWED, action="store_true", help="score rows that the pipeline trains on as well; the report tells how many"
    )
    return made


@interruptible("baseline")
def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    try:
        _say(run(arguments))
    except EXPECTED as error:
        print(f"baseline: {one_line(_advised(error))}{_assumed(arguments, error)}", file=sys.stderr)
        return 2
    return 0


ADVICE = (
    ((FileError, DataError), "give the initial test set with --data or --s3-bucket-name"),
    (ScoreError, "give a test set that can be scored with --data or --s3-bucket-name"),
    (StoreMissing, "name another one with --mlflow-tracking-uri, or run the pipeline's batch 0 to make one"),
    (TrackingUnreachable, "is it running, and is --mlflow-tracking-uri right?"),
)


def _advised(error: Exception) -> str:
    """The sentence, and what to do about it where it does not say so itself."""
    if isinstance(error, Answered) or (isinstance(error, FileError) and "; " in str(error)):
        return str(error)
    return "; ".join([str(error), *(advice for kind, advice in ADVICE if isinstance(error, kind))])


def _assumed(arguments: argparse.Namespace, error: Exception) -> str:
    """Where nobody named an experiment, and what is wrong may be that another one is meant."""
    named = arguments.experiment or os.environ.get("BATCH_ZERO_EXPERIMENT")
    if named or not isinstance(error, (DataError, ScoreError, ModelMissing, ModelError)):
        return ""
    known = ", ".join(settings.experiment_names())
    return (
        f"; no experiment was named, so {settings.DEFAULT_EXPERIMENT} was assumed: name yours with --experiment or "
        f"BATCH_ZERO_EXPERIMENT ({known}, or the path of an experiment.toml)"
    )


def run(arguments: argparse.Namespace) -> Baseline:
    env = dict(os.environ)
    if arguments.mlflow_tracking_uri:
        env["MLFLOW_TRACKING_URI"] = arguments.mlflow_tracking_uri
    config = settings.read(env)
    experiment = settings.load_experiment(arguments.experiment or config.experiment, config)
    client = connect(config.tracking_uri)
    if note := migration(config.tracking_uri):
        _tell(note)
    source = arguments.data or join(f"s3://{arguments.s3_bucket_name}", INITIAL_TEST)
    print(f"baseline: reading {source}")
    spec = experiment.data
    rows = prepare(spec, read_table(source, _tell, names=spec.as_written))
    check_batch(experiment.data, rows)
    features, target = features_and_target(experiment.data, rows)
    seen = learned_from(experiment.data, rows, str(source))
    if not arguments.allow_training_rows:
        check_unseen(seen, len(rows))
    elif seen:
        _tell(f"{seen:,} of {len(rows):,} rows were seen in training; the report says so")
    print(f"baseline: evaluating the model of batch 0 of {experiment.names.model} on {len(features):,} rows")
    return capture(
        client, config.tracking_uri, experiment, features, target,
        prepared=unreserved(experiment.data, rows), labels=labels(experiment.data, rows),
        seen_rows=seen or None, artifact_folder=config.artifact_folder,
    )  # fmt: skip


def _tell(text: str) -> None:
    print(f"baseline: {text}")


def _say(done: Baseline) -> None:
    scores = done.gate.production
    print(
        f"baseline: {done.model.name} version {done.model.version} scores AUC {scores.auc:.3f}, F1 {scores.f1:.3f}, "
        f"precision {scores.precision:.3f}, recall {scores.recall:.3f} on {done.rows:,} rows"
    )
    if done.gate.captured_after is not None and done.model.version != done.production.version:
        print(
            f"baseline: version {done.production.version} is in production, which a later batch deployed; "
            f"version {done.model.version} is the one that Batch 0 is told of"
        )
    if done.gate.captured_after:
        print(
            f"baseline: batch {done.gate.captured_after} had deployed a model before, and which one was there at "
            f"batch 0 is not known; the report says so"
        )
    print(f"baseline: written as Batch 0: gate run {done.gate_run_id}, drift run {done.drift_run_id}")
    if done.outdated_by is not None:
        print(f"baseline: {clock.in_vain(0, done.outdated_by)}")


if __name__ == "__main__":
    sys.exit(main())
