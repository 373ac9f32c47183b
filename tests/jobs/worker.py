"""``python -m tests.jobs.worker URL SLOT``: a worker of the tests' own jobs."""

import logging
import os
import sys
from functools import partial

from batch_zero.errors import BatchZeroError
from batch_zero.interrupts import interruptible
from jobs.bounds import Bounds
from jobs.kept.store import Store
from jobs.kinds import Kind
from jobs.worker import work
from tests.jobs.handlers import WORKER

NAMES = ("steps", "grow", "fail", "crash", "leave", "end_worker", "large", "odd", "half", "wait")
KINDS = {name: Kind(f"tests.jobs.handlers:{name}", limit_s=60) for name in NAMES}
KINDS["brief"] = Kind("tests.jobs.handlers:steps", limit_s=0.7)
KINDS["borrow"] = Kind("tests.jobs.handlers:borrow", limit_s=60, lends="tests.jobs.handlers:Lender")
KINDS["forked"] = Kind("tests.jobs.handlers:forked", limit_s=60, imports=("tests.jobs.handlers", "numpy"))
KINDS["swept"] = Kind("tests.jobs.handlers:steps", limit_s=60, sweep="tests.jobs.handlers:sweep")
KINDS["absent"] = Kind("tests.jobs.nowhere:run", limit_s=60)
BOUNDS = Bounds(
    concurrency=3, most_queued=30, payload_kb=4, result_kb=8, grace_s=1, worried_after_s=0, look_every_s=0.5, idle_s=2
)


def main(url: str, slot: int) -> int:
    logging.basicConfig(level=logging.INFO)
    os.environ[WORKER] = str(os.getpid())
    try:
        return interruptible("worker")(partial(worked, url, slot))()
    except BatchZeroError as error:
        print(error.advised, file=sys.stderr)
        return error.exit_code


def worked(url: str, slot: int) -> int:
    work(Store(url), KINDS, BOUNDS, slot)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
