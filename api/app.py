"""The API beside the page: what the page tells, for programs."""

from fastapi import FastAPI

from api.problems import answer_with_problems
from api.routes import doctor, jobs, model_tests, report, run_tests
from api.routes.described import EVERYWHERE, complete

app = FastAPI(title="Batch Zero", docs_url=None, redoc_url=None, responses=EVERYWHERE)
answer_with_problems(app)
app.include_router(report.router)
app.include_router(doctor.router)
app.include_router(jobs.router)
app.include_router(run_tests.router)
app.include_router(model_tests.router)
complete(app)
