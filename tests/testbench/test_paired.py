"""Answers row by row: they stay with a test that scored its model, within bounds, and nothing of them is believed."""

import json
from dataclasses import replace

import numpy as np
import pytest

from metrics.tasks import Task
from metrics.weighted import with_intervals
from mlflow_io.writing.model_tests import store
from testbench import kept
from testbench.comparison import Word
from testbench.given import Given, SampleFile
from testbench.output.stored import to_store
from testbench.paired.told import Told
from testbench.paired.written import MOST_NUMBERS, AnswersUnreadable, from_data, most_rows, to_json
from testbench.run import Asked, TestReport, run_tests
from tests.testbench.conftest import Trained
from tests.testbench.kept import files_of
from tests.testbench.test_run import QUICK, asked, heard
from tests.world import World

pytestmark = pytest.mark.usefixtures("warmed")


def a_test(model: Trained, **more: object) -> TestReport:
    test: Asked = asked(model)
    return run_tests(replace(test, settings=replace(QUICK, checks=("quality",), **more)), heard)  # type: ignore[arg-type]


def keep(world: World, report: TestReport) -> str:
    world.experiment("model_tests")
    came = SampleFile("rows.csv", "cd" * 32, report.rows, ())
    return store(world.client, world.uri, to_store(report, None, Given(labels="outcome", sample=came)), None)


@pytest.mark.parametrize("name", ["classifier", "boosted", "regressor"])
def test_the_answers_of_a_scored_model_are_those_that_its_scores_come_from(
    name: str, request: pytest.FixtureRequest
) -> None:
    report = a_test(request.getfixturevalue(name))
    assert report.told is not None
    found = from_data(json.loads(to_json(report.told)))
    scores = with_intervals(found.task, found.truth, found.answers, seed=report.settings.seed)
    for measure in report.measures:
        assert scores[measure.name].value == pytest.approx(measure.value)


def test_two_kept_tests_of_the_same_rows_are_paired(world: World, classifier: Trained) -> None:
    report = a_test(classifier)
    same, none = keep(world, report), keep(world, replace(report, told=None))
    assert (files_of(world, same) / "answers.json").exists()
    found = kept.compared(world.uri, same, same)
    assert found.pairs.rows == len(classifier.rows)
    assert {one.word for one in found.measures if one.paired} == {Word.EQUAL}
    lacking = kept.compared(world.uri, same, none)
    assert lacking.pairs.why_not == "the second test kept no answers row by row"
    (files_of(world, none) / "answers.json").write_text("[]")
    assert "the answers of the second test cannot be read" in kept.compared(world.uri, same, none).pairs.why_not


def test_so_many_are_kept_as_the_setting_says_and_none_of_what_was_not_scored(classifier: Trained) -> None:
    few, whole = a_test(classifier, kept_rows=50).told, a_test(classifier).told
    assert few is not None
    assert whole is not None
    assert (len(few), few.of) == (50, len(classifier.rows))
    assert (few.answers[0], few.answers[-1]) == pytest.approx((whole.answers[0], whole.answers[-1]))
    assert a_test(classifier, kept_rows=0).told is None
    unlabelled = replace(
        asked(classifier), labels=None, sample=classifier.rows, settings=replace(QUICK, checks=("quality",))
    )
    assert run_tests(unlabelled, heard).told is None


def test_of_many_classes_fewer_rows_are_kept() -> None:
    assert most_rows(20_000, 2) == 20_000
    assert most_rows(20_000, 1_000) * 1_000 <= MOST_NUMBERS


PLAIN = {"task": "binary", "classes": [0, 1], "of": 2, "truth": [0, 1], "answers": [0.1, 0.9]}
SEVERAL = {"task": "multiclass", "classes": ["a", "b", "c"], "of": 1, "truth": [2], "answers": [[0.2, 0.3, 0.5]]}


def test_what_was_written_is_read() -> None:
    for data in (PLAIN, SEVERAL):
        found = from_data(data)
        assert json.loads(to_json(found)) == data
    assert to_json(Told(Task.REGRESSION, (), np.array([1.5]), np.array([1.25]), 1))


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        PLAIN | {"task": "<b>"},
        PLAIN | {"truth": [0, 2]},
        PLAIN | {"truth": [0, 0.5]},
        PLAIN | {"truth": []},
        PLAIN | {"answers": [0.1]},
        PLAIN | {"answers": [[0.1], [0.2]]},
        PLAIN | {"answers": [float("nan"), 0.2]},
        PLAIN | {"of": 1},
        SEVERAL | {"answers": [[0.5, 0.5]]},
        SEVERAL | {"truth": [3]},
        SEVERAL | {"truth": [0, 1], "of": 2, "answers": [[0.2, 0.3, 0.5], [1.0]]},
    ],
)
def test_what_is_none_is_refused_in_a_sentence(data: object) -> None:
    with pytest.raises(AnswersUnreadable, match="no answers row by row: "):
        from_data(data)
