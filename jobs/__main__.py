"""``python -m jobs``: the worker that does what waits in the queue."""

import logging
import sys
from collections.abc import Sequence

import click

import settings
from batch_zero import commands
from batch_zero.installation import called
from jobs.bounds import Bounds
from jobs.kept.store import Store
from jobs.kinds import KINDS
from jobs.queue import Queue
from jobs.worker import work


@click.command("jobs")
@click.option(
    "--slot",
    type=commands.Whole(1, 999),
    default=1,
    show_default=True,
    metavar="N",
    help="Of this worker: each that runs at the same time has its own, and keeps it when it starts again.",
)
@click.option(
    "--probe",
    type=commands.Whole(0, 3600),
    metavar="SECONDS",
    help="Instead of working, put a job into the queue that takes so long, and say its id.",
)
def command(slot: int, probe: int | None) -> int:
    """Do what waits in the queue of jobs (BATCH_ZERO_JOBS_URL), until Ctrl+C or SIGTERM.

    A job that has not ended ten seconds after that goes back into the queue.
    """
    config = settings.read().jobs
    store, bounds = Store(config.url), Bounds(**config.bounds)
    if probe is not None:
        print(Queue(store, KINDS, bounds).enqueue("probe", {"seconds": probe}))
        return 0
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    work(store, KINDS, bounds, slot)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    return commands.run(command, called("jobs"), arguments)


if __name__ == "__main__":
    sys.exit(main())
