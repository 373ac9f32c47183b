"""How much a queue holds, and how long it waits, in one object that the door hands over."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """most_queued: jobs that wait; one more is refused. attempts: how often a job is begun at most, where its worker
    ended under it. grace_s: what a worker that is told to end gives its running jobs. worried_after_s: how long a job
    waits before that is remarked. look_every_s: how often a worker looks for what a dead one left behind. idle_s: how
    long a job may be a worker's that nobody in it is doing. sweep_every_s: how often a worker removes what jobs left
    behind that were cancelled or killed."""

    concurrency: int = 2
    most_queued: int = 100
    payload_kb: int = 64
    result_kb: int = 256
    keep_days: float = 30.0
    attempts: int = 3
    grace_s: float = 10.0
    worried_after_s: float = 30.0
    look_every_s: float = 5.0
    idle_s: float = 30.0
    sweep_every_s: float = 60.0
