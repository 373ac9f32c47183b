"""What DBOS keeps of a job, read as a job. What DBOS has no column for is in the row's attributes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobs.job import RETRIED, Job, Progress, State
from jobs.kept.slots import number
from jobs.kept.store import FUNCTION

if TYPE_CHECKING:
    from dbos import DBOSClient, WorkflowStatus

STATES: Mapping[str, State] = {
    "ENQUEUED": State.QUEUED,
    "DELAYED": State.QUEUED,
    "PENDING": State.RUNNING,
    "SUCCESS": State.SUCCEEDED,
    "ERROR": State.FAILED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": State.FAILED,
    "CANCELLED": State.CANCELLED,
}


def statuses(states: Collection[State]) -> list[str]:
    """DBOS's words for them; all where there are none. It knows no difference between a job that runs and one whose
    worker is gone."""
    wanted = {State.RUNNING if state is State.LOST else state for state in states or State}
    return [status for status, state in STATES.items() if state in wanted]


def job(row: "WorkflowStatus", holders: Collection[int]) -> Job:
    """holders: the slots of the workers that live."""
    state, about = STATES[row.status], row.attributes or {}
    if state is State.RUNNING and number(row.executor_id) not in holders:
        state = State.LOST
    return Job(
        id=row.workflow_id,
        kind=row.workflow_id.rpartition("-")[0],
        state=state,
        enqueued=_time(about.get("at")) or _of_ms(row.created_at) or datetime.now(UTC),
        began=_time(about.get("began")),
        ended=_of_ms(row.completed_at),
        attempts=about.get("attempts", 0),
        progress=_progress(about.get("progress")),
        reason=_reason(row) if state in RETRIED else None,
        result=row.output,
        retry_of=about.get("retry_of"),
        title=about.get("title"),
        came=about.get("came"),
        in_vain=bool(about.get("in_vain")),
        status=about.get("status"),
    )


def payloads(client: "DBOSClient") -> Sequence[Mapping[str, Any]]:
    """Of every job that waits or runs: what they name has to stay."""
    wanted = statuses({State.QUEUED, State.RUNNING})
    rows = client.list_workflows(name=FUNCTION, status=wanted, load_input=True, load_output=False)
    return [row.input["args"][1] for row in rows if row.input is not None]


def _reason(row: "WorkflowStatus") -> str | None:
    """Of the last time that it failed, which need not be its end: what could not be kept is begun again."""
    return (row.attributes or {}).get("reason") or (str(row.error) if row.error else None)


def _progress(kept: Any) -> Progress | None:
    return Progress(*kept) if kept else None


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _of_ms(ms: int | None) -> datetime | None:
    return None if ms is None else _time(ms / 1000)
