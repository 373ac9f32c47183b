"""python -m baseline: evaluate the production model on the initial test set and write it to MLflow as Batch 0."""

import os
import sys
from collections.abc import Sequence

import click

import batch_zero.beginning  # noqa: F401 - hears Ctrl+C while the rest is imported
import settings
from baseline.capture import Baseline, capture
from baseline.unseen import ALLOWED, check_batch, check_unseen, learned_from
from batch_zero import commands
from batch_zero.errors import BatchZeroError
from batch_zero.progress import Steps, printed
from batch_zero.storage.files import FileError, join
from datasets.batches import seen_beside
from datasets.frames import Answered, DataError, features_and_target, labels, prepare, unreserved
from datasets.layout import INITIAL_TEST
from datasets.tables import read_table
from metrics.classifier import NotTheRows, ScoreError
from metrics.scores import ScoreSet
from mlflow_io import clock
from mlflow_io.client import connect
from mlflow_io.errors import ModelMissing, StoreMissing, TrackingUnreachable
from mlflow_io.stores.filestore import migration
from sandbox.errors import ModelError

STEPS = 3
"""The rows are read, the model is scored, the runs are written."""


@click.command("baseline")
@commands.tracking_uri
@commands.experiment
@click.option("--s3-bucket-name", metavar="BUCKET", help=f"Read {INITIAL_TEST} from this bucket.")
@click.option("--data", metavar="PATH", help="The initial test set: a CSV or Parquet path, or s3://bucket/key.")
@click.option(ALLOWED, is_flag=True, help="Score rows that the pipeline trains on as well; the report tells how many.")
def command(
    mlflow_tracking_uri: str | None,
    experiment: str | None,
    s3_bucket_name: str | None,
    data: str | None,
    allow_training_rows: bool,
) -> None:
    """Evaluate the production model on the initial test set and write it to MLflow as Batch 0."""
    commands.want_one("--s3-bucket-name", "--data", s3_bucket_name, data)
    try:
        context = settings.open_context(mlflow_tracking_uri, experiment)
        context.experiment.check_complete("a baseline", features=False)
        source = data or join(f"s3://{s3_bucket_name}", INITIAL_TEST)
        with printed("baseline") as progress:
            steps = Steps(STEPS, progress)
            _say(
                _captured(context, source, steps, allow_training_rows=allow_training_rows),
                context.experiment.scores,
                steps,
            )
    except BatchZeroError as error:
        error.hint = _hint(error, named=bool(experiment or os.environ.get("BATCH_ZERO_EXPERIMENT")))
        raise


def main(arguments: Sequence[str] | None = None) -> int:
    return commands.run(command, "python -m baseline", arguments)


ADVICE = (
    ((FileError, DataError), "give the initial test set with --data or --s3-bucket-name"),
    (ScoreError, "give a test set that can be scored with --data or --s3-bucket-name"),
    (StoreMissing, "name another one with --mlflow-tracking-uri, or run the pipeline's batch 0 to make one"),
    (TrackingUnreachable, "is it running, and is --mlflow-tracking-uri right?"),
)
"""What to do about it, in the words of this command's options."""


def _hint(error: BatchZeroError, *, named: bool) -> str | None:
    """named: whether anybody named the experiment."""
    says_so_itself = isinstance(error, Answered | NotTheRows) or (isinstance(error, FileError) and "; " in str(error))
    advice = [] if says_so_itself else [text for kind, text in ADVICE if isinstance(error, kind)]
    if not named and isinstance(error, (DataError, ScoreError, ModelMissing, ModelError)):
        advice.append(_assumed())
    return "; ".join(advice) or None


def _assumed() -> str:
    """What is wrong may be that another experiment is meant."""
    known = ", ".join(settings.experiment_names())
    return (
        f"no experiment was named, so {settings.DEFAULT_EXPERIMENT} was assumed: name yours with --experiment or "
        f"BATCH_ZERO_EXPERIMENT ({known}, or the path of an experiment.toml)"
    )


def _captured(context: settings.Context, source: str, steps: Steps, *, allow_training_rows: bool) -> Baseline:
    tracking, experiment = context.settings.tracking, context.experiment
    client = connect(tracking.uri)
    if note := migration(tracking.uri):
        steps.remark(note)
    steps.remark(f"reading {source}")
    spec = experiment.spec
    rows = prepare(spec, read_table(source, steps.remark, names=spec.as_written))
    check_batch(spec, rows)
    features, target = features_and_target(spec, rows)
    seen = learned_from(spec, rows, str(source))
    if not allow_training_rows:
        check_unseen(seen, len(rows))
    elif seen:
        steps.remark(f"{seen:,} of {len(rows):,} rows were seen in training; the report says so")
    seen = seen or seen_beside(spec, rows, str(source), steps.remark)
    steps.done(f"evaluating the model of batch 0 of {experiment.model} on {len(features):,} rows")
    return capture(
        client, tracking.uri, experiment, features, target,
        prepared=unreserved(spec, rows), labels=labels(spec, rows),
        seen_rows=seen or None, artifact_folder=tracking.artifact_folder,
    )  # fmt: skip


def _say(done: Baseline, scores: ScoreSet, steps: Steps) -> None:
    values = ", ".join(f"{score.word} {score.text(done.gate.production.get(score.name))}" for score in scores.shown)
    steps.done(f"{done.model.name} version {done.model.version} scores {values} on {done.rows:,} rows")
    if done.gate.captured_after is not None and done.model.version != done.production.version:
        steps.remark(
            f"version {done.production.version} is in production, which a later batch deployed; "
            f"version {done.model.version} is the one that Batch 0 reports"
        )
    if done.gate.captured_after:
        steps.remark(
            f"batch {done.gate.captured_after} had deployed a model before, and which one was there at "
            f"batch 0 is not known; the report says so"
        )
    steps.done(f"written as Batch 0: gate run {done.gate_run_id}, drift run {done.drift_run_id}")
    if done.outdated_by is not None:
        steps.remark(clock.in_vain(0, done.outdated_by))


if __name__ == "__main__":
    sys.exit(main())
