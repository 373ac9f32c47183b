"""What can go wrong with a queue.

BatchZeroError
└── JobsError
    ├── JobsUnreachable   the database does not answer, or cannot be used
    ├── JobsAddress       an address that is none of a database
    ├── BusyError         as many jobs wait as may: come again later
    ├── JobRefused        no such kind, or a payload that is none
    ├── UnknownJob        no job of that id
    ├── WrongState        what has ended cannot be cancelled, what has not cannot be retried
    └── SlotTaken         another worker has this slot
"""

from batch_zero.errors import BatchZeroError


class JobsError(BatchZeroError):
    """Of the queue of jobs."""


class JobsUnreachable(JobsError):
    status = 503
    hint = "Check `BATCH_ZERO_JOBS_URL`, and that the disk or server behind it is in place."


class JobsAddress(JobsError):
    """Of the setting; the message says what it expected."""


class BusyError(JobsError):
    status = 503
    retry_after_s = 15


class JobRefused(JobsError):
    status = 422


class UnknownJob(JobsError):
    status = 404


class WrongState(JobsError):
    status = 409


class SlotTaken(JobsError):
    """Two workers of one slot would run each other's jobs a second time."""
