"""Health of the store: what ``python -m report doctor`` says, as a page."""

import settings
from batch_zero.secrets import masked
from report.doctor.output import to_json
from report.sections import health
from report.service import shared
from ui import downloads, frame, problems

frame.page(health.TITLE)
with problems.shown("The health of the store"):
    config = settings.read()
    experiment = settings.load_experiment(frame.experiment(), config)
    with frame.busy("Looking at every run that the report reads"):
        how = {"thoroughly": frame.refreshed(), "may_be_new": config.tracking.may_be_new}
        looked = shared.examine(config.tracking.uri, experiment, **how)

store = masked(config.tracking.shown)
frame.refresh(f"Looked at {looked.at:%H:%M:%S} UTC in {looked.seconds:.2f} s")
with frame.column():
    health.show(looked.diagnosis, frame.experiment(), store, config.mlflow_ui)
files = {"json": ("application/json", lambda: to_json(looked.diagnosis, store))}
downloads.in_sidebar("This page as a file", "health", files)
