"""Kept tests of models: listed, read, compared, run again, deleted. Deleting is DELETE, which no web page of others can
send."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from api.deps import KeptTestsDep, QueueDep, SettingsDep, from_here
from api.routes import run_tests
from api.routes.described import LOCATION, problems
from jobs.job import State
from mlflow_io.reading.model_tests import Search
from mlflow_io.stores.run_list import CURSOR
from testbench import kept, rerun, uploads
from testbench.output.data import finite
from testbench.result import from_data

router = APIRouter()


class Tests(BaseModel):
    """next: the cursor of those that follow, null at the end. unreadable: what the store could not say."""

    tests: list[dict[str, Any]]
    next: str | None
    unreadable: list[str]


class Deleted(BaseModel):
    restore: Annotated[str, Field(description="How MLflow brings it back")]


def _search(
    search: Annotated[str, Query(max_length=200)] = "",
    verdict: Literal["passed", "not passed", "not judged"] | None = None,
    works: bool | None = None,
    kind: Annotated[str | None, Query(max_length=200)] = None,
    model_class: Annotated[str | None, Query(alias="class", max_length=500)] = None,
) -> Search:
    return Search(search, verdict, works, kind, model_class)


@router.get("/model_tests", responses=problems(422, 503))
def listed(
    config: SettingsDep,
    search: Annotated[Search, Depends(_search)],
    cursor: Annotated[str | None, Query(json_schema_extra={"pattern": CURSOR.pattern})] = None,
    most: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Tests:
    """The newest first. search: anywhere in a test's name, its file's or its class; the others exactly so. What is in
    the experiment and no test that can be opened has a ``problem``."""
    page = kept.listed(config.tracking.uri, search, cursor, most, may_be_new=config.tracking.may_be_new)
    return Tests(tests=[test.as_dict() for test in page.tests], next=page.next, unreadable=[*page.unreadable])


@router.get("/model_tests/{run_id}", responses=problems(404, 422, 503))
def one(uri: KeptTestsDep, run_id: str) -> Response:
    """All that was kept of one: its ``test.json``, checked."""
    data = kept.data(uri, run_id)
    from_data(data)
    return _json(data)


@router.get("/model_tests/{first}/compare/{second}", responses=problems(404, 422, 503))
def compared(uri: KeptTestsDep, first: str, second: str) -> Response:
    """Every measure of both, the second less the first, and whether it is better, worse, not distinguishable, the
    same or not comparable."""
    return _json(finite(kept.compared(uri, first, second).as_dict()))


@router.post(
    "/model_tests/{run_id}/again",
    status_code=202,
    response_model=None,
    dependencies=[Depends(from_here)],
    responses={202: {"model": run_tests.Begun, "headers": LOCATION}, **problems(403, 404, 409, 413, 422, 503, 507)},
)
def again(request: Request, config: SettingsDep, uri: KeptTestsDep, queue: QueueDep, run_id: str) -> JSONResponse:
    """A new test with the same seed, settings and files; 409 where these did not stay with it. 202 with its address in
    ``Location``."""
    found = rerun.again(uri, run_id)
    with rerun.upload(found, config.bench.uploads, queue.payloads(), config.bench.upload_mb) as upload:
        job_id = uploads.queued(queue, upload)
    address = f"{request.url.path.rpartition('/model_tests/')[0]}/run_tests/{job_id}"
    return JSONResponse({"id": job_id, "state": State.QUEUED}, 202, {"Location": address})


@router.delete("/model_tests/{run_id}", responses=problems(404, 422, 503))
def delete(uri: KeptTestsDep, run_id: str) -> Deleted:
    """Marks it as deleted, which MLflow can take back."""
    return Deleted(restore=kept.remove(uri, run_id))


def _json(data: Any) -> Response:
    return Response(kept.as_text(data), media_type="application/json")
