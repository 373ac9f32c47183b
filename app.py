"""The way in to every page: who may see it, which pages there are, and what they all show in the sidebar."""

import streamlit as st

import settings
from batch_zero.installation import shipped
from batch_zero.secrets import masked
from ui import frame, navigation, problems

frame.begin(settings.allowed_visitors(), assume_verified=settings.assumes_verified())

PAGES = shipped("pages")
page = navigation.choose(
    {
        "Report": [st.Page(PAGES / "report.py", title="Experiment report", icon=":material/article:", default=True)],
        "Models": [
            st.Page(PAGES / "test_model.py", title="Test a model", icon=":material/experiment:"),
            st.Page(PAGES / "tests.py", title="Tests of models", icon=":material/fact_check:"),
        ],
        "Production": [],
        "System": [
            st.Page(PAGES / "health.py", title="Health of the store", icon=":material/monitor_heart:"),
            st.Page(PAGES / "jobs.py", title="Jobs", icon=":material/list_alt:"),
        ],
    }
)
with problems.shown("The page"):
    config = settings.read()
    frame.choose_experiment(settings.experiment_names(), config.experiments.first)
    store, links = masked(config.tracking.shown), config.links
    frame.places(frame.Places(store, links.api, config.mlflow_ui, links.airflow))
page.run()
