"""The report, for programs."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.deps import HistoryDep
from api.routes.described import problems
from report.export import render

router = APIRouter()


@router.get("/report", responses=problems(404, 422, 503))
def report(known: HistoryDep) -> Response:
    """The story of an experiment, as ``python -m report --format json`` writes it.

    experiment: a folder of ``examples/`` or the path of an ``experiment.toml``, as the page takes it; by default the
    one that opens first. refresh: everything is read again.
    """
    return Response(render.text(known.story), media_type="application/json")
