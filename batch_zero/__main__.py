"""``batch-zero``: one command for all that there is to call. Each of its words is a room's own command as well."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from click.shell_completion import shell_complete

import batch_zero.beginning  # noqa: F401 - hears Ctrl+C while the rest is imported
from batch_zero import __version__, commands
from batch_zero.commands import Elsewhere

NAME, COMPLETE = "batch-zero", "_BATCH_ZERO_COMPLETE"
ROOMS = {
    "report": Elsewhere("report.__main__", "Write the experiment report as HTML, Markdown or JSON."),
    "doctor": Elsewhere(
        "report.doctor.__main__", "Check a store for what the report needs: what is there, missing or different."
    ),
    "demo": Elsewhere("demo", "Run a real experiment into a local MLflow, and serve its report."),
    "serve": Elsewhere("api.__main__", "Serve the report's page and the API beside it."),
    "jobs": Elsewhere("jobs.__main__", "Do what waits in the queue of jobs: the worker."),
    "baseline": Elsewhere("baseline.__main__", "Evaluate the production model and write it to MLflow as Batch 0."),
    "pipeline": Elsewhere("pipeline.__main__", "Run batches of an experiment, or lay out their data."),
    "testbench": Elsewhere("testbench.__main__", "Test a model file in the sandbox, and hold it against a policy."),
    "drift": Elsewhere("drift.__main__", "Compare a batch with its reference, column by column."),
}
"""Doors do not import each other: these are imported when they are called."""


with_version = click.version_option(__version__, prog_name=NAME, message="%(prog)s %(version)s")
command = with_version(
    commands.Rooms(
        NAME,
        rooms=ROOMS,
        help="Turn an MLflow history into an experiment report, and what is around it.",
        epilog="Exit code: 0 done, 1 the answer is no, 2 could not run, 3 too few rows to tell drift, 130 and 143 "
        "ended from outside.",
    )
)


def main(arguments: Sequence[str] | None = None) -> int:
    if instruction := os.environ.get(COMPLETE):  # a shell asks what could come next
        return shell_complete(command, {}, NAME, COMPLETE, instruction)
    called = NAME if Path(sys.argv[0]).stem == NAME else "python -m batch_zero"
    given = sys.argv[1:] if arguments is None else arguments
    return commands.run(command, called, given, speaker=next((word for word in given[:1] if word in ROOMS), NAME))


if __name__ == "__main__":
    sys.exit(main())
