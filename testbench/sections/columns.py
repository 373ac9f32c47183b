"""Step 2: the columns of the model's rows, read off the sample or the model, and corrected or drawn up by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from batch_zero import formats
from testbench.schema import edited
from testbench.schema.errors import SchemaError
from testbench.schema.schema import Kind, Schema
from testbench.schema.written import from_json, to_json
from testbench.uploads import SCHEMA, Upload
from ui import notes
from ui.markup import sentence


@dataclass(frozen=True)
class Columns:
    """schema: None while what is written is none. labels: the column of the outcomes, if there is one."""

    schema: Schema | None
    labels: str | None


def show(upload: Upload, seen: Mapping[str, Any]) -> Columns:
    found = from_json(seen["schema"]) if seen["schema"] else None
    kept = _kept(upload)
    before = kept or found
    count = f": {formats.counted(len(before.columns), 'column')}" if before is not None else ""
    with st.expander(f"2 · Columns{count}", expanded=before is None):
        earlier = upload.said().get("labels")
        labels = _labels(upload, seen)
        _own(upload)
        schema = _edit(upload, _columns(before, found, earlier, labels), labels)
    if schema is not None and schema != kept:
        upload.write(SCHEMA, to_json(schema).encode())
    return Columns(schema, labels)


def _kept(upload: Upload) -> Schema | None:
    kept = upload.given(SCHEMA)
    return from_json(kept.read_bytes()) if kept is not None else None


def _columns(before: Schema | None, found: Schema | None, earlier: str | None, labels: str | None) -> Schema | None:
    """Without the outcomes; what were the outcomes before is a column again."""
    columns = [*before.columns] if before is not None else []
    names = {column.name for column in columns}
    if found is not None and earlier not in names:
        columns += [column for column in found.columns if column.name == earlier]
    kept = tuple(column for column in columns if column.name != labels)
    return Schema(kept) if kept else None


def _labels(upload: Upload, seen: Mapping[str, Any]) -> str | None:
    """What the model does not take is offered first."""
    if seen["sample"] is None:
        return None
    names = seen["sample"]["columns"]
    known = (seen["model"] or {}).get("features") or names
    options = sorted(names, key=lambda name: name in known)
    said = upload.said()
    others = [name for name in names if name not in known]
    asked = said["labels"] if "labels" in said else others[0] if len(others) == 1 else None
    chosen: str | None = st.selectbox(
        "Column of the outcomes",
        options,
        index=options.index(asked) if asked in names else None,
        placeholder="None: how good the model is will not be known",
        key=f"labels-{upload.key}",
    )
    if said.get("labels") != chosen:
        upload.say({**said, "labels": chosen})
    return chosen


def _own(upload: Upload) -> None:
    """A schema that was kept before, instead of the one that was found."""
    given = st.file_uploader("Use a schema that you have, as JSON", type="json", key=f"schema-{upload.key}")
    if given is None or st.session_state.get("schema-taken") == given.file_id:
        return
    try:
        upload.write(SCHEMA, to_json(from_json(given.getvalue())).encode())
    except SchemaError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    st.session_state["schema-taken"] = given.file_id
    st.rerun()


def _edit(upload: Upload, began: Schema | None, labels: str | None) -> Schema | None:
    """began: what the table shows first. It stays so while a reader edits it, since the changes are kept beside it."""
    if began is None:
        st.markdown("Neither the sample nor the model says which columns there are. Draw them up: one row each.")
    key = f"columns-{upload.key}-{labels}-{st.session_state.get('schema-taken')}"
    start: Schema | None = st.session_state.setdefault(f"began-{key}", began)
    rows = edited.to_rows(start) if start is not None else [dict.fromkeys(edited.HEADINGS, "")]
    written = st.data_editor(
        pd.DataFrame(rows), key=key, num_rows="dynamic", hide_index=True, column_config=_config(), height="content"
    )
    notes.note(
        "a distribution is written like normal (mean 0, sd 1), log-normal, uniform (low 0, high 1), exponential "
        "(mean 2), poisson (mean 3), weights 1, 2 or dates (first 2024-01-01, last 2024-12-31); as found means the "
        "sample's own"
    )
    try:
        schema = edited.from_rows(written.to_dict("records"), start)  # type: ignore[arg-type]
    except SchemaError as error:
        st.error(sentence(error), icon=":material/error:")
        return None
    with st.container(horizontal=True):
        st.download_button(
            "Download as JSON",
            data=lambda: to_json(schema),
            file_name="schema.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key=f"save-{upload.key}",
        )
    return schema


def _config() -> dict[str, Any]:
    text = st.column_config.TextColumn
    return {
        edited.NAME: text(required=True, pinned=True),
        edited.TYPE: st.column_config.SelectboxColumn(options=[kind.value for kind in Kind], required=True),
        edited.LOW: text(help="Where its range begins, inclusive; of a datetime column, a date"),
        edited.HIGH: text(help="Where its range ends, inclusive; of a datetime column, a date"),
        edited.CLASSES: text(help="Of a categorical column, every value that it takes, separated by commas"),
        edited.MISSING: st.column_config.NumberColumn(min_value=0.0, max_value=1.0, step=0.01, format="percent"),
        edited.SPREAD: text(),
    }
