"""The report: read, tell, draw."""

import streamlit as st

import settings
from batch_zero.secrets import masked
from report import loading
from report.export import render
from report.sections import batch, closing, hero, problem, summary
from report.service import shared
from ui import frame, problems

frame.page("Experiment report")
with problems.shown("The report"):
    config = settings.read()
    uri, ui = config.tracking.uri, config.mlflow_ui
    experiment = settings.load_experiment(frame.experiment(), config)
    with frame.busy("Reading the history from MLflow"):
        how = {"thoroughly": frame.refreshed(), "may_be_new": config.tracking.may_be_new}
        story, read = shared.read(uri, experiment, config.tracking.home, **how)
    if read.outage is not None and not story.chapters:
        raise read.outage  # that it was empty before is no news

frame.refresh(f"Read {read.at:%H:%M:%S} UTC in {read.seconds:.2f} s")
evidence = shared.evidence(uri) if read.outage is None else loading.out_of_reach()
with frame.column():
    taken_away = problem.outage(read.outage, read.at, story) if read.outage else story
    if not story.chapters:
        problem.no_batches(story, frame.experiment())
    hero.show(story, ui)
    draw_charts = summary.show(story)
    st.header("The journey", anchor="journey")
    with st.container(key="journey"):
        for chapter in story.chapters:
            batch.show(chapter, evidence, ui)
    closing.show(story)
    closing.method(story, evidence)
    draw_charts()
closing.downloads("experiment-report", render.of(taken_away, evidence, masked(config.tracking.shown), ui))
