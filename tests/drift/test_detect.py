import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial import distance

from drift.detect import check, detect
from drift.errors import DriftError
from drift.policy import DriftPolicy
from drift.schema import Schema

ROOT = Path(__file__).parents[2]
DEFAULT = DriftPolicy()
WASSERSTEIN = "Wasserstein distance (normed)"
JENSEN_SHANNON = "Jensen-Shannon distance"


def only(reference, current, kind="numerical", policy=DEFAULT):
    """The verdict on one column of these values."""
    schema = Schema(**{kind: ("x",)})
    return detect(pd.DataFrame({"x": reference}), pd.DataFrame({"x": current}), schema, policy).columns[0]


@pytest.mark.parametrize(
    ("year", "drifted"),
    [
        (1998, {"yearVeh"}),
        (1999, {"yearVeh"}),
        (2000, {"yearVeh", "airbag", "abcat"}),
        (2001, {"yearVeh", "airbag", "abcat", "deploy"}),
        (2002, {"yearVeh", "airbag", "abcat", "deploy"}),
    ],
)
def test_airbags_spread_through_the_fleet(crashes, crash_schema, year, drifted):
    result = detect(crashes[1997], crashes[year], crash_schema, DEFAULT)
    assert {column.column for column in result.columns if column.drifted} == drifted
    assert result.share == len(drifted) / 11
    assert result.detected == (len(drifted) == 4)
    assert (result.reference_rows, result.current_rows) == (len(crashes[1997]), len(crashes[year]))


@pytest.fixture(scope="module")
def tables():
    """2,000 and 600 rows without a missing value or a new category: nothing that needs preparing."""
    rng = np.random.default_rng(7)
    return tuple(
        pd.DataFrame(
            {
                "amount": rng.normal(shift, 1, rows),
                "count": rng.poisson(3 + shift, rows).astype(float),
                "colour": rng.choice(["red", "green", "blue"], rows, p=[0.5 - shift / 2, 0.3 + shift / 2, 0.2]),
                "side": rng.choice(["left", "right"], rows),
            }
        )
        for rows, shift in ((2000, 0.0), (600, 0.3))
    )


SCHEMA = Schema(("amount", "count"), ("colour", "side"))


@pytest.mark.slow
@pytest.mark.parametrize("rows", [500, 2000])
def test_every_number_is_evidentlys_own(tables, rows):
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    reference, current = tables[0].head(rows), tables[1]
    definition = DataDefinition(numerical_columns=["amount", "count"], categorical_columns=["colour", "side"])
    sides = [Dataset.from_pandas(side, data_definition=definition) for side in (current, reference)]
    report = Report([DataDriftPreset()], include_tests=True).run(*sides).dict()
    values = {metric["config"].get("column"): metric for metric in report["metrics"]}
    failed = {test["name"] for test in report["tests"] if test["status"].value == "FAIL"}

    result = detect(reference, current, SCHEMA, DEFAULT)
    for column in result.columns:
        own = values[column.column]
        assert column.statistic == pytest.approx(own["value"], rel=1e-9)
        assert (column.method, column.threshold) == (own["config"]["method"], own["config"]["threshold"])
        assert column.drifted == (f"Value Drift for column {column.column}" in failed)
    assert result.drifted_columns == values[None]["value"]["count"]
    assert result.share == values[None]["value"]["share"]
    assert {type(column.statistic) for column in result.columns} == {float}


def test_small_references_get_p_values_as_scipy_has_them(tables):
    reference, current = tables[0].head(500), tables[1]
    found = {column.column: column for column in detect(reference, current, SCHEMA, DEFAULT).columns}
    assert found["amount"].method == "K-S p_value"
    assert found["amount"].statistic == pytest.approx(stats.ks_2samp(reference["amount"], current["amount"]).pvalue)
    observed = current["colour"].value_counts()
    expected = reference["colour"].value_counts()[observed.index] * len(current) / len(reference)
    assert found["colour"].method == "chi-square p_value"
    assert found["colour"].statistic == pytest.approx(stats.chisquare(observed, expected).pvalue)


def test_large_references_get_distances_as_scipy_has_them(tables):
    reference, current = tables
    found = {column.column: column for column in detect(reference, current, SCHEMA, DEFAULT).columns}
    own = stats.wasserstein_distance(reference["amount"], current["amount"]) / np.std(reference["amount"])
    assert (found["amount"].method, found["amount"].statistic) == (WASSERSTEIN, pytest.approx(own))
    shares = [side["colour"].value_counts(normalize=True).sort_index() for side in tables]
    assert found["colour"].method == JENSEN_SHANNON
    assert found["colour"].statistic == pytest.approx(distance.jensenshannon(*shares))


def test_the_policy_overrides_evidently(tables):
    policy = DriftPolicy(
        threshold=1.0,
        numerical_method="ks",
        numerical_threshold=1e-300,
        categorical_method="psi",
        categorical_threshold=0.0001,
    )
    result = detect(*tables, SCHEMA, policy)
    assert [(column.method, column.threshold, column.drifted) for column in result.columns] == [
        ("K-S p_value", 1e-300, False),
        ("K-S p_value", 1e-300, False),
        ("PSI", 0.0001, True),
        ("PSI", 0.0001, True),
    ]
    assert (result.share, result.threshold, result.detected) == (0.5, 1.0, False)


def test_a_limit_alone_keeps_evidentlys_choice_of_test(tables):
    columns = detect(*tables, SCHEMA, DriftPolicy(numerical_threshold=5.0)).columns
    assert [(column.method, column.threshold) for column in columns[:3:2]] == [
        (WASSERSTEIN, 5.0),
        (JENSEN_SHANNON, 0.1),
    ]


def test_evidentlys_own_errors_come_through(tables):
    with pytest.raises(ValueError, match="No stattest found of name nope") as caught:
        detect(*tables, SCHEMA, DriftPolicy(numerical_method="nope"))
    assert not isinstance(caught.value, DriftError)


@pytest.mark.parametrize(
    ("reference", "current", "drifted", "note"),
    [
        ([1.0, 2.0], [None, None], True, "all values are missing in the batch"),
        ([None, None], [1.0, 2.0], True, "all values are missing in the reference"),
        ([None, None], [None, np.inf], None, "all values are missing in both; 1 infinite value counts as missing"),
        ([1.0, 2.0], [np.inf, -np.inf], True, "all values are missing in the batch; 2 infinite values count as"),
        ([2.0**60, 2.0**60 + 4096], [2.0**60], None, "not tested: values too large or too close together"),
        ([1e308, -1e308, 0], [1.0, 2.0], None, "not tested: values too large or too close together"),
    ],
)
def test_a_column_that_cannot_be_tested_never_reaches_evidently(reference, current, drifted, note):
    reference = pd.DataFrame({"x": [*reference, *[None] * (3 - len(reference))], "y": ["a", "b", "c"]})
    current = pd.DataFrame({"x": [*current, *[None] * (3 - len(current))], "y": ["a", "b", "c"]})
    result = detect(reference, current, Schema(("x",), ("y",)), DEFAULT)
    found = result.columns[0]
    assert (found.method, found.statistic, found.threshold, found.drifted) == (None, None, None, drifted)
    assert found.note.startswith(note)
    assert (result.drifted_columns, result.total_columns) == (int(drifted is True), 1 if drifted is None else 2)


@pytest.mark.parametrize("schema", [Schema(), Schema(("x",)), Schema((), ("x",))])
def test_without_a_verdict_there_is_no_number(schema):
    nothing = pd.DataFrame({"x": [None, None]})
    with pytest.raises(DriftError, match=r"no column can be compared: "):
        check(nothing, nothing, schema, DEFAULT)


RNG = np.random.default_rng(11)
MANY = RNG.normal(size=1500)
FEW = RNG.normal(size=80)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(
    ("reference", "current", "kind", "method", "drifted", "note"),
    [
        (FEW, FEW[:1], "numerical", "K-S p_value", False, "only one value in the batch"),
        (FEW[:1], FEW, "numerical", "K-S p_value", False, "only one value in the reference"),
        (list("abc") * 20, ["a"], "categorical", "chi-square p_value", False, "only one value in the batch"),
        ([1.0] * 1500, [1.0] * 9, "numerical", JENSEN_SHANNON, False, "constant in both"),
        ([1.0] * 50, [2.0] * 50, "numerical", "Z-test p_value", True, "constant in both, with different values"),
        ([1.0] * 1500, MANY, "numerical", WASSERSTEIN, True, "constant in the reference"),
        (MANY, [0.0] * 50, "numerical", WASSERSTEIN, True, "constant in the batch"),
        (list("ab") * 50, list("abcd") * 25, "categorical", "chi-square p_value", True, "2 new categories: 'c', 'd'"),
        (list("ab") * 50, ["a", "b\n" * 99], "categorical", "chi-square p_value", True, "1 new category: 'b\\nb\\nb"),
        (list("ab") * 999, list("ab") * 99 + ["c"], "categorical", JENSEN_SHANNON, False, "1 new category: 'c'"),
        (FEW, [*FEW, np.inf], "numerical", "K-S p_value", False, "1 infinite value counts as missing in the batch"),
        (
            MANY / 1e5,
            FEW / 1e5 + 5e-5,
            "numerical",
            WASSERSTEIN,
            False,
            "standard deviation 1e-05 is below Evidently's",
        ),
        ([1.0, 2.0, None] * 30, [1, 2] * 30, "categorical", "Z-test p_value", False, ""),
        ([str(value) for value in FEW], FEW, "numerical", "K-S p_value", False, ""),
    ],
)
def test_odd_columns_get_a_verdict_and_a_note(reference, current, kind, method, drifted, note):
    found = only(reference, current, kind)
    assert (found.method, found.drifted) == (method, drifted)
    assert found.note.startswith(note) if note else found.note == ""


def missing(before, after, rows=100):
    """The rows of one column whose values are as before, so many percent of them missing."""
    sides = ([1.0, 2.0] * (rows * (100 - share) // 200) + [None] * (rows * share // 100) for share in (before, after))
    reference, current = (pd.DataFrame({"x": side}) for side in sides)
    return detect(reference, current, Schema(("x",)), DEFAULT)


@pytest.mark.parametrize(("before", "after", "jumped"), [(0, 10, True), (50, 80, True), (80, 0, True), (50, 60, False)])
def test_missing_values_jump_by_ten_points_beyond_chance(before, after, jumped):
    result = missing(before, after)
    left = 100 - max(before, after)
    assert [(row.method, row.drifted) for row in result.columns] == [
        ("Z-test p_value", False if left >= 30 else None),  # twenty values tell nothing
        *[("change of missing share", True)] * jumped,
    ]
    assert (result.drifted_columns, result.total_columns, result.detected) == (int(jumped), 1, jumped)


def test_a_jump_row_says_from_where_to_where():
    row = missing(20, 90, rows=1000).columns[1]
    assert (row.column, row.statistic, row.threshold, row.note) == (
        "x",
        0.7,
        0.1,
        "missing values rose from 20% to 90%",
    )
    assert missing(50, 60, rows=10_000).columns[1].note == "missing values rose from 50% to 60%"
    assert len(missing(50, 58, rows=100_000).columns) == 1


def test_a_column_that_drifted_both_ways_counts_once():
    result = detect(
        pd.DataFrame({"x": [1.0, 2.0] * 50}),
        pd.DataFrame({"x": [7.0, 8.0] * 50 + [None] * 100}),
        Schema(("x",)),
        DEFAULT,
    )
    assert [row.drifted for row in result.columns] == [True, True]
    assert (result.drifted_columns, result.total_columns, result.share) == (1, 1, 1.0)


@pytest.mark.parametrize(("reference", "batch"), [(29, 400), (400, 29)])
def test_below_the_minimum_of_rows_there_is_no_verdict(tables, reference, batch):
    few = detect(tables[0].head(reference), tables[1].head(batch), SCHEMA, DEFAULT)
    assert (few.detected, few.too_few_rows) == (None, True)
    enough = detect(tables[0].head(reference), tables[1].head(batch), SCHEMA, DriftPolicy(min_rows=29))
    assert enough.detected in {True, False}
    assert enough.columns == few.columns


def test_a_test_without_a_number_is_no_verdict(tables):
    reference, current = (side.assign(same="1") for side in tables)
    schema = Schema(("amount",), ("same",))
    result = detect(reference, current, schema, DriftPolicy(categorical_method="chisquare"))
    assert (result.columns[1].drifted, result.total_columns) == (None, 1)
    assert result.columns[1].note == "chi-square p_value gave no number (nan); constant in both"


def test_thousands_of_new_categories():
    found = only([f"a{i}" for i in range(5000)], [f"b{i}" for i in range(5000)], "categorical")
    assert found.drifted is True
    assert found.statistic == pytest.approx(np.sqrt(np.log(2)))
    assert found.note == "5,000 new categories: 'b0', 'b1', 'b10', …"


def test_names_and_rows_that_evidently_knows_otherwise(tables):
    names = ["target", "prediction", "id", "datetime"]
    reference = tables[0].set_axis(names, axis=1).set_axis([0] * 2000)
    current = tables[1].set_axis(names, axis=1).set_axis(pd.date_range("2024", periods=600))
    result = detect(reference, current, Schema(("target", "prediction"), ("id", "datetime")), DEFAULT)
    plain = detect(*tables, SCHEMA, DEFAULT)
    assert [column.statistic for column in result.columns] == pytest.approx([c.statistic for c in plain.columns])


def test_ignored_columns_are_listed(tables):
    result = detect(tables[0], tables[1].assign(added=1), SCHEMA, DEFAULT)
    assert result.ignored == ("added",)


@pytest.mark.slow
def test_evidently_is_not_imported_before_it_is_needed():
    code = "import sys, drift.detect, drift.__main__; sys.exit('evidently' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_column_of_few_values_gets_no_verdict_however_many_rows_there_are() -> None:
    sparse = [0.0, 1.0, 0.5, 0.5, 0.5, *[None] * 295]
    reference = pd.DataFrame({"full": range(300), "sparse": sparse})
    current = pd.DataFrame({"full": range(300), "sparse": [value and value + 8 for value in sparse]})
    result = detect(reference, current, Schema(numerical=("full", "sparse")), DriftPolicy())
    full, few = result.columns
    assert (full.drifted, few.drifted, result.total_columns) == (False, None, 1)
    assert few.note.startswith("too few values to tell: 5 in the reference and 5 in the batch, at least 30 are needed")


@pytest.mark.slow
@pytest.mark.parametrize(
    "policy", [DriftPolicy(), DriftPolicy(numerical_method="psi", categorical_method="jensenshannon")]
)
@pytest.mark.parametrize("rows", [40, 400, 3_000])
def test_the_result_alone_is_that_of_the_whole_check(rows: int, policy: DriftPolicy) -> None:
    """Numbers, few and many values, gaps, constants, infinity, new categories, truth values; with and without drift."""
    generator = np.random.default_rng(rows)
    reference = pd.DataFrame(
        {
            "normal": generator.normal(0, 1, rows),
            "skewed": generator.lognormal(3, 1, rows),
            "few": generator.integers(0, 4, rows),
            "whole": generator.integers(0, 900, rows),
            "constant": 1.0,
            "word": generator.choice(["a", "b", "c"], rows),
            "yes": generator.random(rows) < 0.3,
        }
    )
    current = reference.sample(frac=0.8, random_state=1).reset_index(drop=True)
    current["skewed"] = current["skewed"] * 1.2
    current.loc[::3, "normal"] = np.nan
    current.loc[1, "whole"] = 10**6
    current.loc[::5, "word"] = "new"
    schema = Schema(("normal", "skewed", "few", "whole", "constant"), ("word", "yes"))
    assert detect(reference, current, schema, policy) == check(reference, current, schema, policy).result
