"""Tests of models: those that were kept, one of them opened, or two compared."""

import streamlit as st

import settings
from jobs import service
from testbench.sections import compared, kept, opened, shelf
from testbench.sections.shelf import TITLE, Shelf
from ui import frame, problems

frame.page(TITLE)
with problems.shown("The tests of models"):
    config = settings.read()
    tracking, jobs, bench = config.tracking, config.jobs, config.bench

place = Shelf(
    uri=tracking.uri,
    may_be_new=tracking.may_be_new,
    ui=config.mlflow_ui,
    queue=lambda: service.shared(jobs.url, jobs.bounds),
    uploads=bench.uploads,
    most_mb=min(bench.upload_mb, st.get_option("server.maxUploadSize")),
)
at = shelf.address()
what = "This test" if at.run is not None else "This comparison" if at.pair is not None else "The tests of models"
with frame.column(), problems.shown(what):
    if at.run is None and at.pair is None:
        kept.show(place, at)
    else:
        st.button("All tests", icon=":material/arrow_back:", key="tests-all", on_click=shelf.to_list)
        if at.pair is not None:
            compared.show(place, at.pair)
        elif at.run is not None:
            opened.show(place, at.run)
