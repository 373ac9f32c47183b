"""A first look at a model and a sample, before anything is tested: what the file is, what the model says of itself, and
which columns its rows have. Runs where tests run: nothing here is opened in the process that serves the page."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sandbox.description import Description
from sandbox.errors import ModelError
from sandbox.labels import Label
from sandbox.session import Session
from testbench.checks.claims import remarks
from testbench.checks.classes import not_classes
from testbench.files.examine import examine
from testbench.output.data import described as words_of
from testbench.output.data import seen
from testbench.schema.detect import from_model, from_sample
from testbench.schema.errors import SchemaError
from testbench.schema.written import to_json

MOST_LOOKED_AT, MOST_VALUES = 200, 1_000
"""Columns of a sample, of which each may be that of the outcomes, and different values of each."""


def look(model: Path, name: str, sample: pd.DataFrame | None, opening: Callable[[], Session]) -> dict[str, Any]:
    """JSON types only. schema: as a JSON text; of the sample, else of the model, None where neither knows. fault: why
    the model could not be opened. Raises FileRefused where it is no model."""
    file = examine(model, name)
    found, fault = _described(opening)
    said = seen(file)
    return {
        "file": {**said, "sentences": [*said["sentences"], *(remarks(found) if found is not None else ())]},
        "model": words_of(found) if found is not None else None,
        "fault": fault,
        "schema": _schema(sample, found),
        "sample": _shape(sample, found) if sample is not None else None,
    }


def _described(opening: Callable[[], Session]) -> tuple[Description | None, str | None]:
    try:
        with opening() as session:
            return session.describe(), None
    except ModelError as error:
        return None, str(error)


def _shape(sample: pd.DataFrame, model: Description | None) -> dict[str, Any]:
    """no_outcomes: why a column of it holds none that this model can be scored by."""
    columns = list(sample.columns)
    classes = model.classes if model is not None and model.task != "regressor" else None
    faults = {str(name): _not_classes(sample[name], classes) for name in columns[:MOST_LOOKED_AT]} if classes else {}
    return {
        "rows": len(sample),
        "columns": [str(name) for name in columns],
        "no_outcomes": {name: fault for name, fault in faults.items() if fault},
    }


def _not_classes(column: pd.Series, classes: Sequence[Label]) -> str:
    """By some of its values: a column of outcomes has few."""
    try:
        some = column.drop_duplicates()[:MOST_VALUES]
    except TypeError:  # cells such as lists, of which the schema says what they are
        return ""
    return not_classes(some, classes)


def _schema(sample: pd.DataFrame | None, model: Description | None) -> str | None:
    """The model's own columns of a sample that has more of them, such as the outcomes."""
    try:
        if sample is not None:
            known = model.features if model is not None else None
            taken = [name for name in sample.columns if known is None or str(name) in known]
            return to_json(from_sample(sample[taken] if taken else sample))
        found = from_model(model) if model is not None else None
    except SchemaError:
        return None  # what a person draws up by hand is better than a table that cannot be
    return to_json(found) if found is not None else None
