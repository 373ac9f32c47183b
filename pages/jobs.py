"""Jobs: what waits, runs and has ended in the queue."""

import streamlit as st

import settings
from jobs import service
from jobs.sections import listed
from ui import frame, problems

frame.page("Jobs")
with problems.shown("The queue of jobs"):
    config = settings.read().jobs
    queue = service.shared(config.url, config.bounds)

with frame.column():
    st.title("Jobs", anchor=False)
    st.markdown("Long work that goes on without this page, and is not lost when something ends.")
    listed.show(queue)
