"""The API beside the page: what the page tells, for programs."""

from fastapi import FastAPI, HTTPException
from fastapi.responses import Response

import settings
from api.problems import answer_with_problems
from report import cache
from report.export import render

app = FastAPI(title="Batch Zero", docs_url=None, redoc_url=None)
answer_with_problems(app)


@app.get("/report")
def report(experiment: str | None = None, refresh: bool = False) -> Response:
    """The story of an experiment, as ``python -m report --format json`` writes it.

    experiment: a folder of ``examples/`` or the path of an ``experiment.toml``, as the page takes it; by default the
    one that opens first. refresh: everything is read again.
    """
    config = settings.read()
    try:
        chosen = settings.load_experiment(config.experiments.first if experiment is None else experiment, config)
    except settings.SettingsError as error:
        if experiment is None:
            raise
        raise HTTPException(404, str(error)) from None
    story, reading = cache.read(config.tracking.uri, chosen, config.tracking.home, thoroughly=refresh)
    if reading.outage is not None:
        raise reading.outage
    return Response(render.text(story), media_type="application/json")
