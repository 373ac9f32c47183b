"""Test a model: a file, its columns, rows, tests, and what came of them."""

from functools import partial

import streamlit as st

import settings
from datasets import batches
from jobs import service
from testbench import example, kept
from testbench.sections import checks, columns, model, outcome, rows
from testbench.sections.session import TEST, Desk
from testbench.uploads import MODEL, SAMPLE, Upload
from ui import frame, notes, problems

NEXT = "then come 2 · Columns, 3 · Rows, 4 · Tests and 5 · Results"


def made(upload: Upload) -> str:
    spec = settings.load_experiment(settings.DEFAULT_EXPERIMENT, config).data
    assert spec is not None, "the experiment that is shipped has data"
    return example.make(batches.load(spec), upload.file(MODEL), upload.file(SAMPLE))


frame.page("Test a model")
with problems.shown("The test bench"):
    config = settings.read()
    queue = service.shared(config.jobs.url, config.jobs.bounds)
    most_mb = min(config.bench.upload_mb, st.get_option("server.maxUploadSize"))
    desk = Desk(queue, config.bench.uploads, most_mb)

with frame.column():
    st.title("Test a model", anchor=False)
    st.markdown("Whether it works, how fast, how robust and how good it is, what moves it, and what drift does to it.")
    with problems.shown("The test"), st.container(key="screen-steps"):
        seen = model.show(desk, made)
        if desk.upload is None and TEST not in st.query_params:
            notes.note(NEXT)
        if seen is not None and (upload := desk.upload) is not None:
            table = columns.show(upload, seen)
            checks.show(desk, upload, table, rows.show(desk, upload, seen, table))
    outcome.show(desk, partial(kept.opened, config.tracking.uri))
