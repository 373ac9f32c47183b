"""The queue of jobs, for programs. Cancelling is DELETE, which no web page of others can send."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from api.deps import JobsCursor, QueueDep, from_here
from api.routes.described import problems
from jobs.job import State

router = APIRouter()


class Jobs(BaseModel):
    """next: the cursor of those that follow, null where there are none. workers: the slots of those that live."""

    jobs: list[dict[str, Any]]
    next: str | None
    workers: list[int]


class Begun(BaseModel):
    id: Annotated[str, Field(description="Of the new job")]


@router.get("/jobs", responses=problems(422, 503))
def jobs(
    queue: QueueDep,
    state: Annotated[list[State] | None, Query()] = None,
    kind: str | None = None,
    cursor: JobsCursor = None,
    most: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Jobs:
    """The latest first, without their results. state: once or more often; by default of all."""
    page = queue.list(state or (), kind, cursor, most)
    return Jobs(jobs=[dict(job.as_json()) for job in page.jobs], next=page.next, workers=[*queue.workers()])


@router.get("/jobs/{job_id}", responses=problems(404, 422, 503))
def job(queue: QueueDep, job_id: str) -> Mapping[str, Any]:
    """One job, with its progress or result."""
    return queue.status(job_id).as_json()


@router.delete("/jobs/{job_id}", status_code=204, responses=problems(404, 409, 422, 503))
def cancel(queue: QueueDep, job_id: str) -> None:
    """Ends a job that waits or runs; 409 for one that has ended."""
    queue.cancel(job_id)


@router.post(
    "/jobs/{job_id}/retry",
    status_code=202,
    dependencies=[Depends(from_here)],
    responses=problems(403, 404, 409, 422, 503),
)
def retry(queue: QueueDep, job_id: str) -> Begun:
    """A new job with the payload of one that failed or was cancelled; 503 with Retry-After where too many wait."""
    return Begun(id=queue.retry(job_id))
