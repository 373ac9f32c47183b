"""Two kept tests side by side: the word for each measure, and what keeps two tests from being compared."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from metrics.tasks import Task
from metrics.weighted import with_intervals
from testbench.comparison import Answers, Comparison, NoAnswers, Word, compare
from testbench.findings import Finding, Measure, State
from testbench.output.data import finite, to_data
from testbench.paired.told import Told, differences
from testbench.result import KeptGiven, KeptSample, TestResult, from_data
from tests.testbench.kept import ROWS, a_report


def of(*measures: Measure, data: pd.DataFrame = ROWS, **more: object) -> TestResult:
    report = a_report(findings=(Finding("quality", State.DONE, "Done.", measures),), data=data)
    return replace(from_data(to_data(report, None)), **more)  # type: ignore[arg-type]


def only(comparison: Comparison) -> tuple[Word, str]:
    (found,) = comparison.measures
    return found.word, found.reason


@pytest.mark.parametrize(
    ("first", "second", "word"),
    [
        (Measure("auc", 0.8, 0.78, 0.82), Measure("auc", 0.9, 0.88, 0.92), Word.BETTER),
        (Measure("auc", 0.9, 0.88, 0.92), Measure("auc", 0.8, 0.78, 0.82), Word.WORSE),
        (Measure("auc", 0.8, 0.7, 0.9), Measure("auc", 0.9, 0.88, 0.92), Word.SAME),
        (Measure("auc", 0.8, 0.7, 0.885), Measure("auc", 0.9, 0.88, 0.92), Word.BETTER),
        (Measure("rmse", 3.0, 2.9, 3.1), Measure("rmse", 2.0, 1.9, 2.1), Word.BETTER),
        (Measure("breaks", 3.0), Measure("breaks", 3.0), Word.EQUAL),
        (Measure("simulation_max_psi", 8.283), Measure("simulation_max_psi", 8.283), Word.EQUAL),
        (Measure("auc", 0.8, 0.78, 0.82), Measure("auc", 0.8, 0.78, 0.82), Word.EQUAL),
        (Measure("auc", 0.8, 0.78, 0.82), Measure("auc", 0.8, 0.77, 0.83), Word.SAME),
    ],
)
def test_what_is_told_apart_has_a_word_by_its_direction(first: Measure, second: Measure, word: Word) -> None:
    found = compare(of(first), of(second))
    assert only(found) == (word, "")
    difference = found.measures[0].difference
    assert difference is not None
    assert difference.value == second.value - first.value
    assert found.as_dict()["how"].startswith("Not paired: ")


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (Measure("breaks", 3.0), Measure("breaks", 4.0), "no interval"),
        (Measure("auc", 0.8, 0.7, 0.9), Measure("auc", 0.9), "no interval"),
        (Measure("x", 1.0, 0.9, 1.1, "ms"), Measure("x", 2.0, 1.9, 2.1, "s"), "in ms and in s"),
        (Measure("latency_p95_ms", 3.0, 2.9, 3.1, "ms"), Measure("latency_p95_ms", 4.0, 3.9, 4.1, "ms"), "timed apart"),
        (Measure("throughput", 3.0, unit="rows/s"), Measure("throughput", 4.0, unit="rows/s"), "timed apart"),
        (Measure("explained_rows", 100.0), Measure("explained_rows", 200.0), "neither better nor worse"),
    ],
)
def test_what_cannot_be_told_says_why(first: Measure, second: Measure, reason: str) -> None:
    word, said = only(compare(of(first), of(second)))
    assert word is Word.NONE
    assert reason in said


def test_scores_of_different_classes_are_not_compared() -> None:
    """The same answers of one file: a person chose the other one of two classes."""
    truth, chance = np.arange(40) % 2, np.linspace(0, 1, 40)
    scored = {
        chosen: with_intervals(Task.BINARY, truth if chosen == "yes" else 1 - truth, told, seed=0)
        for chosen, told in (("yes", chance), ("no", 1 - chance))
    }
    tests = [
        of(*(
            replace(Measure.of(name, scored[chosen][name], rows=40), about=about.format(chosen))
            for name, about in (("auc", ""), ("f1", "class '{}', cutoff 0.5"), ("recall", "class '{}', cutoff 0.5"))
        ))
        for chosen in ("yes", "no")
    ]  # fmt: skip
    told = (
        Told(Task.BINARY, ("no", "yes"), truth, chance, 40),
        Told(Task.BINARY, ("yes", "no"), 1 - truth, 1 - chance, 40),
    )
    found = compare(tests[0], tests[1], (lambda: told[0], lambda: told[1]))
    assert {one.name: one.word for one in found.measures} == {
        "auc": Word.EQUAL,
        "f1": Word.NONE,
        "recall": Word.NONE,
    }
    assert found.sentences == (
        "The same file on the same rows: the answers are the same.",
        "F1 and recall cannot be compared: of class 'yes' in the first test, and of class 'no' in the second.",
    )


def test_what_one_of_them_did_not_measure_has_no_difference() -> None:
    found = compare(of(Measure("auc", 0.8)), of(Measure("f1", 0.7)))
    assert [(one.name, one.difference, one.word, one.reason) for one in found.measures] == [
        ("auc", None, Word.NONE, "the second test did not measure it"),
        ("f1", None, Word.NONE, "the first test did not measure it"),
    ]


A_SAMPLE = KeptSample("a.csv", "aa" * 32, 4)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ({"synthetic": False}, {}, "One rests on a sample"),
        ({"rows": 4}, {"rows": 5}, "on 4 and on 5 rows"),
        ({"seed": 1}, {"seed": 2}, "other seeds, 1 and 2"),
        ({}, {}, "other schemas or samples"),
        ({"data_sha256": ""}, {}, "is not known"),
        ({"synthetic": False}, {"synthetic": False}, "one whose file is not known"),
    ],
)
def test_on_other_data_no_word_is_said(first: dict[str, object], second: dict[str, object], said: str) -> None:
    better = Measure("auc", 0.9, 0.88, 0.92)
    one, other = of(Measure("auc", 0.8, 0.78, 0.82), **first), of(better, data=ROWS.iloc[::-1], **second)
    found = compare(one, other)
    assert said in found.other_data
    assert only(found) == (Word.NONE, "it rests on other data")


def test_the_same_rows_from_another_file_are_the_same_data() -> None:
    one = of(Measure("auc", 0.8), given=replace(of().given, sample=A_SAMPLE))
    other = of(Measure("auc", 0.8), given=replace(of().given, sample=replace(A_SAMPLE, sha256="bb" * 32)))
    assert compare(one, other).other_data == ""


def test_the_same_file_other_settings_and_the_machine_are_said() -> None:
    found = compare(of(Measure("start_ms", 1.0)), of(Measure("start_ms", 2.0), settings={"rows": 5}))
    assert "Both tests are of the same file." in found.notes
    assert any("settings differ in " in note and "rows" in note for note in found.notes)
    assert any("of the machine" in note for note in found.notes)


def test_numbers_beyond_all_measure_are_json_all_the_same() -> None:
    found = compare(of(Measure("x", -1.7e308)), of(Measure("x", 1.7e308)))
    assert json.loads(json.dumps(finite(found.as_dict()), allow_nan=False))["measures"][0]["difference"] is None


LABELLED = KeptGiven(labels="outcome")
TRUTH = np.tile([0, 1, 1], 200)


def told(shift: float, rows: int = 600, of: int = 600) -> Told:
    """A model whose probabilities come nearer to what came, the greater ``shift`` is."""
    chance = np.random.default_rng(0).random(600)
    return Told(Task.BINARY, (0, 1), TRUTH[:rows], np.clip(chance + shift * (TRUTH - 0.5), 0, 1)[:rows], of)


def scored(name: str, answers: Told, **more: object) -> TestResult:
    found = with_intervals(answers.task, answers.truth, answers.answers, seed=0)[name]
    return of(Measure.of(name, found, rows=len(answers)), given=LABELLED, **more)


def test_the_same_rows_are_compared_in_pairs_which_tells_apart_what_two_intervals_do_not() -> None:
    one, other = told(0.30), told(0.33)
    tests = scored("auc", one), scored("auc", other)
    apart, paired = compare(*tests), compare(*tests, (lambda: one, lambda: other))
    assert only(apart) == (Word.SAME, "")
    assert only(paired) == (Word.BETTER, "")
    (measure,) = paired.measures
    assert measure.paired
    assert measure.difference == next(each for each in differences(other, one, tests[1].seed) if each.name == "auc")
    assert paired.sentences[0] == "Beyond chance, the second is better in AUC."
    assert paired.sentences[-1].endswith("paired, row by row: both models answered the same 600 rows with labels.")
    assert paired.as_dict()["paired"] is True
    assert [one.name for one in paired.foremost] == ["auc"]
    assert len(paired.sentences) <= 3


def gone() -> Told:
    raise NoAnswers("the first test kept no answers row by row")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ((gone, lambda: told(0.3)), "Not paired: the first test kept no answers row by row. So a difference is told"),
        ((lambda: told(0.3, 500), lambda: told(0.3)), "of the first 500 answers were kept, of the second 600"),
        ((lambda: replace(told(0.3), truth=1 - TRUTH), lambda: told(0.3)), "its outcomes are not those of this one"),
    ],
)
def test_what_is_not_paired_says_why(answers: tuple[Answers, Answers], said: str) -> None:
    tests = scored("auc", told(0.30)), scored("auc", told(0.5))
    found = compare(*tests, answers)
    assert said in found.sentences[-1]
    assert only(found) == (Word.BETTER, "")  # by the two intervals
    assert not found.measures[0].paired


def test_scores_of_other_outcomes_are_no_pair_and_not_comparable() -> None:
    one, other = scored("auc", told(0.3)), scored("auc", told(0.5))
    other = replace(other, given=KeptGiven(labels="another"))
    found = compare(one, other, (lambda: told(0.3), lambda: told(0.5)))
    assert only(found) == (Word.NONE, "their labels come from other columns")
    assert found.sentences[0] == "There is nothing that can be compared."


def test_some_of_many_rows_are_said_to_be_some() -> None:
    one, other = (told(shift, 600, 50_000) for shift in (0.3, 0.5))
    found = compare(scored("auc", one), scored("auc", other), (lambda: one, lambda: other))
    assert "both models answered 600 of the 50,000 rows" in found.sentences[-1]


def test_a_file_that_was_tested_twice_on_the_same_rows_is_said_to_be_first() -> None:
    answers = told(0.3)
    slow = Measure("latency_p95_ms", 3.0, 2.9, 3.1, "ms")
    one = scored("auc", answers)
    one = replace(one, findings=(replace(one.findings[0], measures=(*one.findings[0].measures, slow)),))
    found = compare(one, one, (lambda: answers, lambda: answers))
    assert found.sentences[0] == "The same file on the same rows: the answers are the same."
    assert found.sentences[1].startswith("1 time or rate is not called better or worse: the two tests were timed apart")
    assert found.foremost == ()
    assert [each.word for each in found.measures] == [Word.EQUAL, Word.NONE]
    another = replace(one, file=replace(one.file, sha256="cd" * 32))
    assert compare(one, another).sentences[0] == "Nothing differs beyond chance."


def test_the_short_table_has_all_that_differ_and_says_how_many_more_may() -> None:
    worse = [(Measure(f"m{place}", 1.0, 0.9, 1.1), Measure(f"m{place}", 2.0, 1.9, 2.1)) for place in range(10)]
    like = [(Measure(f"n{place}", 1.0, 0.9, 1.1), Measure(f"n{place}", 1.0, 0.8, 1.1)) for place in range(3)]
    first, second = (of(*(pair[side] for pair in (*worse, *like))) for side in (0, 1))
    found = compare(first, second)
    assert [one.word for one in found.foremost] == [Word.WORSE] * 10
    assert found.left_out == 3
