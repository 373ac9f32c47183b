"""What of the contract a store has, lacks, or has in another form: the doctor's words as a page."""

from collections.abc import Collection, Iterator

import streamlit as st

from batch_zero import formats
from batch_zero.text import as_html, capitalized
from lifecycle.records import RunRef
from mlflow_io.links import run_url
from report.doctor.checks import Diagnosis, Status
from report.doctor.output import OPTIONAL, by, entries, findings, verdict
from report.sections import problem
from report.story.tiles import no_model
from ui import sortable, tiles
from ui.empty import empty
from ui.markup import plain
from ui.tables import Cell, Link
from ui.tiles import Tile

TITLE = "Health of the store"
KINDS = {"drift": "Drift", "gate": "Quality gate"}


def show(diagnosis: Diagnosis, key: str, store: str, ui: str | None) -> None:
    """key: what the experiment was asked for by. store: its name for the reader. ui: the address of MLflow's pages."""
    if not diagnosis.runs:
        reason = "The store can be read, but it holds no finished batch of this experiment yet."
        others = diagnosis.history.holds_other_runs
        steps = problem.steps(diagnosis.experiment, key, others=others)
        empty(TITLE, reason, [*diagnosis.needed, *diagnosis.odd, *diagnosis.bent], steps)
    st.title(TITLE, anchor=False)
    st.markdown(plain(f"{diagnosis.experiment.title}, in {store}"))
    _verdict(diagnosis)
    st.html(tiles.large(_tiles(diagnosis)))
    for heading, sentences in findings(diagnosis):
        st.header(heading, anchor=False)
        st.html(f'<ul class="findings">{"".join(f"<li>{as_html(text)}</li>" for text in sentences)}</ul>')
    _runs(diagnosis, ui)
    for kind in KINDS:
        if diagnosis.numbers(kind):
            _entries(diagnosis, kind)


def _verdict(diagnosis: Diagnosis) -> None:
    if diagnosis.needed:
        st.error(verdict(diagnosis), icon=":material/error:")
    elif diagnosis.unseen:
        st.warning(verdict(diagnosis), icon=":material/visibility_off:")
    else:
        st.success(verdict(diagnosis), icon=":material/check_circle:")


def _tiles(diagnosis: Diagnosis) -> Iterator[Tile]:
    for kind, name in KINDS.items():
        numbers = diagnosis.numbers(kind)
        note = f"{'Batch' if len(numbers) == 1 else 'Batches'} {formats.ranges(numbers)}" if numbers else "none yet"
        yield Tile(f"{name} runs", formats.whole(len(numbers)), note)
    if (model := diagnosis.model) is not None:
        yield Tile("Production model", f"version {model.version}", f"{model.name}, by its {by(model)}")
    else:
        yield no_model(diagnosis.experiment.names.model)
    yield Tile("Findings", formats.whole(sum(len(found) for _, found in findings(diagnosis))), _weights(diagnosis))


def _weights(diagnosis: Diagnosis) -> str:
    counts = {
        "needed": diagnosis.needed,
        "lacking": diagnosis.missing,
        Status.ODD: diagnosis.odd,
        Status.BENDS: diagnosis.bent,
        Status.UNSEEN: diagnosis.unseen,
    }
    return ", ".join(f"{len(found)} {name}" for name, found in counts.items() if found) or "all is as the contract says"


def _runs(diagnosis: Diagnosis, ui: str | None) -> None:
    """How many entries of the contract each run has, lacks and bends, and of how many."""
    counted = _occurring({point.status for check in diagnosis.runs for point in check.points})
    known = _known(diagnosis)
    st.header("The latest run of each batch", anchor=False)
    st.caption(f"How many entries of the contract each of them has, and of how many: {OPTIONAL}.")
    rows: list[tuple[Cell, ...]] = [
        (
            str(check.batch),
            KINDS[check.kind],
            Link(check.run_id[:8], run_url(ui, known.get(check.run_id))),
            *(str(sum(point.status is status for point in check.points)) for status in counted),
            str(len(check.points)),
        )
        for check in diagnosis.runs
    ]
    sortable.show("runs", "The latest run of each batch", ("Batch", "Kind", "Run", *counted.values(), "Total"), rows)


def _entries(diagnosis: Diagnosis, kind: str) -> None:
    """Which batches have, lack and bend each entry of the contract."""
    found = list(entries(diagnosis, kind))
    counted = _occurring({status for _, batches in found for status in batches})
    title = f"{KINDS[kind]} runs, entry by entry"
    st.header(title, anchor=False)
    st.caption(f"In which batches each entry of the contract is there, {OPTIONAL}.")
    rows = [(name, *(batches.get(status, formats.UNKNOWN) for status in counted)) for name, batches in found]
    sortable.show(f"{kind}-entries", title, ("Entry", *counted.values()), rows)


def _occurring(statuses: Collection[Status]) -> dict[Status, str]:
    """The columns of a table: a phone has room for those that say something."""
    return {status: capitalized(status) for status in Status if status in statuses}


def _known(diagnosis: Diagnosis) -> dict[str, RunRef]:
    halves = (half for record in diagnosis.history.batches for half in (record.drift, record.gate))
    return {half.run.run_id: half.run for half in halves if half is not None and half.run is not None}
