"""``python -m report.doctor``, as ``python -m report doctor``: can a report be told from what a store has?"""

import sys
from collections.abc import Sequence

import click

import settings
from batch_zero import commands
from batch_zero.secrets import shown
from report.doctor.checks import examine
from report.doctor.output import to_json, to_text
from report.loading import named_by_somebody

DONE, LACKING = 0, 1


@click.command(
    "doctor", epilog="Exit code: 0 a report can be told, 1 none can be told from it, 2 the store cannot be read."
)
@click.option(
    "--format", "suffix", type=commands.OneOf("text", "json"), default="text", help="text is for people, the default."
)
@commands.tracking_uri
@commands.experiment
def command(suffix: str, mlflow_tracking_uri: str | None, experiment: str | None) -> int:
    """Check a store for what the report needs: what is there, missing or different. It only reads."""
    context = settings.open_context(mlflow_tracking_uri, experiment)
    store = context.settings.tracking.uri
    with named_by_somebody(not context.settings.tracking.may_be_new):
        diagnosis = examine(store, context.experiment)
    text = {"text": to_text, "json": to_json}[suffix](diagnosis, shown(store))
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    return DONE if diagnosis.healthy else LACKING


def main(arguments: Sequence[str] | None = None) -> int:
    return commands.run(command, "python -m report.doctor", arguments)


if __name__ == "__main__":
    sys.exit(main())
