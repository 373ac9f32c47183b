"""What a store has of what a report is told from, for programs."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.deps import ExperimentDep, SettingsDep
from api.routes.described import problems
from batch_zero.secrets import masked
from report.doctor.output import to_json
from report.service import shared

router = APIRouter()


@router.get("/doctor", responses=problems(404, 422, 503))
def doctor(config: SettingsDep, experiment: ExperimentDep, refresh: bool = False) -> Response:
    """What ``python -m report doctor --format json`` says of an experiment: ``healthy`` tells whether a report can be
    told. experiment, refresh: as for the report."""
    tracking = config.tracking
    looked = shared.examine(tracking.uri, experiment, thoroughly=refresh, may_be_new=tracking.may_be_new)
    return Response(to_json(looked.diagnosis, masked(tracking.shown)), media_type="application/json")
