"""The page *Test a model*: from a file to a verdict, with no worker and with one."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from jobs.job import ENDED
from jobs.queue import Queue
from mlflow_io.artifacts.results import load_json
from mlflow_io.writing.model_tests import RESULT
from testbench.result import from_data
from testbench.schema.detect import from_sample
from testbench.schema.schema import Column, Kind, Schema
from testbench.schema.written import to_json
from testbench.uploads import LOOK, Upload, begin
from tests.jobs.conftest import until
from tests.pages.test_app import words
from tests.testbench.conftest import Trained, trained
from tests.world import World

PAGE = "pages/test_model.py"
HOSTILE = "<img src=x onerror=alert(1)>**bold**.joblib"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("model"), LogisticRegression(max_iter=2_000), {0: 0, 1: 1})


@pytest.fixture
def page(app: Callable[..., AppTest], world: World, queue: Queue) -> AppTest:
    assert queue.list().jobs == []
    return app(world.uri).switch_page(PAGE).run()


def upload(page: AppTest, name: str, content: bytes, sample: bytes | None = None) -> AppTest:
    page.file_uploader(key="model-file").upload(name, content)
    if sample is not None:
        page.file_uploader(key="sample-file").upload("rows.csv", sample)
    page.run()
    return page.button(key="use").click().run()


def after(page: AppTest, queue: Queue) -> AppTest:
    """The page when nothing runs any more, as its own looking would show it."""
    until(lambda: all(job.state in ENDED for job in queue.list().jobs))
    return page.run()


def comes(page: AppTest, text: str) -> str:
    """Waits for a text on the page; all of it."""
    end = time.monotonic() + 60
    while text not in (found := words(page)):
        assert time.monotonic() < end, [*(each.value for each in page.error), found[-1000:]]
        page.run()
    return found


def key_of(page: AppTest) -> str:
    """Of the upload that the address names."""
    found = page.query_params["upload"]
    return found if isinstance(found, str) else found[0]


def labels(page: AppTest) -> list[str]:
    return [each.label for each in page.main.expander]


def test_without_a_file_it_says_what_is_taken_and_offers_a_model_of_ours(page: AppTest) -> None:
    assert not page.exception
    assert page.title[0].value == "Test a model"
    assert labels(page) == ["1 · Model"]
    assert "Accepted: pickle, joblib, skops, XGBoost, LightGBM, CatBoost, ONNX" in words(page)
    assert page.button(key="use").disabled
    assert not page.button(key="example").disabled


@pytest.mark.slow
def test_a_worker_that_is_not_there_is_asked_for(page: AppTest, model: Trained, queue: Queue) -> None:
    upload(page, "model.joblib", model.path.read_bytes())
    assert not page.exception
    (job,) = queue.list().jobs
    assert job.kind == "model_look"
    assert "No worker is running, so nothing of this goes on" in page.warning[0].value
    assert "python -m jobs" in [code.value for code in page.main.code]
    page.button(key=f"cancel-{job.id}").click().run()
    assert "This was cancelled." in words(page)
    assert page.button(key="again-look.json")


@pytest.mark.slow
def test_a_disk_that_takes_nothing_is_told_and_nothing_is_queued(
    page: AppTest, model: Trained, queue: Queue, tmp_path: Path
) -> None:
    (tmp_path / "home" / "uploads").write_text("a file where the folder should be")
    upload(page, "model.joblib", model.path.read_bytes())
    assert not page.exception
    assert "the upload cannot be kept here" in page.error[0].value
    assert queue.list().jobs == []


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_from_a_file_to_a_verdict(page: AppTest, model: Trained, queue: Queue) -> None:
    sample = model.sample.to_csv(index=False).encode()
    after(upload(page, HOSTILE, model.path.read_bytes(), sample), queue)
    assert not page.exception
    assert labels(page)[1:4] == ["2 · Columns: 4", "3 · Rows", "4 · Tests"]
    assert "\\<img" in labels(page)[0]
    assert page.selectbox(key=f"labels-{key_of(page)}").value == "outcome"
    key = key_of(page)
    page.text_area(key=f"policy-{key}").input("auc >= 0.6 AND f1 >= 0.999").run()
    page.button_group(key=f"checks-{key}").set_value(["works", "quality"]).run()
    page.button(key="run").click().run()
    found = comes(after(page, queue), "Kept as")
    assert "Not passed: of 2 limits, 1 passed and 1 failed" in found.replace("\\", "")
    assert "LogisticRegression, tested 20" in found
    assert "Works" in found
    assert "The model answers 600 rows" in found
    (test,) = queue.list(kind="model_test").jobs
    assert queue.status(test.id).result["verdict"]["passed"] is False
    assert test.id in page.query_params["test"]


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_rows_that_are_made_up_can_be_looked_at_first(page: AppTest, model: Trained, queue: Queue) -> None:
    after(upload(page, "model.joblib", model.path.read_bytes(), model.sample.to_csv(index=False).encode()), queue)
    key = key_of(page)
    page.radio(key=f"data-{key}").set_value("Rows that are made up").run()
    page.number_input(key=f"rows-{key}").set_value(400).run()
    page.button(key=f"look-{key}").click().run()
    comes(after(page, queue), "from the sample")
    assert [each.value for each in page.main.caption if each.value in {"age", "income", "region", "bmi"}] == [
        *("age", "income", "region", "bmi")
    ]
    page.button_group(key=f"checks-{key}").set_value(["works"]).run()
    page.button(key="run").click().run()
    assert "The model answers 400 rows" in comes(after(page, queue), "Kept as")


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_a_model_that_knows_no_columns_has_them_drawn_up(page: AppTest, tmp_path: Path, queue: Queue) -> None:
    path = tmp_path / "nameless.pkl"
    joblib.dump(LogisticRegression().fit(np.eye(4), [0, 1, 0, 1]), path)
    after(upload(page, path.name, path.read_bytes()), queue)
    assert not page.exception
    assert "Neither the sample nor the model says which columns there are" in words(page)
    assert "got no column, expected one at least" in words(page)
    assert page.button(key="run").disabled


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_a_model_that_is_not_opened_leaves_its_step_open_with_the_reason(
    page: AppTest, model: Trained, queue: Queue
) -> None:
    after(upload(page, "model.joblib", model.path.read_bytes()[:900]), queue)
    said = page.error[0].value.replace("\\", "")
    assert said.startswith("The model could not be used: the file ends too early, after 900 bytes")
    (step,) = page.expander
    assert step.proto.expanded
    assert step.button(key="another")


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_what_is_no_model_is_told_what_it_is_instead(page: AppTest, queue: Queue) -> None:
    after(upload(page, "model.pkl", b"a,b\n1,2\n"), queue)
    assert not page.exception
    assert "model.pkl" in page.error[0].value.replace("\\", "")
    assert labels(page) == ["1 · Model: model\\.pkl"]
    page.button(key="another").click().run()
    assert "upload" not in page.query_params
    assert page.button(key="example")


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_a_policy_that_cannot_be_read_is_refused_before_anything_runs(
    page: AppTest, model: Trained, queue: Queue
) -> None:
    after(upload(page, "model.joblib", model.path.read_bytes()), queue)
    key = key_of(page)
    page.text_area(key=f"policy-{key}").input("auc is fine").run()
    assert "policy: got 'auc is fine'" in page.error[0].value.replace("\\", "")
    page.text_area(key=f"policy-{key}").input("auc >= 0.6").run()
    warned = page.warning[-1].value.replace("\\", "")
    assert "The policy asks for auc, and without labels that is not known: it cannot pass." in warned
    page.text_area(key=f"policy-{key}").input("auc is fine")
    page.button(key="run").click().run()
    assert "policy: got 'auc is fine'" in page.error[0].value.replace("\\", "")
    assert {job.kind for job in queue.list().jobs} == {"model_look"}
    page.text_area(key=f"policy-{key}").input("auc >= 0.6 AND latency/p95 <= 5000")
    page.button(key="run").click().run()  # the very press that comes after the mend
    assert {job.kind for job in queue.list().jobs} == {"model_look", "model_test"}


@pytest.mark.slow
@pytest.mark.parametrize("key", ["0" * 32, "../../etc/passwd", "x"])
def test_files_that_are_gone_are_said_to_be(page: AppTest, key: str) -> None:
    page.query_params["upload"] = key
    page.run()
    assert not page.exception
    assert "The files of this address have been removed" in page.warning[0].value


def test_a_test_that_nobody_knows_is_told(page: AppTest) -> None:
    page.query_params["test"] = "model_test-0000000000000000"
    page.run()
    assert not page.exception
    assert "expected the id of a job" in page.error[0].value.replace("\\", "")


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_the_model_of_ours_can_be_tested_with_its_rows(page: AppTest, queue: Queue) -> None:
    page.button(key="example").click().run()
    after(page, queue)
    assert not page.exception
    key = key_of(page)
    assert page.selectbox(key=f"labels-{key}").value == "severe"
    page.button_group(key=f"checks-{key}").set_value(["quality"]).run()
    page.button(key="run").click().run()
    found = comes(after(page, queue), "Kept as")
    assert "On 1,000 rows with labels: AUC" in found
    (test,) = queue.list(kind="model_test").jobs
    stored = load_json(os.environ["MLFLOW_TRACKING_URI"], queue.status(test.id).result["run_id"], RESULT)
    assert from_data(stored).measures["auc"].value > 0.65


@pytest.fixture
def looked(queue: Queue, tmp_path: Path) -> Upload:
    """An upload that a worker has looked at."""
    assert queue.list().jobs == []
    rows = pd.DataFrame({"age": [31, 45, 60], "region": ["north", "south", "south"], "outcome": [0, 1, 1]})
    found = begin(tmp_path / "home" / "uploads", [])
    found.write("model", b"a model")
    found.say({"name": "m.joblib"})
    seen = {
        "file": {"sentences": []},
        "model": None,
        "taken": [],
        "fault": None,
        "schema": to_json(from_sample(rows)),
        "sample": {"rows": 3, "columns": [*rows.columns]},
    }
    found.write(LOOK, json.dumps(seen).encode())
    return found


def model_says(upload: Upload, features: list[str], classes: list[object], *, sample: bool = True) -> Upload:
    """What the worker has left, of a model that knows its columns and classes."""
    seen = upload.seen(LOOK)
    assert seen is not None
    seen["model"] = {
        "model_class": "a.Model",
        "task": None,
        "versions": {},
        "library": "a",
        "features": features,
        "classes": classes,
    }
    if not sample:
        seen["sample"] = None
        seen["schema"] = to_json(Schema(tuple(Column(name, Kind.FLOAT) for name in features)))
    upload.write(LOOK, json.dumps(seen).encode())
    return upload


@pytest.fixture
def visitor(app: Callable[..., AppTest], world: World) -> Callable[[Upload], AppTest]:
    """One more browser at the address of an upload."""

    def opened(upload: Upload) -> AppTest:
        page = app(world.uri).switch_page(PAGE)
        page.query_params["upload"] = upload.key
        page.run()
        assert not page.exception
        return page

    return opened


@pytest.mark.slow
def test_what_was_typed_is_there_after_a_reload_and_at_a_copied_address(
    visitor: Callable[[Upload], AppTest], looked: Upload
) -> None:
    page, key = visitor(looked), looked.key
    page.selectbox(key=f"labels-{key}").select("outcome").run()
    page.radio(key=f"data-{key}").set_value("Rows that are made up").run()
    page.number_input(key=f"rows-{key}").set_value(400).run()
    page.number_input(key=f"seed-{key}").set_value(7).run()
    page.text_area(key=f"policy-{key}").input("auc is fine").run()  # refused, and yet what was typed
    page.button_group(key=f"checks-{key}").set_value(["works", "quality"]).run()
    page.number_input(key=f"row-{key}").set_value(3).run()
    page.checkbox(key=f"keep-{key}").check().run()
    again = visitor(looked)
    assert again.selectbox(key=f"labels-{key}").value == "outcome"
    assert again.radio(key=f"data-{key}").value == "Rows that are made up"
    assert [again.number_input(key=f"{name}-{key}").value for name in ("rows", "seed", "row")] == [400, 7, 3]
    assert again.text_area(key=f"policy-{key}").value == "auc is fine"
    assert again.button_group(key=f"checks-{key}").value == ["works", "quality"]
    assert again.checkbox(key=f"keep-{key}").value
    again.selectbox(key=f"labels-{key}").set_value(None).run()
    assert visitor(looked).selectbox(key=f"labels-{key}").value is None


def step(page: AppTest, name: str) -> Block:
    return next(each for each in page.main.expander if each.label.startswith(name))


def said(page: AppTest) -> str:
    return " ".join(each.value for each in (*page.error, *page.warning)).replace("\\", "")


def test_a_column_that_the_sample_lacks_is_told_where_columns_are(
    visitor: Callable[[Upload], AppTest], looked: Upload
) -> None:
    page = visitor(model_says(looked, ["age", "region", "bmi"], [0, 1]))
    assert "This table lacks the column 'bmi', on which the model was trained." in said(page)
    assert step(page, "2 ").proto.expanded
    assert page.button(key="run").disabled
    assert "Nothing can be run: what the model would be shown lacks the column 'bmi'" in words(page)


def test_outcomes_that_are_none_of_the_models_are_told_where_they_are_chosen(
    visitor: Callable[[Upload], AppTest], looked: Upload
) -> None:
    page, key = visitor(model_says(looked, ["age", "region"], ["no", "yes"])), looked.key
    assert "holds no labels" not in said(page)  # of a look that did not look for them
    seen = looked.seen(LOOK)
    assert seen is not None
    seen["sample"]["no_outcomes"] = {"outcome": "got '0', expected the model's classes, 'no', 'yes'"}
    looked.write(LOOK, json.dumps(seen).encode())
    page.selectbox(key=f"labels-{key}").select("outcome").run()
    assert "Column 'outcome' holds no labels of this model: got '0', expected the model's classes" in said(page)
    assert page.selectbox(key=f"positive-{key}").options == ["no", "yes"]
    assert page.selectbox(key=f"positive-{key}").value == "yes"
    page.selectbox(key=f"positive-{key}").select("no").run()
    assert visitor(looked).selectbox(key=f"positive-{key}").value == "no"


def test_ranges_that_nobody_knows_are_asked_for(visitor: Callable[[Upload], AppTest], looked: Upload) -> None:
    page = visitor(model_says(looked, ["age", "income"], [0, 1], sample=False))
    assert step(page, "2 ").proto.expanded
    assert "Nobody has said which values 'age', 'income' take: assumed are floats from 0 to 1" in said(page)
    assert not page.button(key="run").disabled


@pytest.mark.slow
def test_of_two_at_one_address_neither_undoes_what_the_other_has_typed(
    visitor: Callable[[Upload], AppTest], looked: Upload
) -> None:
    one, other, key = visitor(looked), visitor(looked), looked.key
    one.number_input(key=f"seed-{key}").set_value(7).run()
    other.text_area(key=f"policy-{key}").input("auc >= 0.7").run()
    third = visitor(looked)
    assert (third.number_input(key=f"seed-{key}").value, third.text_area(key=f"policy-{key}").value) == (
        7,
        "auc >= 0.7",
    )


def test_a_table_that_is_no_schema_yet_is_kept_as_it_is(visitor: Callable[[Upload], AppTest], looked: Upload) -> None:
    rows = [{"Name": "age", "Type": "int", "Low": "9", "High": "2", "Classes": "", "Missing": 0.0, "Distribution": ""}]
    looked.write("form.json", json.dumps({"columns": {"labels": None, "rows": rows}}).encode())
    page = visitor(looked)
    assert "expected no more than high, which is 2" in page.error[0].value.replace("\\", "")
    assert page.button(key="run").disabled
    assert looked.seen("form.json") == {"columns": {"labels": None, "rows": rows}}


def test_with_an_upload_goes_what_was_typed_for_it_and_that_is_said(
    visitor: Callable[[Upload], AppTest], looked: Upload
) -> None:
    page = visitor(looked)
    page.number_input(key=f"seed-{looked.key}").set_value(7).run()
    looked.remove()
    assert "and with them what was typed here: uploads are kept for a day" in visitor(looked).warning[0].value


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_a_sample_that_is_no_table_is_changed_for_another_one(page: AppTest, model: Trained, queue: Queue) -> None:
    after(upload(page, "model.joblib", model.path.read_bytes(), b"a,b\n1,\0\n"), queue)
    assert "rows.csv: got a null byte" in page.error[0].value.replace("\\", "")
    assert page.button(key="use-sample").disabled
    key = key_of(page)
    page.file_uploader(key=f"sample-{key}").upload("better.csv", model.sample.to_csv(index=False).encode()).run()
    page.button(key="use-sample").click().run()
    after(page, queue)
    assert not page.error
    assert "2 · Columns: 4" in labels(page)
    assert "outcome" in page.selectbox(key=f"labels-{key}").options
