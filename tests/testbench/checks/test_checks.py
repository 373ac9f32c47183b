"""What each check says of models that are well, and of ones that are not."""

import os
import warnings
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from drift.detect import detect
from drift.policy import DriftPolicy
from drift.schema import Schema as DriftSchema
from metrics.tasks import Task, score
from sandbox.session import open_model
from sandbox.warm import WarmParent
from testbench.checks import slices
from testbench.checks.alarms import alarms
from testbench.checks.classes import BadPositive
from testbench.checks.latency import LatencySettings, latency
from testbench.checks.quality import quality
from testbench.checks.robustness import robustness
from testbench.checks.simulation import MOVES, SimulationSettings, simulation
from testbench.checks.works import ESSENTIAL, PROBES, works
from testbench.findings import Finding, State
from testbench.schema.detect import from_sample
from testbench.subject import Subject
from tests.testbench.checks.conftest import Opened
from tests.testbench.checks.odd_models import answering, shaped
from tests.testbench.conftest import Trained

ROWS = pd.DataFrame({"x": np.linspace(0, 1, 60), "y": np.arange(60.0)})


def table(finding: Finding, name: str) -> list[tuple]:
    return [row for each in finding.tables if each.name == name for row in each.rows]


def measured(finding: Finding) -> dict:
    return {measure.name: measure for measure in finding.measures}


def test_times_and_memory_are_those_of_a_process_that_shares_nothing(classifier: Trained, warm: WarmParent) -> None:
    def parent(subject: Subject) -> int:
        child = subject.session._child
        assert child is not None
        return child.parent

    alone = partial(open_model, classifier.path)
    with Subject(partial(alone, warm=warm), classifier.rows.iloc[:5], alone) as subject:
        assert parent(subject) != os.getpid()
        found = measured(latency(subject, classifier.rows, LatencySettings(sizes=(1,), calls=20)))
        assert parent(subject) == os.getpid()
        assert found["start_ms"].value == subject.start_s * 1_000
        assert found["peak_memory_mb"].value <= subject.peak_mb


@pytest.mark.parametrize("name", ["classifier", "boosted", "regressor"])
def test_a_model_that_is_well_passes_all_its_checks(name: str, opened: Opened, request) -> None:
    model: Trained = request.getfixturevalue(name)
    finding = works(opened(model.path, model.rows), model.rows)
    assert finding.state is State.DONE
    assert [row for row in table(finding, "Checks of the answers") if not row[1]] == []
    assert len(table(finding, "Checks of the answers")) == len(PROBES)


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ("X['x'].where(X['x'] > 0.1)", "probabilities from 0 to 1"),
        ("X['x'] + 2", "probabilities from 0 to 1"),
        ("X['x'] * np.nan", "probabilities from 0 to 1"),
        ("X['x'] * 0 + 1e308", "probabilities from 0 to 1"),
        ("np.random.default_rng().random(len(X))", "the same answer when asked again"),
        ("np.clip(X['x'] + 0.3 / len(X), 0, 1)", "the same answer row by row"),
    ],
)
def test_what_is_wrong_with_the_answers_is_named(answers: str, wrong: str, odd) -> None:
    finding = works(odd(answering(answers), ROWS), ROWS)
    found = {name: said for name, passed, said in table(finding, "Checks of the answers") if not passed}
    assert wrong in found
    assert wrong in finding.sentence
    assert finding.state is (State.FAILED if wrong in ESSENTIAL else State.DONE)
    assert measured(finding)["answer_checks_failed"].value == len(found)


@pytest.mark.parametrize(("columns", "classes"), [(0, 2), (1, 2), (3, 2), (2, 3), (0, None), (1, None)])
def test_what_is_no_distribution_over_the_classes_is_no_probability(columns: int, classes: int | None, odd) -> None:
    subject = odd(shaped(columns, classes), ROWS)
    finding = works(subject, ROWS)
    assert finding.state is State.FAILED
    said = {row[0]: row[2] for row in table(finding, "Checks of the answers")}["probabilities from 0 to 1"]
    assert said.startswith(f"predict_proba gives {max(columns, 1)} number")
    assert said.endswith(f"one for each of its {classes} classes" if classes else "one for each class")
    labels = pd.Series(subject.answers(ROWS).labels)
    if classes:
        scores = quality(subject, ROWS, labels, seed=0)
        assert scores.state is State.DONE
        assert measured(scores)["accuracy"].low == pytest.approx(0.025 ** (1 / 60))
        assert not {"auc", "pr_auc", "log_loss", "brier"} & set(measured(scores))
        assert any(note.startswith("AUC is not known: predict_proba gives") for note in scores.notes)


def test_a_call_takes_as_long_as_it_takes(odd) -> None:
    """Two milliseconds of sleep, whatever the number of rows: measured from outside, by a model that says so."""
    subject = odd(answering("[time.sleep(0.002), X['x']][1]"), ROWS)
    finding = latency(subject, ROWS, LatencySettings(sizes=(1, 100), calls=60, warm_up=5, budget_s=5))
    found = measured(finding)
    for name in ("latency_p50_ms", "latency_p50_ms_batch_100"):
        assert 2.0 <= found[name].value <= 6.0
        assert found[name].low <= found[name].value <= found[name].high
    assert found["throughput_batch_100"].value > 10 * found["throughput"].value
    assert found["peak_memory_mb"].value > 20
    assert [row[:2] for row in table(finding, "Latency")] == [(1, 60), (100, 60)]
    assert (found["throughput"].calls, found["throughput"].rows) == (60, None)
    assert "the data has 60 rows: of more at once, they repeat" in finding.notes


def test_a_budget_ends_the_timing_and_says_how_few_calls_there_were(odd) -> None:
    subject = odd(answering("[time.sleep(0.05), X['x']][1]"), ROWS)
    finding = latency(subject, ROWS, LatencySettings(sizes=(10,), calls=1_000, warm_up=20, budget_s=0.3))
    assert 3 <= table(finding, "Latency")[0][1] <= 6
    assert table(finding, "Latency")[0][12] == 1  # of the warm-up
    lacking = [
        f"of the {word}, which takes {calls} calls, with 10 rows at once"
        for word, calls in (("median", 6), ("95th percentile", 72), ("99th percentile", 368))
    ]
    said = f"too few calls were timed for an upper end {', and '.join(lacking)}: there, it is hardly known"
    assert said in finding.notes
    assert measured(finding)["latency_p95_ms_batch_10"].high is None


def test_one_row_at_once_has_calls_enough_beyond_the_budget(odd) -> None:
    subject = odd(answering("[time.sleep(0.02), X['x']][1]"), ROWS)
    finding = latency(subject, ROWS, LatencySettings(sizes=(1,), calls=1_000, budget_s=0.1))
    assert table(finding, "Latency")[0][1] == 72 + 2  # of the 20 of the warm-up, a fifth at most
    p50, p95, p99 = (measured(finding)[f"latency_{name}_ms"] for name in ("p50", "p95", "p99"))
    assert p50.low <= p50.value <= p50.high
    assert p95.value <= p95.high
    assert p99.high is None


def test_a_percentile_with_a_limit_is_timed_until_both_of_its_ends_are_known(odd) -> None:
    subject = odd(answering("[time.sleep(0.002), X['x']][1]"), ROWS)
    settings = LatencySettings(sizes=(1, 10), calls=1_000, warm_up=5, budget_s=0.1)
    found = measured(latency(subject, ROWS, settings, [(10, 0.99)]))
    assert found["latency_p99_ms"].high is None
    assert found["latency_p99_ms_batch_10"].low <= found["latency_p99_ms_batch_10"].value
    assert found["latency_p99_ms_batch_10"].value <= found["latency_p99_ms_batch_10"].high


def test_a_crash_is_a_result_with_its_message_and_never_0_ms(odd) -> None:
    subject = odd(answering("X['x'] if len(X) < 100 else os._exit(3)"), ROWS)
    finding = latency(subject, ROWS, LatencySettings(sizes=(1, 1_000), calls=20, warm_up=2, budget_s=1))
    assert [row[0] for row in table(finding, "Latency")] == [1]
    assert any("with 1,000 rows at once it gives no answer" in note for note in finding.notes)
    assert "latency_p50_ms_batch_1000" not in measured(finding)


def test_odd_cells_and_tables_are_answered_refused_or_broken_over(odd) -> None:
    code = "X['x'].fillna(0.5).clip(0, 1) if not np.isinf(X['y']).any() else os._exit(3)"
    finding = robustness(odd(answering(code), ROWS), ROWS, from_sample(ROWS))
    cells = {
        (row[0], case): outcome
        for row in table(finding, "Odd cells")
        for case, outcome in zip(CASES, row[1:], strict=True)
    }
    assert cells["x", "missing"] == cells["x", "out of range"] == "answers"
    assert cells["y", "infinity"] == "breaks"
    assert cells["x", "wrong type"] == "refuses"
    assert cells["x", "unseen category"] is None
    outcomes = [outcome for outcome in cells.values() if outcome] + [row[1] for row in table(finding, "Odd tables")]
    wrong = sum(outcome != "answers" for outcome in outcomes)
    assert measured(finding)["error_rate"].value == pytest.approx(wrong / len(outcomes))
    assert measured(finding)["breaks"].value == outcomes.count("breaks") == 1


def test_what_was_refused_is_told_in_the_words_of_the_model_alone(odd) -> None:
    """With what a colon at the end of a line announces."""
    refusing = "(_ for _ in ()).throw(ValueError('Cannot use it:\\n\\n  a gap'))"
    finding = robustness(
        odd(answering(f"X['x'] if X['y'].notna().all() else {refusing}"), ROWS), ROWS, from_sample(ROWS)
    )
    said = {row[:2]: row[3] for row in table(finding, "What was refused")}
    assert said["y", "missing"] == "ValueError: Cannot use it: a gap"
    assert not any("could not be used" in one for one in said.values())


CASES = ("missing", "unseen category", "out of range", "infinity", "wrong type", "empty text", "very long text")


@pytest.mark.parametrize("name", ["classifier", "boosted", "regressor"])
def test_scores_are_those_of_the_labels(name: str, opened: Opened, request) -> None:
    model: Trained = request.getfixturevalue(name)
    subject = opened(model.path, model.rows)
    finding = quality(subject, model.rows, model.labels, seed=0)
    answers = subject.answers(model.rows).values
    if name == "regressor":
        known = score(Task.REGRESSION, model.labels, answers[:, 0])
    else:
        second = subject.classes[1]
        known = score(Task.BINARY, (model.labels == second).astype(int), answers[:, 1])
    found = measured(finding)
    assert {one: found[one].value for one in found} == pytest.approx(dict(known))
    assert all(found[one].low <= found[one].value <= found[one].high for one in found)


@pytest.mark.parametrize("positive", [None, "stays", "leaves"])
def test_scores_of_one_class_say_which_and_it_can_be_chosen(
    positive: str | None, boosted: Trained, warm: WarmParent
) -> None:
    opening = partial(open_model, boosted.path, warm=warm)
    with Subject(opening, boosted.rows.iloc[:5], positive=positive) as subject:
        finding = quality(subject, boosted.rows, boosted.labels, seed=0)
    one = positive or subject.classes[1]
    each = {
        row[0]: dict(zip(("precision", "recall", "f1"), row[1:], strict=False)) for row in table(finding, "Each class")
    }
    found = measured(finding)
    assert {name: found[name].value for name in each[one]} == pytest.approx(each[one])
    assert found["recall"].about == f"class '{one}', cutoff 0.5"
    assert f"; of the class '{one}', predicted from a probability of 0.5 on: F1 " in finding.sentence
    assert table(finding, "Confusion matrix")[1][0] == one


@pytest.mark.parametrize(
    ("name", "said"),
    [("boosted", "expected one of the model's classes: 'leaves', 'stays'"), ("regressor", "expected nothing")],
)
def test_a_class_that_the_model_does_not_have_is_refused(name: str, said: str, warm: WarmParent, request) -> None:
    model: Trained = request.getfixturevalue(name)
    with pytest.raises(BadPositive, match=said):
        Subject(partial(open_model, model.path, warm=warm), model.rows.iloc[:5], positive="goes").__enter__()


def test_rows_of_one_probability_are_calibrated_together(odd) -> None:
    """Whatever the order of the rows."""
    labels = pd.Series((ROWS.index < 30).astype(int))
    constant = quality(odd(answering("X['x'] * 0 + 0.5"), ROWS), ROWS, labels, seed=0)
    assert table(constant, "Calibration") == [(0.5, 0.5, 60)]
    two = quality(odd(answering("np.where(X['y'] % 2 == 0, 0.25, 0.75)"), ROWS), ROWS, labels, seed=0)
    assert table(two, "Calibration") == [(0.25, 0.5, 30), (0.75, 0.5, 30)]
    each = quality(odd(answering("X['x']"), ROWS), ROWS, labels, seed=0)
    assert [row[2] for row in table(each, "Calibration")] == [6] * 10


def test_labels_in_other_clothes_are_the_models(classifier: Trained, opened: Opened) -> None:
    subject = opened(classifier.path, classifier.rows)
    plain = quality(subject, classifier.rows, classifier.labels, seed=0).measures
    for other in (classifier.labels.astype(float), classifier.labels.astype(bool), classifier.labels.astype(str)):
        assert quality(subject, classifier.rows, other, seed=0).measures == plain


def test_labels_that_are_not_the_models_are_refused_and_missing_ones_left_out(
    classifier: Trained, opened: Opened
) -> None:
    subject = opened(classifier.path, classifier.rows)
    assert quality(subject, classifier.rows, None, seed=0).state is State.SKIPPED
    odd = quality(subject, classifier.rows, classifier.labels.map({0: "no", 1: "yes"}), seed=0)
    assert odd.state is State.SKIPPED
    assert odd.sentence.endswith("these labels: got 'yes', 'no', expected the model's classes, '0', '1'.")
    for rows, labels in ((classifier.rows, classifier.labels * 0), (classifier.rows[:1], classifier.labels[:1])):
        alone = quality(subject, rows, labels, seed=0)
        assert (alone.state, "one class only" in alone.sentence) == (State.SKIPPED, True)
    gaps = classifier.labels.astype(float)
    gaps[:100] = np.nan
    assert quality(subject, classifier.rows, gaps, seed=0).notes[0] == "100 rows without a label left out"


def test_a_weak_slice_is_found_and_chance_is_not() -> None:
    generator = np.random.default_rng(1)
    rows = pd.DataFrame(
        {"a": generator.normal(size=2_000), "b": generator.choice(["u", "v", "w"], 2_000), "c": generator.random(2_000)}
    )
    loss = generator.exponential(0.3, 2_000)
    assert slices.weakest(rows, loss).table.rows == ()
    weak = (rows["b"] == "v") & (rows["a"] > rows["a"].quantile(0.75))
    found = slices.weakest(rows, loss + np.where(weak, 0.5, 0.0)).table.rows
    assert "b = v" in found[0][0]
    assert found[0][0].startswith("a ")
    assert found[0][1] == weak.sum()
    far = slices.weakest(rows, loss + np.where(weak, 0.5, 0.0) + 1e9).table.rows
    assert [row[:2] for row in far] == [row[:2] for row in found]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_alarms_are_those_of_the_drift_check(seed: int) -> None:
    generator = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {"a": generator.normal(size=300), "b": generator.choice(["u", "v"], 300), "c": generator.integers(0, 99, 300)}
    )
    batches = [
        rows,
        rows.assign(a=rows["a"] + 1),
        rows.assign(b="v"),
        rows.assign(a=rows["a"].where(generator.random(300) < 0.5), c=rows["c"] * 3),
        rows.assign(a=np.nan),
    ]
    schema, plain = from_sample(rows), DriftSchema(("a", "c"), ("b",))
    for batch, alarm in zip(batches, alarms(rows, batches, schema, DriftPolicy()), strict=True):
        known = detect(rows, batch, plain, DriftPolicy())
        assert (alarm.share, alarm.rings) == (known.share, known.detected)


def test_drift_that_moves_the_answers_is_told_with_its_alarm(classifier: Trained, opened: Opened) -> None:
    subject = opened(classifier.path, classifier.rows)
    finding = simulation(
        subject,
        classifier.rows,
        classifier.labels,
        from_sample(classifier.rows),
        SimulationSettings(strengths=(0.0, 1.0)),
        DriftPolicy(),
        seed=0,
    )
    steps = {(row[0], row[1]): row for row in table(finding, "Effect of drift")}
    assert steps["mean shift", 0.0][2:7] == (0.0, 0.0, 0.0, 0.0, 0.0)
    assert steps["mean shift", 0.0][7] is False
    psi, js, classes, change, share, rings = steps["mean shift", 1.0][2:8]
    assert psi > 0.25
    assert 0 < js <= 1
    assert classes > 0.1
    assert change < 0.1
    assert (share, rings) == (0.75, True)
    gone = [row for row in table(finding, "Effect of drift") if row[0] in {"new category", "missing values"} and row[1]]
    assert max(row[2] for row in gone) > measured(finding)["simulation_max_psi"].value == psi
    assert measured(finding)["simulation_max_psi"].about == "mean shift, strength 1"
    assert steps["mean shift", 1.0][9] == "every number up by 2 standard deviations of its column"
    alone = {row[0]: row[2] for row in table(finding, "One feature alone, at strength 0.5")}
    assert max(alone, key=alone.__getitem__) == "age"


def simulated(subject: Subject, rows: pd.DataFrame) -> Finding:
    settings = SimulationSettings(strengths=(0.5,))
    return simulation(subject, rows, None, from_sample(rows), settings, DriftPolicy(), seed=0)


def test_an_alarm_that_could_not_be_asked_is_not_known(odd) -> None:
    finding = simulated(odd(answering("(X['x'] > 0.01).astype(float)"), ROWS), ROWS[:1])
    assert [row[7] for row in table(finding, "Effect of drift") if row[0] == "mean shift"] == [None]
    assert "it is not known whether the drift alarm would ring" in finding.sentence
    still = simulated(odd(answering("X['x'] * 0 + 0.5"), ROWS), ROWS)
    assert still.sentence == (
        "Under 3 simulated drifts the model stopped answering once. Its answers never changed much (PSI 0.25 or more). "
        "The alarm also rang in 2 of the 2 where nothing changed much."
    )


def test_alarms_that_rang_without_need_are_counted_beside_those_that_did_not(odd) -> None:
    """Answers that rest on the one column of several that is moved alone."""
    rows = pd.DataFrame({name: np.linspace(0, 1, 400) for name in "xyz"} | {"w": ["u", "v"] * 200})
    finding = simulated(odd(answering("np.where(X['w'] == 'v', 0.9, 0.1)"), rows), rows)
    steps = table(finding, "Effect of drift")
    missed = [row for row in steps if row[2] >= 0.25 and not row[7]]
    false = [row for row in steps if row[2] < 0.25 and row[7]]
    little = [row for row in steps if row[2] < 0.25]
    assert missed
    assert false
    assert f"the drift alarm missed {len(missed)} of these" in finding.sentence
    assert f"The alarm also rang in {len(false)} of the {len(little)} where nothing changed much." in finding.sentence


def test_a_drift_that_costs_quality_counts_however_little_the_answers_move(odd) -> None:
    """Categories change places: as many answers of each kind as before, and every one is wrong."""
    rows = pd.DataFrame({"x": np.linspace(0, 1, 400), "w": ["u", "v"] * 200})
    labels, settings = pd.Series([0, 1] * 200), SimulationSettings(strengths=(1.0,))
    with_answers = odd(answering("np.where(X['w'] == 'v', 0.9, 0.1)"), rows)
    finding = simulation(with_answers, rows, labels, from_sample(rows), settings, DriftPolicy(), seed=0)
    swapped = next(row for row in table(finding, "Effect of drift") if row[0] == "category swap")
    assert swapped[2] < 0.25
    assert swapped[5] == -1
    assert not swapped[7]
    assert "Its answers or its AUC changed much (PSI 0.25 or more, or 5% worse) in" in finding.sentence
    assert "category swap" in finding.sentence.split("missed")[1]


@pytest.mark.parametrize("move", ["mean shift", "variance change"])
def test_an_infinite_cell_stays_and_the_others_are_moved(move: str) -> None:
    plain = pd.Series([1.0, 2.0, 3.0, 4.0])
    moved, alone = (
        MOVES[move][1](column, 0.5, np.random.default_rng(0))
        for column in (pd.concat([plain, pd.Series([np.inf, -np.inf, np.nan])], ignore_index=True), plain)
    )
    assert moved[:4].tolist() == alone.tolist() != plain.tolist()
    assert moved[4:6].tolist() == [np.inf, -np.inf]
    assert np.isnan(moved[6])


@pytest.mark.parametrize("end", [np.inf, -np.inf, np.nan])
def test_what_is_no_finite_number_is_the_same_as_itself(odd, end: float) -> None:
    """It is a failed check of its own, and the only one."""

    class Ends:
        _estimator_type = "regressor"

        def __init__(self, end: float) -> None:
            self.end = end

        def predict(self, X: pd.DataFrame) -> Any:
            import numpy as np

            return np.where(X["x"] > 0.5, self.end, 1.0)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        finding = works(odd(Ends(end), ROWS), ROWS)
    failed = [row[0] for row in finding.tables[0].rows if row[1] is False]
    assert failed == ["no NaN, no infinity"]
