"""The API beside the page: what the page tells, for programs."""

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException

import settings
from batch_zero.text import one_line
from mlflow_io.errors import TrackingError
from report import cache
from report.export import render

app = FastAPI(title="Batch Zero", docs_url=None, redoc_url=None)


@app.get("/report")
def report(experiment: str | None = None, refresh: bool = False) -> Response:
    """The story of an experiment, as ``python -m report --format json`` writes it.

    experiment: a folder of ``examples/`` or the path of an ``experiment.toml``, as the page takes it; by default the
    one that opens first. refresh: everything is read again.
    """
    config = settings.read()
    try:
        chosen = settings.load_experiment(config.experiment if experiment is None else experiment, config)
    except settings.SettingsError as error:
        if experiment is None:
            raise
        raise HTTPException(404, str(error)) from None
    story, reading = cache.read(config.tracking_uri, chosen, config.home, thoroughly=refresh)
    if reading.outage is not None:
        raise reading.outage
    return Response(render.text(story), media_type="application/json")


@app.exception_handler(TrackingError)
def outage(_request: Request, error: TrackingError) -> JSONResponse:
    """One sentence; addresses in it are without passwords. A store that is not there is an outage as well: 404 is for
    an experiment that nobody knows."""
    return JSONResponse({"error": one_line(error)}, 503)


@app.exception_handler(settings.SettingsError)
def unusable(_request: Request, error: settings.SettingsError) -> JSONResponse:
    return JSONResponse({"error": one_line(error)}, 500)


@app.exception_handler(StarletteHTTPException)
def refused(_request: Request, error: StarletteHTTPException) -> JSONResponse:
    return JSONResponse({"error": one_line(error.detail)}, error.status_code, error.headers)


@app.exception_handler(RequestValidationError)
def misunderstood(_request: Request, error: RequestValidationError) -> JSONResponse:
    said = (
        f"{'.'.join(map(str, each['loc'][1:]))}: {each['input']!r:.100} came; {each['msg']}" for each in error.errors()
    )
    return JSONResponse({"error": "; ".join(said)}, 422)
