"""A model file put to the test, for CI: it is uploaded, tested by a worker in the sandbox, and judged by a policy."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.types import Message, Receive

from api.base_path import called
from api.deps import JobsCursor, QueueDep, SettingsDep, from_here
from api.problems import Problem
from api.routes.described import LOCATION, problems
from batch_zero.errors import BatchZeroError, expected
from batch_zero.text import one_line, shortened
from jobs.job import ENDED, Job, State
from jobs.queue import Queue
from mlflow_io.artifacts.registered import VALID, is_address
from testbench import chosen, uploads
from testbench.policy.policy import parsed
from testbench.run import CHECKS
from testbench.uploads import MODEL, SAMPLE, SCHEMA, TEST, Upload

ASYNC = "respond-async"
FILES = (MODEL, SAMPLE, SCHEMA)
MODEL_URI = "model_uri"
LOOK_EVERY_S = 0.25
AT_ONCE = 1 << 20

ROWS, SEED = range(1, 100_001), range(0, 2**31)

THERE = {"servers": [{"url": "/api"}, {"url": "/", "description": "The same, at the root"}]}
"""For OpenAPI: where each of these paths is; ``api.base_path`` makes the two one."""

PROPERTIES: dict[str, Any] = {
    **{part: {"type": "string", "format": "binary"} for part in FILES},
    MODEL_URI: {
        "type": "string",
        "description": "In the place of a file: models:/NAME@alias or models:/NAME/3",
    },
    "labels": {
        "type": "string",
        "description": "The column of the sample that holds the labels, what is true of each row",
    },
    "policy": {
        "type": "string",
        "description": "YAML, or a line such as auc >= 0.75",
    },
    "rows": {"type": "integer", "minimum": ROWS[0], "maximum": ROWS[-1]},
    "seed": {"type": "integer", "minimum": SEED[0], "maximum": SEED[-1]},
    "checks": {"type": "string", "description": f"Some of {', '.join(CHECKS)}, by commas"},
    "settings": {
        "type": "string",
        "description": f"JSON of some of {', '.join(chosen.CHOSEN)}; what is a field wins",
    },
    "keep": {"type": "boolean", "description": "Keep model and sample with the test"},
}

FORM = {
    **THERE,
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "oneOf": [{"required": [MODEL]}, {"required": [MODEL_URI]}],
                    "properties": PROPERTIES,
                    "additionalProperties": False,
                }
            }
        },
    },
}
"""For OpenAPI: also what the form may hold, which is streamed to the disk and not read as a model."""

router = APIRouter()


class Begun(BaseModel):
    """A test that was accepted."""

    id: str
    state: State


class Test(Begun):
    """title: the model's name. enqueued, ended: ISO 8601. progress: step, of, text. position: 1 is the next; null
    unless it waits. reason: why it failed. result: the summary, of one that was asked for by its id and succeeded."""

    title: str | None
    enqueued: datetime
    ended: datetime | None
    progress: dict[str, Any] | None
    position: int | None
    reason: str | None
    result: Any


class Tests(BaseModel):
    """next: the cursor of those that follow, null at the end."""

    tests: list[Test]
    next: str | None


ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": Test, "description": "It is through: the summary, and the verdict where there is a policy"},
    202: {"model": Begun, "description": "It waits or runs", "headers": LOCATION},
    **problems(403, 413, 422, 503, 507),
}


class UploadTooLarge(BatchZeroError):
    """More came than may be uploaded at once."""

    status = 413


class UploadRefused(BatchZeroError):
    """A form that says too little, or what is not valid; the message says which field."""

    status = 422


class NoWorker(BatchZeroError):
    """Nobody takes jobs, and this one was to be waited for."""

    status = 503
    retry_after_s = 30


@router.post(
    "/run_tests", response_model=None, openapi_extra=FORM, dependencies=[Depends(from_here)], responses=ANSWERS
)
async def run_tests(request: Request, config: SettingsDep, queue: QueueDep) -> JSONResponse:
    """200 with the summary when the test is through. With ``Prefer: respond-async``, 202 at once, with its address in
    ``Location``."""
    later = ASYNC in request.headers.get("prefer", "").lower()
    if not later and not await run_in_threadpool(queue.workers):
        raise NoWorker("no worker takes tests now; start one with python -m jobs, or ask with Prefer: respond-async")
    job_id = await _accepted(request, config, queue)
    address = f"{called(request).rstrip('/')}/{job_id}"
    if later:
        return JSONResponse({"id": job_id, "state": State.QUEUED}, 202, {"Location": address})
    job = await _through(queue, job_id, config.bench.wall_s + 60)
    if job.state not in ENDED:  # it takes its time: the same as if it had been asked for so
        return JSONResponse(_shown(job), 202, {"Location": address})
    return _answered(job)


@router.get("/run_tests", openapi_extra=THERE, responses=problems(422, 503))
def listed(
    queue: QueueDep,
    state: Annotated[list[State] | None, Query()] = None,
    cursor: JobsCursor = None,
    most: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Tests:
    """The latest first, without their results."""
    page = queue.list(state or (), TEST, cursor, most)
    return Tests(tests=[Test(**_shown(job)) for job in page.jobs], next=page.next)


@router.get("/run_tests/{test_id}", openapi_extra=THERE, responses=problems(404, 422, 503))
def one(queue: QueueDep, test_id: str) -> Test:
    """One test: its state, progress and, when it is through, its summary."""
    return Test(**_shown(_known(queue, test_id)))


@router.delete("/run_tests/{test_id}", status_code=204, openapi_extra=THERE, responses=problems(404, 409, 422, 503))
def cancel(queue: QueueDep, test_id: str) -> None:
    """Ends one that waits or runs; 409 for one that has ended."""
    queue.cancel(_known(queue, test_id).id)


def _known(queue: Queue, test_id: str) -> Job:
    return queue.status(test_id if test_id.startswith(f"{TEST}-") else f"{TEST}-{test_id}")


async def _accepted(request: Request, config: Any, queue: Queue) -> str:
    """The job's id. What was uploaded and is not accepted is removed. Raises NotStored, for the files as they arrive
    too, which are spooled to the disk."""
    with await run_in_threadpool(_begun, config, queue) as upload, uploads.storing():
        return await _queued(request, config, queue, upload)


async def _queued(request: Request, config: Any, queue: Queue, upload: Upload) -> str:
    async with _form(request, config.bench.upload_mb) as form:
        words = await run_in_threadpool(_words, form)  # a policy is long to read for an event loop
        for part in FILES:
            if isinstance(file := form.get(part), UploadFile):
                await run_in_threadpool(_keep, file, upload, part)
    await run_in_threadpool(upload.say, words)
    return await run_in_threadpool(uploads.queued, queue, upload)


def _begun(config: Any, queue: Queue) -> Upload:
    return uploads.begin(config.bench.uploads, queue.payloads(), config.bench.upload_mb)


@asynccontextmanager
async def _form(request: Request, most_mb: int) -> AsyncIterator[FormData]:
    """Streamed to the disk, and bounded by what arrives."""
    bounded = Request(request.scope, _bounded(request.receive, most_mb))
    async with bounded.form(max_files=len(FILES), max_fields=16) as form:
        yield form


def _bounded(receive: Receive, most_mb: int) -> Callable[[], Any]:
    came = 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > most_mb << 20:
            raise UploadTooLarge(f"got more than {most_mb:,} MB at once, expected at most so many")
        return message

    return counted


def _words(form: FormData) -> dict[str, Any]:
    """What is asked for, checked before anything is kept. Raises UploadRefused or PolicyRefused."""
    _check_fields(form)
    name, address = _model(form)
    policy = _text(form, "policy")
    if policy:
        parsed(policy)
    return {
        "name": one_line(name, 200),
        MODEL_URI: address,
        "labels": _text(form, "labels"),
        "policy": policy,
        "rows": _number(form, "rows", ROWS),
        "seed": _number(form, "seed", SEED),
        "checks": _checks(_text(form, "checks")),
        "settings": _settings(_text(form, "settings")),
        "keep": _flag(form, "keep"),
        "sample_name": _called(form.get(SAMPLE)),
    }


def _check_fields(form: FormData) -> None:
    """What is not understood would be left out without a word, and a test without its policy passes anything."""
    for name, value in form.multi_items():
        if name not in PROPERTIES:
            raise UploadRefused(expected("field", shortened(name), f"one of {', '.join(PROPERTIES)}"))
        if len(form.getlist(name)) > 1:
            raise UploadRefused(f"{name}: got {len(form.getlist(name))} fields of this name, expected one")
        if name in FILES and not isinstance(value, UploadFile):
            raise UploadRefused(f"{name}: got a text, expected a file (with curl: -F {name}=@FILE)")


def _model(form: FormData) -> tuple[str, str | None]:
    """What its owner calls it, and its address where it is no file that came along."""
    model, address = form.get(MODEL), _text(form, MODEL_URI)
    if isinstance(model, UploadFile) == (address is not None):
        got = "got both" if address else "got neither a file nor an address"
        raise UploadRefused(f"model, {MODEL_URI}: {got}, expected a file as a field of multipart/form-data, or {VALID}")
    if isinstance(model, UploadFile):
        return str(model.filename or "model"), None
    if address is None or not is_address(address):
        raise UploadRefused(expected(MODEL_URI, shortened(str(address), 100), VALID))
    return address, address


def _text(form: FormData, name: str) -> str | None:
    value = form.get(name)
    if isinstance(value, UploadFile):
        raise UploadRefused(f"{name}: got a file, expected a text")
    return value or None


def _number(form: FormData, name: str, valid: range) -> int | None:
    text = _text(form, name)
    if text is None:
        return None
    if not re.fullmatch("[0-9]{1,12}", text) or int(text) not in valid:
        raise UploadRefused(expected(name, shortened(text), f"a whole number from {valid[0]} to {valid[-1]}"))
    return int(text)


def _settings(text: str | None) -> dict[str, Any]:
    try:
        given = json.loads(text, object_pairs_hook=_each_once) if text is not None else {}
    except (ValueError, RecursionError) as error:
        raise UploadRefused(f"settings: got no JSON: {shortened(str(error), 100)}") from None
    if not isinstance(given, dict):
        raise UploadRefused(expected("settings", shortened(text or ""), 'an object such as {"explain": {"row": 3}}'))
    chosen.from_data(given)
    return given


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name that stands twice, JSON's reader takes the last without a word."""
    if len(found := dict(pairs)) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise UploadRefused(f"settings: {shortened(twice, 40)!r} stands twice, expected it once")
    return found


def _flag(form: FormData, name: str) -> bool:
    text = (_text(form, name) or "false").lower()
    if text not in {"true", "false"}:
        raise UploadRefused(expected(name, shortened(text), "true or false"))
    return text == "true"


def _called(file: UploadFile | str | None) -> str | None:
    """Its owner's name for a file, where one came."""
    return one_line(str(file.filename or "sample"), 200) if isinstance(file, UploadFile) else None


def _checks(text: str | None) -> list[str] | None:
    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in CHECKS:
            raise UploadRefused(expected("checks", shortened(name), f"some of {', '.join(CHECKS)}"))
    return list(dict.fromkeys(names))


def _keep(file: UploadFile, upload: Upload, part: str) -> None:
    with upload.file(part).open("xb") as kept:
        while content := file.file.read(AT_ONCE):
            kept.write(content)


async def _through(queue: Queue, job_id: str, within_s: float) -> Job:
    """The job when it has ended, or as it is when the time is over."""
    ends = asyncio.get_running_loop().time() + within_s
    while (job := await run_in_threadpool(queue.status, job_id)).state not in ENDED:
        if asyncio.get_running_loop().time() > ends:
            break
        await asyncio.sleep(LOOK_EVERY_S)
    return job


OF_OURS = {503, 507}
"""What is no fault of who asked: a store that does not answer, a disk that is full."""


def _answered(job: Job) -> JSONResponse:
    if job.state is State.SUCCEEDED:
        return JSONResponse(_shown(job))
    status = job.status if job.status in OF_OURS else 422
    return Problem(status, job.reason or f"the test was {job.state}", more={"id": job.id})


def _shown(job: Job) -> dict[str, Any]:
    words = dict(job.as_json())
    return {name: words[name] for name in Test.model_fields}
