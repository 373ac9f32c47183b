"""What a model says of itself and cannot be: it is told as it was said, with what is valid and how the test goes on."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import pytest

from sandbox.errors import ModelError
from testbench.checks.works import works
from testbench.errors import NoSchema
from testbench.findings import State
from testbench.look import look
from testbench.output.data import described
from testbench.run import Asked, Settings, run_tests
from testbench.schema.detect import from_model
from testbench.schema.errors import SchemaError
from tests.testbench.checks.conftest import Opened
from tests.testbench.checks.odd_models import saying

ROWS = pd.DataFrame({"x": np.linspace(0, 1, 60), "y": np.arange(60.0)})
LABELS = "expected up to 1,000 different labels: texts of up to 200 characters, finite numbers or truth values"
COUNT = "expected a whole number from 0 to 1,000,000"
NAMES = "expected a different text of 1 to 300 characters for each column"
WITHOUT_CLASSES = "; the test goes on without them, and calls its classes 0, 1 and so on, or by what it predicts."
WITHOUT_COUNT = "; the test goes on without it."
WITHOUT_NAMES = "; the test goes on without these names, and takes the columns in the order in which they come."

ODD: dict[str, tuple[str, Any, str, str]] = {
    "NaN among the classes": ("classes_", np.array([0.0, np.nan]), f"are [0.0, nan], {LABELS}", WITHOUT_CLASSES),
    "infinity among them": ("classes_", [0, float("inf")], f"are [0, inf], {LABELS}", WITHOUT_CLASSES),
    "a class twice": ("classes_", [1, 1], f"are [1, 1], {LABELS}", WITHOUT_CLASSES),
    "nothing for a class": ("classes_", [None, 1], f"are [None, 1], {LABELS}", WITHOUT_CLASSES),
    "one number": ("classes_", 5, f"are 5, {LABELS}", WITHOUT_CLASSES),
    "too many classes": ("classes_", range(20_000), f"are range(0, 20000), {LABELS}", WITHOUT_CLASSES),
    "a negative count": ("n_features_in_", -1, f"is -1, {COUNT}", WITHOUT_COUNT),
    "a fraction": ("n_features_in_", 2.5, f"is 2.5, {COUNT}", WITHOUT_COUNT),
    "a huge count": ("n_features_in_", 10**50, f"is 1{'0' * 17}...{'0' * 19}, {COUNT}", WITHOUT_COUNT),
    "one that nobody writes": ("n_features_in_", 10**5_000, f"is a value of the type int, {COUNT}", WITHOUT_COUNT),
    "no number": ("n_features_in_", float("nan"), f"is nan, {COUNT}", WITHOUT_COUNT),
    "a name twice": ("feature_names_in_", ["x", "x"], f"are ['x', 'x'], {NAMES}", WITHOUT_NAMES),
    "no text": ("feature_names_in_", [float("nan"), "x"], f"are [nan, 'x'], {NAMES}", WITHOUT_NAMES),
    "one text": ("feature_names_in_", "xy", f"are 'xy', {NAMES}", WITHOUT_NAMES),
    "a long one": (
        "feature_names_in_", ["x" * 100_000, "y"],
        f"are ['{'x' * 17}...{'x' * 18}', 'y'], {NAMES}", WITHOUT_NAMES,
    ),
    "markup": ("feature_names_in_", ["<b>\n", "<b>\n"], f"are ['<b>\\n', '<b>\\n'], {NAMES}", WITHOUT_NAMES),
}  # fmt: skip


@pytest.mark.parametrize("what", ODD)
def test_what_cannot_be_is_told_and_the_test_goes_on(what: str, odd) -> None:
    attribute, value, told, goes_on = ODD[what]
    subject = odd(saying(**{"classes_": [0, 1], attribute: value}), ROWS)
    sentence = f"Of itself the model says what cannot be: its {attribute} {told}{goes_on}"
    found = works(subject, ROWS)
    assert (found.state, found.notes) == (State.DONE, (sentence,))
    assert described(subject.description)["remarks"] == [sentence]


def test_numbers_of_numpy_are_numbers(odd) -> None:
    subject = odd(saying(classes_=np.array([0, 1]), n_features_in_=np.int64(2)), ROWS)
    assert (subject.description.feature_count, subject.description.odd) == (2, {})


def test_without_a_sample_names_that_cannot_be_are_told_with_what_helps(tmp_path: Path, warm) -> None:
    (tmp_path / "m.pkl").write_bytes(cloudpickle.dumps(saying(feature_names_in_=["x", "x"])))
    with pytest.raises(NoSchema) as caught:
        run_tests(Asked(tmp_path / "m.pkl", "m.pkl", settings=Settings(checks=("works",))), lambda *_: None, warm)
    assert str(caught.value) == (
        "m.pkl: the model does not say which columns it was trained on (its feature_names_in_ are ['x', 'x'], "
        f"{NAMES}); expected a sample (CSV or Parquet) or a schema"
    )


def test_texts_of_any_length_are_no_answers(odd) -> None:
    with pytest.raises(ModelError) as caught:
        odd(saying("['a' * 100_000] * len(X)", classes_=[0, 1]), ROWS)
    assert str(caught.value) == (
        "the model could not be used: it answers with texts of up to 100,000 characters ('aaaaaaaaaaaaaaaaaaaa' and so "
        "on), expected numbers, or labels of at most 1,000 characters"
    )


@pytest.mark.parametrize(
    ("answer", "kind"), [("{'a': 1}", "dict ({'a': 1})"), ("None", "NoneType (None)"), ("{1, 2}", "set ({1, 2})")]
)
def test_what_is_no_number_truth_value_or_text_is_no_answer(answer: str, kind: str, odd) -> None:
    with pytest.raises(ModelError) as caught:
        odd(saying(f"[{answer}] * len(X)", classes_=[0, 1]), ROWS)
    assert str(caught.value) == (
        f"the model could not be used: it answers with values of the type {kind}, expected numbers, truth values or "
        "texts"
    )


def test_what_is_said_is_seen_at_the_first_look(tmp_path: Path, opened: Opened) -> None:
    (tmp_path / "m.pkl").write_bytes(cloudpickle.dumps(saying(n_features_in_=-1)))
    subject = opened(tmp_path / "m.pkl", ROWS)
    seen = look(tmp_path / "m.pkl", "m.pkl", ROWS, lambda: subject.session)
    assert seen["file"]["sentences"][-1].endswith(f"its n_features_in_ is -1, {COUNT}{WITHOUT_COUNT}")


def test_rows_are_not_made_up_of_some_of_the_columns(odd) -> None:
    description = odd(saying(), ROWS).description
    names = tuple(f"c{place}" for place in range(1_000))
    with pytest.raises(
        SchemaError, match=r"takes 20,000 columns, and rows are made up of 1,000 at most; expected a samp"
    ):
        from_model(replace(description, features=names, feature_count=20_000))
