"""Step 1: a model's file, and rows as it takes them."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from batch_zero import formats
from batch_zero.errors import BatchZeroError
from batch_zero.text import capitalized, one_line, shortened
from testbench.example import MODEL_NAME, SAMPLE_NAME
from testbench.sections.session import TEST, Desk, open_upload
from testbench.uploads import LOOK, MODEL, SAMPLE, Upload
from ui import notes, problems
from ui.markup import plain, sentence

TAKEN = "pickle, joblib, skops, XGBoost, LightGBM, CatBoost, ONNX, or an MLflow model folder as zip"
ROWS = "CSV or Parquet, a column for each feature; one more may hold the labels"
GONE = (
    "The files of this address have been removed, and with them what was typed here: uploads are kept for a day. "
    "Upload them again. What a test was done with stays with its results."
)


def show(desk: Desk, example: Callable[[Upload], str]) -> Mapping[str, Any] | None:
    """What was seen of the model; None until there is one. example: puts files into an upload, and returns the column
    of the outcomes."""
    upload = desk.upload
    if desk.is_gone:
        st.warning(GONE, icon=":material/folder_off:")
    name = upload.said()["name"] if upload is not None else None
    title = f"1 · Model: {plain(shortened(name, 60))}" if name else "1 · Model"
    with st.expander(title, expanded=not _is_done(upload)):
        if upload is None:
            _last(desk)
            _choose(desk, example)
            return None
        seen = desk.awaited(upload, LOOK, "Looking at the file")
        if seen is not None:
            _describe(seen)
        elif desk.failure(upload, LOOK).startswith(f"{upload.said().get('sample_name') or SAMPLE}: "):
            _another_sample(desk, upload)
        st.button("Another model", icon=":material/restart_alt:", on_click=open_upload, args=(None,), key="another")
    if seen is not None and seen["fault"]:
        st.error(sentence(capitalized(seen["fault"])), icon=":material/error:")
        return None
    return seen


def _last(desk: Desk) -> None:
    """What was open before another page, which had an address without it."""
    last = desk.last
    if last is not None:
        label = f"Go on with {plain(shortened(last.said()['name'], 60))}"
        st.button(label, icon=":material/undo:", on_click=open_upload, args=(last.key,), key="go-on")


def _is_done(upload: Upload | None) -> bool:
    """A model that was not opened leaves the step open, where another one is chosen."""
    if upload is None:
        return TEST in st.query_params
    seen = upload.seen(LOOK)
    return seen is not None and not seen["fault"]


def _choose(desk: Desk, example: Callable[[Upload], str]) -> None:
    model = st.file_uploader("Model file", key="model-file", max_upload_size=desk.most_mb, help=TAKEN)
    address = st.text_input(
        "Or a registered model",
        placeholder="models:/NAME@production",
        help="By an alias, or by its version: models:/NAME/3",
        key="model-uri",
        max_chars=600,
        disabled=model is not None,
    ).strip()
    sample = st.file_uploader("Sample of its rows, if there is one", key="sample-file", help=ROWS)
    notes.note(
        f"accepted: {TAKEN}, up to {desk.most_mb:,} MB. A model file is a program: it is opened by a process that can "
        "reach neither the network nor any file but its own"
    )
    with st.container(horizontal=True):
        if st.button("Use this model", type="primary", disabled=model is None and not address, key="use"):
            _keep(desk, lambda upload: _write(upload, model, address, sample))
        if st.button("Try it with a model of ours", icon=":material/science:", key="example"):
            with st.spinner("Training a model on the data that is shipped", show_time=True):
                _keep(desk, lambda upload: _made(upload, example))


def _keep(desk: Desk, fill: Callable[[Upload], Mapping[str, Any]]) -> None:
    """In the folder, then in the address; what could not be kept is removed."""
    with problems.shown_here(BatchZeroError):
        with desk.begin() as upload:
            upload.say(fill(upload))
            desk.ask(upload, LOOK)
        open_upload(upload.key)
        st.rerun()


def _write(upload: Upload, model: Any, address: str, sample: Any) -> Mapping[str, Any]:
    """model, sample: files that came, None for none; address: of a registered version, in the place of the model."""
    words: dict[str, Any] = {"name": one_line(str(model.name) if model is not None else address, 200)}
    if model is not None:
        upload.write(MODEL, model.getbuffer())
    else:
        words["model_uri"] = address
    if sample is not None:
        upload.write(SAMPLE, sample.getbuffer())
        words["sample_name"] = one_line(str(sample.name), 200)
    return words


def _another_sample(desk: Desk, upload: Upload) -> None:
    """Where the first one kept the model from being looked at."""
    sample = st.file_uploader("Another sample of its rows", key=f"sample-{upload.key}", help=ROWS)
    if st.button("Use this sample", disabled=sample is None, key="use-sample") and sample is not None:
        with problems.shown_here(BatchZeroError):
            upload.write(SAMPLE, sample.getvalue())
            upload.say({**upload.said(), "sample_name": one_line(str(sample.name), 200)})
            desk.ask(upload, LOOK)
            st.rerun()


def _made(upload: Upload, example: Callable[[Upload], str]) -> Mapping[str, Any]:
    return {"name": MODEL_NAME, "sample_name": SAMPLE_NAME, "labels": example(upload)}


def _describe(seen: Mapping[str, Any]) -> None:
    model = seen["model"]
    if model is not None:
        versions = formats.listed([f"{library} {version}" for library, version in model["versions"].items()])
        task = f", a {model['task']}" if model["task"] else ""
        st.markdown(plain(f"{model['model_class']}{task}, opened with {versions or model['library']}."))
    for text in (*seen["file"]["sentences"], *seen["taken"]):
        st.caption(sentence(text))
