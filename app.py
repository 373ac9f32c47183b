"""The report: read, tell, draw."""

import streamlit as st

import settings
from batch_zero.secrets import masked
from report import cache, loading
from report.export import render
from report.sections import batch, closing, frame, hero, problem, summary

frame.begin("Experiment report", settings.allowed_visitors(), assume_verified=settings.assumes_verified())
with problem.shown():
    config = settings.read()
    key = frame.choose_experiment(settings.experiment_names(), config.experiments.first)
    uri, ui = config.tracking.uri, config.mlflow_ui
    frame.places(frame.Places(masked(config.tracking.shown), config.links.api, ui, config.links.airflow))
    experiment = settings.load_experiment(key, config)
    with frame.busy("Reading the history from MLflow"):
        story, read = cache.read(uri, experiment, config.tracking.home, thoroughly=frame.refreshed())
    if read.outage is not None and not story.chapters:
        raise read.outage  # that it was empty before is no news

frame.refresh(f"Read {read.at:%H:%M:%S} UTC in {read.seconds:.2f} s")
evidence = cache.evidence(uri) if read.outage is None else loading.out_of_reach()
with st.container(key="page"):
    taken_away = problem.outage(read.outage, read.at, story) if read.outage else story
    if not story.chapters:
        problem.empty(story, key)
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
