"""Step 2: the columns of the model's rows, read off the sample or the model, and corrected or drawn up by hand."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from batch_zero.text import one_line, quoted, shortened
from testbench.checks.classes import place_of
from testbench.checks.classes import plain as plain_label
from testbench.schema import edited
from testbench.schema.conform import lacking, lacks
from testbench.schema.errors import SchemaError
from testbench.schema.schema import Kind, Schema
from testbench.schema.written import from_json, to_json
from testbench.sections import form
from testbench.sections.form import Form
from testbench.synthetic.marginals import ASSUMED, is_assumed
from testbench.uploads import SCHEMA, Upload
from ui import notes
from ui.markup import sentence

DRAFT = "columns"
"""The field of a table that is not a schema yet."""


@dataclass(frozen=True)
class Columns:
    """schema: None while what is written is none. labels: the column of the outcomes, if there is one. positive: of two
    classes, the one that scores such as recall are of; None for the usual one. lacking: what the model was trained on
    and the schema does not have; sample_lacks: the sample."""

    schema: Schema | None
    labels: str | None
    positive: str | None = None
    lacking: tuple[str, ...] = ()
    sample_lacks: tuple[str, ...] = ()


def show(upload: Upload, seen: Mapping[str, Any]) -> Columns:
    found = from_json(seen["schema"]) if seen["schema"] else None
    typed, before = form.of(upload), _kept(upload) or found
    count = f": {len(before.columns):,}" if before is not None else ""
    asks = before is None or bool(_lacking(seen, before.names) or _assumed(before, seen))
    begins_open = st.session_state.setdefault(f"begins-open-{upload.key}", asks)
    # Without a key, it would fold under the hands of who is just adding a column: by its label it is another one then.
    with st.expander(f"2 · Columns{count}", expanded=begins_open, key=f"step-columns-{upload.key}"):
        earlier = _earlier(typed)
        labels = _labels(typed, seen)
        positive = _positive(typed, seen) if labels is not None else None
        _own(typed)
        schema = _edit(typed, _columns(before, found, earlier, labels), labels)
        if schema is not None:
            _keep(upload, schema)
            _remarks(seen, schema, labels)  # above the table, they would move it under the hands of who writes in it
    there = [name for name in (seen["sample"] or {}).get("columns", ()) if name != labels]
    lacks_columns = _lacking(seen, schema.names) if schema is not None else ()
    return Columns(schema, labels, positive, lacks_columns, _lacking(seen, there))


def _remarks(seen: Mapping[str, Any], schema: Schema, labels: str | None) -> None:
    """What would make the results worth less, or nothing at all."""
    if missing := _lacking(seen, schema.names):
        st.error(sentence(f"This table {lacks(missing)}."), icon=":material/error:")
    fault = (seen["sample"] or {}).get("no_outcomes", {}).get(labels)
    if fault:
        column = f"Column {shortened(str(labels))!r}"
        text = f"{column} holds no labels of this model: {fault}. The quality of the model will not be known."
        st.error(sentence(text), icon=":material/error:")
    if unknown := _assumed(schema, seen):
        text = (
            f"Nobody has said which values {quoted(unknown)} take: assumed are {ASSUMED}. Please write their ranges or "
        )
        st.warning(sentence(f"{text}classes above: all results are of such rows."), icon=":material/warning:")


def _lacking(seen: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(lacking((seen["model"] or {}).get("features") or (), names))


def _assumed(schema: Schema, seen: Mapping[str, Any]) -> list[str]:
    """Without a sample whose values they could have."""
    known = (seen["sample"] or {}).get("columns", ())
    return [column.name for column in schema.columns if is_assumed(column) and column.name not in known]


def _kept(upload: Upload) -> Schema | None:
    kept = upload.given(SCHEMA)
    return from_json(kept.read_bytes()) if kept is not None else None


def _keep(upload: Upload, schema: Schema) -> None:
    """Where this reader has changed it: what another one has written meanwhile is not undone by a look at the page."""
    key = f"schema-{upload.key}-kept"
    if key not in st.session_state:
        st.session_state[key] = _kept(upload)
    if schema != st.session_state[key]:
        upload.write(SCHEMA, to_json(schema).encode())
        st.session_state[key] = schema


def _earlier(typed: Form) -> str | None:
    """The column of the outcomes so far: a reader's choice, else what came with the files."""
    found: str | None = typed.words["labels"] if "labels" in typed.words else typed.upload.said().get("labels")
    return found


def _columns(before: Schema | None, found: Schema | None, earlier: str | None, labels: str | None) -> Schema | None:
    """Without the outcomes; what were the outcomes before is a column again."""
    columns = [*before.columns] if before is not None else []
    names = {column.name for column in columns}
    if found is not None and earlier not in names:
        columns += [column for column in found.columns if column.name == earlier]
    kept = tuple(column for column in columns if column.name != labels)
    return Schema(kept) if kept else None


def _labels(typed: Form, seen: Mapping[str, Any]) -> str | None:
    """What the model does not take is offered first."""
    if seen["sample"] is None:
        return None
    names = seen["sample"]["columns"]
    known = (seen["model"] or {}).get("features") or names
    options = sorted(names, key=lambda name: name in known)
    others = [name for name in names if name not in known]
    said = typed.upload.said()
    asked = said["labels"] if "labels" in said else others[0] if len(others) == 1 else None
    begins = None if "labels" in typed.words else asked
    key = typed.begin("labels", begins if begins in names else None, lambda name: name if name in names else None)
    chosen: str | None = st.selectbox(
        "Column of the labels",
        options,
        index=None,
        placeholder="None: quality is not known",
        key=key,
    )
    typed.keep("labels", chosen, said.get("labels"))
    return chosen


def _positive(typed: Form, seen: Mapping[str, Any]) -> str | None:
    """None where there is nothing to choose."""
    known = (seen["model"] or {}).get("classes") or ()
    classes = [plain_label(label) for label in known]
    if len(set(classes)) != 2:
        return None
    usual = classes[place_of(known, None)]
    key = typed.begin("positive", usual, lambda label: label if label in classes else None)
    chosen: str = st.selectbox("Class that recall, precision and F1 are of", classes, key=key, format_func=one_line)
    typed.keep("positive", chosen, usual)
    return chosen


def _own(typed: Form) -> None:
    """A schema that was kept before, instead of the one that was found."""
    upload = typed.upload
    given = st.file_uploader("Use a schema that you have, as JSON", type="json", key=f"schema-{upload.key}")
    if given is None or st.session_state.get("schema-taken") == given.file_id:
        return
    try:
        _keep(upload, from_json(given.getvalue()))
    except SchemaError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    typed.keep(DRAFT, None)
    st.session_state["schema-taken"] = given.file_id
    st.rerun()


def _edit(typed: Form, began: Schema | None, labels: str | None) -> Schema | None:
    """began: what the table shows first, where there is no draft. It stays so while a reader edits it, since the
    changes are kept beside it."""
    if began is None:
        st.markdown("Neither the sample nor the model says which columns there are. Draw them up: one row each.")
    key = f"columns-{typed.upload.key}-{labels}-{st.session_state.get('schema-taken')}"
    if key not in st.session_state:  # drawn for the first time, or again after another page, which forgets the changes
        st.session_state[f"began-{key}"] = began, _draft(typed, labels) or _rows(began)
    start, rows = st.session_state[f"began-{key}"]
    table = pd.DataFrame(rows, columns=[*edited.HEADINGS])
    written = _plain(
        st.data_editor(
            table, key=key, num_rows="dynamic", hide_index=True, column_config=_config(), height="content"
        ).to_dict("records")
    )
    notes.note(
        "a distribution is written like normal (mean 0, sd 1), log-normal, uniform (low 0, high 1), exponential "
        "(mean 2), poisson (mean 3), weights 1, 2 or dates (first 2024-01-01, last 2024-12-31); as found means the "
        "sample's own"
    )
    try:
        schema = edited.from_rows(written, start)
    except SchemaError as error:
        st.error(sentence(error), icon=":material/error:")
        if not typed.keep(DRAFT, {"labels": labels, "rows": written}):
            notes.note("this table is too long to be kept as it is: a reload shows the last one that could be read")
        return None
    typed.keep(DRAFT, None)
    with st.container(horizontal=True):
        st.download_button(
            "Download as JSON",
            data=lambda: to_json(schema),
            file_name="schema.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key=f"save-{typed.upload.key}",
        )
    return schema


def _rows(schema: Schema | None) -> list[dict[str, Any]]:
    return edited.to_rows(schema) if schema is not None else [edited.EMPTY]


def _draft(typed: Form, labels: str | None) -> list[dict[str, Any]]:
    """A table that could not be read yet, as it was left; empty where there is none for these outcomes."""
    draft = typed.words.get(DRAFT) or {}
    return draft.get("rows", []) if draft.get("labels") == labels else []


def _plain(rows: list[dict[Hashable, Any]]) -> list[dict[str, Any]]:
    """As JSON has it: what is not there is None."""
    return [{str(name): None if value != value else value for name, value in row.items()} for row in rows]


def _config() -> dict[str, Any]:
    """A row that lacks what is required is not sent at all, and would be gone after a reload: so nothing is that has no
    value from the beginning."""
    text = st.column_config.TextColumn
    return {
        edited.NAME: text(pinned=True),
        edited.TYPE: st.column_config.SelectboxColumn(
            options=[kind.value for kind in Kind], required=True, default=edited.EMPTY[edited.TYPE]
        ),
        edited.LOW: text(help="Where its range begins, inclusive; of a datetime column, a date"),
        edited.HIGH: text(help="Where its range ends, inclusive; of a datetime column, a date"),
        edited.CLASSES: text(help="Of a categorical column, every value that it takes, separated by commas"),
        edited.MISSING: st.column_config.NumberColumn(
            min_value=0.0, max_value=1.0, step=0.01, format="percent", default=edited.EMPTY[edited.MISSING]
        ),
        edited.SPREAD: text(),
    }
