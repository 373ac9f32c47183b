"""What the bench says of how features move a model: sentences, tables and figures, of models in the real child."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from xgboost import XGBClassifier

from sandbox.session import open_model
from sandbox.warm import WarmParent
from testbench.charts import explain as charts
from testbench.checks.explain import NAME, OTHERS, ExplainSettings, explain
from testbench.findings import Finding, State, Table
from testbench.subject import Subject

RNG = np.random.default_rng(8)
ROWS = pd.DataFrame(
    {
        "age": RNG.normal(45, 12, 300),
        "noise": RNG.normal(0, 1, 300),
        "region": RNG.choice(["north", "<b>south</b>", "west"], 300),
    }
)
ILL = np.where((ROWS["age"] > 45) | (ROWS["region"] == "west"), "ill", "well")
SETTINGS = ExplainSettings(budget_s=60)


@contextmanager
def subject_of(
    folder: Path, model: Any, rows: pd.DataFrame, warm: WarmParent, positive: str | None = None
) -> Iterator[Subject]:
    cloudpickle.register_pickle_by_value(__import__(__name__, fromlist=["_"]))
    (folder / "model.pkl").write_bytes(cloudpickle.dumps(model))
    with Subject(lambda: open_model(folder / "model.pkl", warm=warm), rows, positive=positive) as subject:
        yield subject


def found(
    folder: Path, model: Any, warm: WarmParent, rows: pd.DataFrame = ROWS, settings: ExplainSettings = SETTINGS
) -> Finding:
    with subject_of(folder, model, rows, warm) as subject:
        return explain(subject, rows, settings, seed=1)


def forest() -> Any:
    coded = ColumnTransformer([("codes", OneHotEncoder(), ["region"])], remainder="passthrough")
    return make_pipeline(coded, RandomForestClassifier(20, max_depth=4, random_state=0)).fit(ROWS, ILL)


def test_what_moves_a_forest(tmp_path: Path, warm: WarmParent) -> None:
    model = forest()
    said = found(tmp_path, model, warm, settings=replace(SETTINGS, row=7))
    assert (said.check, said.state) == (NAME, State.DONE)
    moves = "What moves the probability of the class 'well' most on 200 rows, by mean |SHAP|: age ("
    assert said.sentence.startswith(moves)
    importance, values, waterfall = said.tables
    assert [row[0] for row in importance.rows] == ["age", "region", "noise"]
    assert all(low < mean < high for _, mean, low, high in importance.rows)

    frame = pd.DataFrame(values.rows, columns=list(values.columns))
    assert len(frame) == 200 * 3
    for name, mean, *_ in importance.rows:
        part = frame[frame["Feature"] == name]
        assert part["SHAP value"].abs().mean() == pytest.approx(mean)
        assert part["Value"].tolist() == ROWS[name].iloc[part["Row"] - 1].tolist()

    assert waterfall.name == "Row 8: the probability of the class 'well'"
    first, *steps, last = waterfall.rows
    assert (first[0], last[0]) == ("Base", "Output")
    assert first[2] + sum(step[2] for step in steps) == pytest.approx(last[2])
    assert last[2] == pytest.approx(model.predict_proba(ROWS.iloc[[7]])[0, 1])
    assert {step[0]: step[1] for step in steps} == ROWS.iloc[7].to_dict()

    measures = {measure.name: measure.value for measure in said.measures}
    assert measures["explained_rows"] == 200
    assert measures["additivity_error"] < 1e-9
    assert measures["importance_order"] == 1.0
    assert said.notes[0].startswith("shap's TreeExplainer")
    assert "rank correlation 1.00" in " ".join(said.notes)
    assert "200 rows explained, in" in said.notes[1]


def test_the_class_that_is_explained_is_said(tmp_path: Path, warm: WarmParent) -> None:
    numbers = ROWS[["age", "noise"]]
    boosted = XGBClassifier(n_estimators=5)
    two = found(tmp_path, boosted.fit(numbers, ILL == "ill"), warm, numbers)
    assert "moves the log-odds of the class '1' most" in two.sentence
    several = boosted.fit(numbers, pd.cut(numbers["age"], 3, labels=False))
    said = found(tmp_path, several, warm, numbers)
    assert "the log-odds of the class that is predicted" in said.sentence
    predicted = several.predict(numbers.iloc[:1])[0]
    assert said.tables[2].name == f"Row 1: the log-odds of the class '{predicted}'"


@pytest.mark.parametrize("kind", ["probability", "log-odds"])
def test_the_class_that_was_chosen_is_explained(tmp_path: Path, warm: WarmParent, kind: str) -> None:
    numbers = ROWS[["age", "noise"]]
    kinds = {"probability": RandomForestClassifier(20, random_state=0), "log-odds": XGBClassifier(n_estimators=5)}
    model = kinds[kind].fit(numbers, (ILL == "ill").astype(int))
    chances = model.predict_proba(numbers.iloc[:1])[0]
    for chosen, chance in zip(("0", "1"), chances, strict=True):
        with subject_of(tmp_path, model, numbers, warm, chosen) as subject:
            said = explain(subject, numbers, SETTINGS, seed=1)
        assert f"moves the {kind} of the class '{chosen}' most" in said.sentence
        waterfall = said.tables[2]
        assert waterfall.name == f"Row 1: the {kind} of the class '{chosen}'"
        *steps, last = [row[2] for row in waterfall.rows]
        assert sum(steps) == pytest.approx(last, abs=1e-4)
        assert last == pytest.approx(chance if kind == "probability" else np.log(chance / (1 - chance)), abs=1e-4)


def test_a_row_that_is_not_there_is_said_not_to_be(tmp_path: Path, warm: WarmParent) -> None:
    said = found(tmp_path, forest(), warm, settings=replace(SETTINGS, rows=20, row=499))
    assert said.notes[0] == "row 500 was to be told alone, and there are 300: the last one is"
    assert said.tables[2].name.startswith("Row 300: ")


def test_a_regression_is_explained_by_walks_and_says_why(tmp_path: Path, warm: WarmParent) -> None:
    numbers = ROWS[["age", "noise"]].set_axis([0, 1], axis=1)
    model = LinearRegression().fit(numbers.to_numpy(), 3 * numbers[0])
    said = found(tmp_path, model, warm, numbers)
    assert said.sentence.startswith("What moves the prediction most on 200 rows, by mean |SHAP|: 0 (")
    assert "between the row and 50 other rows of the data" in said.notes[0]
    assert "because a LinearRegression is not made of trees" in said.notes[0]
    assert "whether the order of the features holds is not known" in said.notes[2]


def test_a_model_that_nothing_moves(tmp_path: Path, warm: WarmParent) -> None:
    said = found(tmp_path, DummyClassifier().fit(ROWS, ILL), warm)
    assert said.sentence == "No feature moves the probability of the class 'well' on 200 rows."
    for figure in (
        charts.importance(said.tables[0]),
        charts.beeswarm(said.tables[1]),
        charts.waterfall(said.tables[2]),
    ):
        assert figure.to_json()


class Slow:
    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        time.sleep(0.5 * len(rows))
        return rows["age"].to_numpy()


class Odd:
    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        if len(rows) > 300:
            raise OverflowError("that is too many")
        return rows["age"].to_numpy()


def test_a_model_that_cannot_be_explained_says_so_in_its_own_words(tmp_path: Path, warm: WarmParent) -> None:
    slow = found(tmp_path, Slow(), warm, ROWS[:3], ExplainSettings(budget_s=1))
    assert slow.state is State.FAILED
    assert "it is too slow to be explained" in slow.sentence
    odd = found(tmp_path, Odd(), warm)
    assert odd.state is State.FAILED
    assert odd.sentence.endswith("OverflowError: that is too many")
    assert found(tmp_path, forest(), warm, ROWS, replace(SETTINGS, rows=1)).state is State.DONE


def test_no_rows(tmp_path: Path, warm: WarmParent) -> None:
    with subject_of(tmp_path, forest(), ROWS, warm) as subject:
        assert explain(subject, ROWS[:0], SETTINGS, seed=1).state is State.SKIPPED


def test_of_many_features_the_first_are_told_and_the_others_put_together(tmp_path: Path, warm: WarmParent) -> None:
    wide = pd.DataFrame(RNG.normal(size=(80, 30)), columns=[f"c{place}" for place in range(30)])
    model = LinearRegression().fit(wide, wide @ np.arange(1.0, 31))
    importance, values, waterfall = found(tmp_path, model, warm, wide).tables
    assert len(importance.rows) == 30
    assert len({row[1] for row in values.rows}) == 20
    assert [row[0] for row in waterfall.rows[-2:]] == [OTHERS, "Output"]
    assert sum(row[2] for row in waterfall.rows[:-1]) == pytest.approx(waterfall.rows[-1][2])


# Figures


VALUES = Table(
    "SHAP values",
    ("Row", "Feature", "Value", "SHAP value"),
    (
        *((row, "<i>age", float(row), row / 10) for row in range(1, 11)),
        *((row, "region", "<b>n" if row < 5 else None, -0.1) for row in range(1, 11)),
    ),
)


def test_a_swarm_has_a_point_for_each_row_and_shows_values_by_rank() -> None:
    figure = charts.beeswarm(VALUES)
    age, region = figure.data
    assert list(age.x) == [row / 10 for row in range(1, 11)]
    assert list(age.y) == [0.0] * 10  # none is in another's way
    assert list(age.marker.color) == sorted(age.marker.color)
    assert isinstance(region.marker.color, str)
    assert len(set(region.y)) == 10
    assert np.abs(np.array(region.y) - 1).max() == pytest.approx(charts.SPREAD)
    assert list(figure.layout.yaxis.ticktext) == ["&lt;i&gt;age", "region"]
    assert "<b>" not in figure.to_json().replace("\\u003c", "<")


def test_the_least_value_is_always_blue_and_the_greatest_red() -> None:
    """However many rows have it, truth values too."""
    for values in ([0, 0, 0, 1], [0, 1, 1, 1], [False, True, True, True]):
        rows = tuple((row, "smokes", value, 0.1) for row, value in enumerate(values, 1))
        (points,) = charts.beeswarm(replace(VALUES, rows=rows)).data
        assert list(points.marker.color) == [float(value) for value in values]


def test_dependence_leaves_out_what_is_missing() -> None:
    numbers = charts.dependence(VALUES, "<i>age")
    assert numbers.layout.xaxis.type == "linear"
    assert list(numbers.data[0].x) == list(range(1, 11))
    texts = charts.dependence(VALUES, "region")
    assert texts.layout.xaxis.type == "category"
    assert list(texts.data[0].x) == ["&lt;b&gt;n"] * 4


def test_a_waterfall_ends_at_the_output() -> None:
    steps = (("Base", None, 0.4), ("age", 40.0, 0.3), ("region", "west", -0.1), ("Output", None, 0.6))
    name = "Row 1: the log-odds of the class '<b>'"
    figure = charts.waterfall(Table(name, ("Feature", "Value", "SHAP value"), steps))
    drawn, ends = figure.data
    assert (drawn.base, list(drawn.x), list(drawn.measure)) == (0.4, [0.3, -0.1], ["relative", "relative"])
    assert list(drawn.y) == ["age = 40", "region = west"]
    assert (ends.mode, list(ends.x), list(ends.y)) == ("markers", [0.4, 0.6], ["Base", "Output"])
    assert list(figure.layout.yaxis.categoryarray) == ["Base", "age = 40", "region = west", "Output"]
    assert [note.text for note in figure.layout.annotations] == ["0.4000", "+0.300", "−0.100", "0.6000"]
    low, high = figure.layout.xaxis.range
    assert (
        figure.layout.xaxis.title.text
        == "the log-odds of the class &#x27;&lt;b&gt;&#x27;: red raises it, blue lowers it"
    )
    assert low < 0.4
    assert high > 0.7


def test_bars_keep_features_apart_whose_names_begin_alike() -> None:
    rows = tuple((f"{'x' * 40}{place}", 1.0 - place / 10, 0.1, 1.5) for place in range(3))
    figure = charts.importance(Table("Importance", ("Feature", "Mean |SHAP|", "low", "high"), rows))
    assert len(set(figure.data[0].y)) == 3
