"""``python -m report``: the experiment report as a file, for people (HTML, Markdown) or programs (JSON)."""

import sys
from collections.abc import Sequence

import click

import batch_zero.beginning  # noqa: F401 - hears Ctrl+C while the rest is imported
import settings
from batch_zero import commands, formats
from batch_zero.commands import Elsewhere
from batch_zero.errors import HOW_TO_BEGIN, BatchZeroError
from batch_zero.secrets import shown
from batch_zero.storage import files
from batch_zero.text import capitalized
from lifecycle.records import History
from mlflow_io.cached_history import CachedHistory, HistoryRead
from report.export import render
from report.loading import named_by_somebody, open_evidence, open_reader, tell_of
from report.story.findings import Weight
from report.story.story import Story

MEDIA_TYPES = {"json": "application/json", "html": "text/html; charset=utf-8", "md": "text/markdown; charset=utf-8"}
DOCTOR = Elsewhere(
    "report.doctor.__main__", "Check a store for what the report needs: what is there, missing or different."
)


class EmptyHistory(BatchZeroError):
    """A store that answers and holds no finished batch of the experiment; the message says what was looked for."""

    status = 404


@click.group("report", cls=commands.Rooms, rooms={"doctor": DOCTOR}, invoke_without_command=True)
@click.option(
    "--format",
    "suffix",
    type=commands.OneOf(*MEDIA_TYPES, also={"markdown": "md"}),
    default="md",
    help="md is Markdown, the default.",
)
@click.option("--out", metavar="FILE", help="A path or s3://bucket/key; default: print to standard output.")
@commands.tracking_uri
@commands.experiment
@click.pass_context
def command(
    context: click.Context, suffix: str, out: str | None, mlflow_tracking_uri: str | None, experiment: str | None
) -> None:
    """Write the experiment report as a file."""
    if context.invoked_subcommand:
        if out is not None:
            raise click.UsageError("doctor prints to standard output; --out is for reports", context)
        # What stands before the word counts as well.
        context.default_map = {"doctor": {"mlflow_tracking_uri": mlflow_tracking_uri, "experiment": experiment}}
        return
    text = _written(suffix, settings.open_context(mlflow_tracking_uri, experiment))
    # A lone surrogate from a store is written as \udXXX, which JSON reads back and HTML shows.
    content = text.encode("utf-8", "backslashreplace")
    if out is None:
        sys.stdout.buffer.write(content)
        return
    files.write(out, content, MEDIA_TYPES[suffix])
    print(f"Wrote {out} ({len(content):,} bytes)", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    return commands.run(command, "python -m report", arguments)


def _written(suffix: str, context: settings.Context) -> str:
    config, experiment = context.settings, context.experiment
    store = config.tracking.uri
    with named_by_somebody(not config.tracking.may_be_new):
        reading = _read(open_reader(store, experiment, config.tracking.home))
    story = tell_of(reading, experiment)
    if not story.chapters:
        raise _empty(story, reading.history, store)
    _, write = render.of(story, open_evidence(store), shown(store), config.mlflow_ui)[suffix]
    return write()


def _read(reader: CachedHistory) -> HistoryRead:
    """All of it, however long it takes; what was known before an outage is no report of today."""
    reading = reader.read(thoroughly=True)
    if reading.outage is None and not reading.history.counted:
        print("Counting the older runs, which takes a while the first time", file=sys.stderr)
        reader.count()
        reading = reader.read()
    if reading.outage is not None:
        raise reading.outage
    return reading


def _empty(story: Story, history: History, store: str) -> EmptyHistory:
    """Says what the doctor says of it. Where others have logged something, our demo is no advice."""
    names = story.experiment.names
    looked_in = formats.listed(list(dict.fromkeys((names.drift_experiment, names.gate_experiment))))
    needed = [finding.sentence for finding in story.findings if finding.weight is not Weight.BENT]
    sentence = f"{shown(store)} holds no finished batch in {looked_in}. {'. '.join(map(capitalized, needed))}"
    return EmptyHistory(f"{sentence}.") if history.holds_other_runs else EmptyHistory(sentence, hint=HOW_TO_BEGIN)


if __name__ == "__main__":
    sys.exit(main())
