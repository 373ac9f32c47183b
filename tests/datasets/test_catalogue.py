"""What an editor is told of an ``experiment.toml``."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from batch_zero.errors import SettingsError
from datasets.catalogue import TOML_NAME, load, shipped
from datasets.experiment_file import schema
from lifecycle.experiment import Experiment
from tests.conftest import ROOT

FILE = ROOT / "examples" / "experiment.schema.json"


def test_the_schema_for_editors_is_the_one_of_today() -> None:
    assert FILE.read_text("utf-8") == schema(), "run `make schema`"


@pytest.mark.parametrize("name", shipped(ROOT / "examples"))
def test_every_experiment_that_ships_fits_the_schema_and_names_it(name: str) -> None:
    file = ROOT / "examples" / name / TOML_NAME
    text = file.read_text("utf-8")
    jsonschema.validate(tomllib.loads(text), json.loads(FILE.read_text("utf-8")))
    named = text.partition("\n")[0].removeprefix("#:schema ")
    assert (file.parent / named).resolve() == FILE


def test_the_schema_knows_a_misspelt_name() -> None:
    content = tomllib.loads((ROOT / "examples" / shipped(ROOT / "examples")[0] / TOML_NAME).read_text("utf-8"))
    with pytest.raises(jsonschema.ValidationError, match="drift_shre"):
        jsonschema.validate(content | {"thresholds": {"drift_shre": 0.3}}, json.loads(schema()))


TOML = """
title = "Prices"
description = "Of flats."
[mlflow]
model = "Prices"
drift_experiment = "Drift"
gate_experiment = "Gate"
[data]
target = "price"
{data}
[features]
{more}
"""


def chosen(folder: Path, more: str = "", data: str = "") -> Experiment:
    (folder / TOML_NAME).write_text(TOML.format(more=more, data=data), "utf-8")
    return load(str(folder), ROOT / "examples", ())


def test_without_a_word_the_scores_are_those_of_the_documents(tmp_path: Path) -> None:
    experiment = chosen(tmp_path)
    assert [score.name for score in experiment.scores.shown] == ["auc", "f1", "precision", "recall"]
    assert (experiment.gate.score.name, experiment.gate.min_gain, experiment.gate.max_loss) == ("auc", 0.0, 0.02)


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ('task = "regression"', ["rmse", "mae", "r2"]),
        ('task = "multiclass"\nclasses = ["a", "b", "c"]', ["auc", "f1", "precision", "recall", "accuracy"]),
    ],
)
def test_each_task_has_its_usual_scores(tmp_path: Path, data: str, shown: list[str]) -> None:
    assert [score.name for score in chosen(tmp_path, data=data).scores.shown] == shown


def test_several_classes_have_no_roc_curve(tmp_path: Path) -> None:
    several = 'task = "multiclass"\nclasses = ["a", "b", "c"]'
    for more in ("", '[scores]\nshown = ["auc", "f1"]', '[scores]\nprimary = "auc"'):
        assert not chosen(tmp_path, more, data=several).scores.has_roc
        assert chosen(tmp_path, more).scores.has_roc


def test_scores_are_chosen_by_name(tmp_path: Path) -> None:
    experiment = chosen(tmp_path, '[scores]\nprimary = "rmse"\nshown = ["mae", "rmse"]')
    assert [score.name for score in experiment.scores.shown] == ["mae", "rmse"]
    assert (experiment.gate.score.name, experiment.gate.max_loss) == ("rmse", 0.0)
    assert [score.name for score in chosen(tmp_path, '[scores]\nprimary = "rmse"').scores.shown] == ["rmse"]


def test_a_score_of_ones_own_is_declared(tmp_path: Path) -> None:
    own = '[scores]\nprimary = "cost_per_case"\nshown = ["cost_per_case", "auc"]\n[scores.cost_per_case]\n'
    score = chosen(tmp_path, f'{own}direction = "lower"\nlow = 0\ndecimals = 1').scores.primary
    assert (score.label, score.higher_is_better, score.low, score.high) == ("Cost per case", False, 0.0, None)
    assert score.text(1234.56) == "1,234.6"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[scores]\nprimary = "rsme"', r"\[scores\] primary: got 'rsme', expected one of auc"),
        ('[scores]\nshown = ["auc", "auc"]', "'auc' stands in it twice"),
        ('[scores]\nprimry = "auc"', "got 'primry', expected one of primary, shown"),
        ("[scores.cost]\nlow = 0", r"toml: \[scores.cost\] direction: got nothing, expected higher or lower"),
        ('[scores.cost]\ndirection = "up"', r"toml: \[scores.cost\] direction: got 'up', expected higher or lower"),
        ('[scores.cost]\ndirection = "lower"\nlow = inf', r"toml: \[scores.cost\] low: got inf, expected a number"),
        ('[scores.cost]\ndirection = "lower"\nlabl = "C"', r"toml: \[scores.cost\]: got 'labl', expected one of dir"),
        (
            '[scores.cost]\ndirection = "lower"\nlow = 1\nhigh = 0',
            r"toml: \[scores.cost\] low: got 1, expected less than",
        ),
        (f'[scores.cost]\ndirection = "lower"\nlabel = "{"x" * 61}"', "expected one line of up to 60 characters"),
        ('[scores.cost]\ndirection = "lower"\nlabel = "a\\u202eb"', "expected one line of up to 60 characters"),
        ('[scores.cost]\ndirection = "lower"\nlabel = "a\\nb"', "expected one line of up to 60 characters"),
        ('[scores.auc]\ndirection = "lower"', r"\[scores.auc\]: name: got 'auc', expected small letters"),
        ('[scores."a b"]\ndirection = "lower"', "got 'a b', expected small letters"),
        (
            '[scores]\nprimary = "rmse"\n[thresholds]\nmin_auc_change = 0.1',
            "the primary score is 'rmse'; name it min_gain",
        ),
        ("[thresholds]\nmin_gain = 0.1\nmin_auc_change = 0.1", "got min_gain and min_auc_change, expected one of them"),
        ("[thresholds]\nmax_loss = -1", "max_loss: got -1, expected 0 or more"),
    ],
)
def test_scores_that_cannot_be_are_refused_with_what_is_valid(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        chosen(tmp_path, more)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ('task = "multiclass"', "classes: got nothing, expected the labels of a target with task = 'multiclass'"),
        ('classes = ["a", "b"]', r"classes: got \['a', 'b'\], expected none with task = 'binary'"),
        ('task = "multiclass"\nclasses = ["a"]', "classes: got .*, expected a list of two labels or more"),
        (
            'task = "multiclass"\nclasses = [0, "0", 1, 2]',
            r"\[data\] classes: got 0 and '0', which are one label, expected each once",
        ),
        ('task = "multiclass"\nclasses = [true, 1, false]', "classes: got True and 1, which are one label"),
        ('task = "multiclass"\nclasses = [1, 1]', "classes: got 1 and 1, which are one label"),
        ('task = "multiclass"\nclasses = ["a", "b", "a"]', "classes: got 'a' and 'a', which are one label"),
        ('task = "multiclass"\nclasses = ["1.50", 1.5]', "classes: got '1.50' and 1.5, which are one label"),
        ('task = "regression"\npositive = 1', "positive: got 1, expected none with task = 'regression'"),
        ('task = "ranking"', "task: got 'ranking', expected binary, multiclass or regression"),
    ],
)
def test_a_task_that_does_not_fit_its_labels_is_refused(tmp_path: Path, data: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        chosen(tmp_path, data=data)
