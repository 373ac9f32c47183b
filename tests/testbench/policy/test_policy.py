"""What a policy says, and how a model's measures are held against it."""

import pytest

from testbench.findings import Measure
from testbench.policy.policy import Limit, PolicyRefused, Undecided, parsed
from testbench.policy.verdict import Outcome, Reference, judge

REFERENCE = "models:/Triage@production"
MEASURES = (
    Measure("auc", 0.78, 0.74, 0.82, rows=1_000),
    Measure("latency_p95_ms", 3.0, 2.5, 3.5, unit="ms", rows=1_000),
    Measure("error_rate", 0.2),
    Measure("rmse", 4.0, 3.0, 5.0, rows=50),
)


@pytest.mark.parametrize(
    "text",
    [
        "auc: {min: 0.75}\nlatency_p95_ms: {max: 50}",
        "auc >= 0.75 AND latency/p95 <= 50",
        '{"auc": {"min": 0.75}, "latency/p95": {"max": 50}}',
        b"auc: {min: 0.75}\nlatency/p95: {max: 50}\nundecided: fail",
        "auc >\u2060= 0.75 AND latency/p95 <\u2060= 50",  # copied off a page
    ],
)
def test_a_policy_is_yaml_or_a_line_of_criteria(text: str | bytes) -> None:
    assert parsed(text).limits == (Limit("auc", low=0.75), Limit("latency_p95_ms", high=50.0))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "policy: got 'None', expected measures with limits"),
        ("[1, 2]", "expected measures with limits"),
        ("auc: 0.75", "auc: got '0.75', expected limits, such as {min: 0.75}"),
        ("auc: {}", "expected limits"),
        ("auc: {minimum: 0.75}", "auc: got 'minimum', expected one of min, max, no_worse_than"),
        ("auc: {min: yes}", "auc: min: got 'True', expected a number"),
        ("auc: {min: .nan}", "expected a number"),
        ("auc: {min: 0.8, max: 0.7}", "auc: got min 0.8 and max 0.7"),
        ("auc: {no_worse_than: 3}", "no_worse_than: got '3', expected a registered model"),
        ("auc: {no_worse_than: 'models:/a b'}", "expected a registered model"),
        ("undecided: maybe\nauc: {min: 1}", "undecided: got 'maybe', expected fail or pass"),
        ("1: {min: 2}", "expected the name of a measure"),
        ("auc >= high", "auc: got 'high', expected a number"),
        ("auc 0.75", "expected comparisons such as"),
        ("auc: {min: 1", "got no YAML"),
        ("!!python/object/apply:os.system ['true']", "got no YAML"),
        pytest.param("a" * 70_000, "expected at most 64,000", id="long"),
        pytest.param("x: " + "[" * 20_000, "got 20,000 opening brackets, expected at most 400", id="brackets"),
        ("undecided: pass", "policy: got undecided and no measure, expected measures with limits, such as `auc"),
        ("auc: {min: 0.9}\nf1: {min: 0.5}\nauc: {min: 0.1}", "got no YAML: 'auc' stands twice in line 3"),
        ("auc:\n  min: 0.9\n  min: 0.1", "got no YAML: 'min' stands twice in line 3"),
        ('{"auc": {"min": 0.9, "min": 0.1}}', "'min' stands twice in line 1"),
        ("auc: &a {min: 0.9}\nf1: *a", "got no YAML: got an alias, expected what it stands for in line 2"),
        ("auc: {min: !!bool x}", "got a tag that its value does not fit"),
        ("auc: !!timestamp x", "got a tag that its value does not fit"),
        *(
            pytest.param(text.format("9" * 5_000), "50 or 0.75 in line 1", id=f"a long number in {text}")
            for text in (
                "auc: {{min: {}}}",
                "auc: {}",
                "undecided: {}",
                "{}",
                "? {}\n: {{min: 1}}",
                "auc: {{min: [{}]}}",
            )
        ),
        pytest.param("auc: {min: 0x" + "f" * 5_000 + "}", "expected a number such as 50 or 0.75", id="hexadecimal"),
        ("auc: {min: 1:2:3}", "got no YAML: got '1:2:3', expected a number such as 50 or 0.75 in line 1"),
        ("auc: {max: 1:2.5}", "got no YAML: got '1:2.5', expected a number such as 50 or 0.75 in line 1"),
        pytest.param("auc >= " + "9" * 400, "auc: got 'inf', expected a number", id="infinite"),
        ("auc >= 1.7", "auc: got '1.7', expected a number from 0 to 1, as an AUC is"),
        ("rmse: {max: -1}", "rmse: max: got '-1', expected a number from 0 on, as an RMSE is"),
    ],
)
def test_what_is_no_policy_is_refused_with_what_is_valid(text: str, said: str) -> None:
    with pytest.raises(PolicyRefused) as refused:
        parsed(text)
    assert said in str(refused.value)
    assert refused.value.status == 422


def test_yaml_that_is_none_is_refused_with_the_problem_and_its_line() -> None:
    with pytest.raises(PolicyRefused) as refused:
        parsed("auc: {min: 0.75}\nf1: {min: 0.5\n")
    assert str(refused.value) == "policy: got no YAML: expected ',' or '}', but got '<stream end>' in line 3"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("auc >= 0.7", Outcome.PASSED),
        ("auc >= 0.74", Outcome.PASSED),
        ("auc >= 0.75", Outcome.OPEN),
        ("auc >= 0.79", Outcome.OPEN),
        ("auc >= 0.83", Outcome.FAILED),
        ("auc <= 0.83", Outcome.PASSED),
        ("latency/p95 <= 3.5", Outcome.PASSED),
        ("latency/p95 <= 3", Outcome.OPEN),
        ("latency/p95 <= 2", Outcome.FAILED),
        ("error_rate <= 0.2", Outcome.PASSED),
        ("error_rate <= 0.1", Outcome.FAILED),
        ("f1 >= 0.1", Outcome.UNKNOWN),
    ],
)
def test_the_interval_is_held_against_the_limit(text: str, outcome: Outcome) -> None:
    verdict = judge(parsed(text), MEASURES, {})
    assert [one.outcome for one in verdict.judged] == [outcome]
    assert verdict.passed is (outcome is Outcome.PASSED)


def test_what_cannot_be_told_says_how_many_rows_it_would_take() -> None:
    (one,) = judge(parsed("auc >= 0.75"), MEASURES, {}).judged
    assert one.rows == 1_778  # the lower half of 0.04 has to shrink to 0.03: 1,000 x (4/3)^2
    assert "about 1,778 rows would tell" in one.sentence
    assert judge(parsed("auc >= 0.78"), MEASURES, {}).judged[0].rows is None


def test_a_percentile_says_how_many_calls_it_would_take() -> None:
    few = Measure("latency_p95_ms", 40.0, low=35.0, unit="ms", calls=52)
    (one,) = judge(parsed("latency/p95 <= 50"), [few], {}).judged
    assert one.rows == 72
    why = "as there are too few calls for that end of its interval: 52 were timed, and 72 would give one."
    assert one.sentence.endswith(f"it may lie on either side, {why}")
    many = Measure("latency_p95_ms", 40.0, 30.0, 60.0, unit="ms", calls=100)
    (one,) = judge(parsed("latency/p95 <= 50"), [many], {}).judged
    assert one.sentence.endswith("it may lie on either side; about 400 calls would tell.")


def test_a_policy_says_what_counts_where_it_cannot_be_told() -> None:
    policy = parsed("auc: {min: 0.75}\nundecided: pass")
    assert (policy.undecided, judge(policy, MEASURES, {}).passed) == (Undecided.PASS, True)


@pytest.mark.parametrize(
    ("text", "other", "outcome"),
    [
        (f"auc: {{no_worse_than: {REFERENCE}}}", Measure("auc", 0.7), Outcome.PASSED),
        (f"auc: {{no_worse_than: {REFERENCE}}}", Measure("auc", 0.79), Outcome.OPEN),
        (f"auc: {{no_worse_than: {REFERENCE}}}", Measure("auc", 0.9), Outcome.FAILED),
        (f"rmse: {{no_worse_than: {REFERENCE}}}", Measure("rmse", 6.0), Outcome.PASSED),
        (f"rmse: {{no_worse_than: {REFERENCE}}}", Measure("rmse", 2.0), Outcome.FAILED),
        (f"latency_p95_ms: {{no_worse_than: {REFERENCE}}}", Measure("latency_p95_ms", 10.0), Outcome.PASSED),
        (f"auc: {{no_worse_than: {REFERENCE}}}", Measure("f1", 0.9), Outcome.UNKNOWN),
    ],
)
def test_a_reference_is_better_or_worse_by_the_direction_of_the_measure(
    text: str, other: Measure, outcome: Outcome
) -> None:
    policy = parsed(text)
    assert policy.references == (REFERENCE,)
    assert [one.outcome for one in judge(policy, MEASURES, {REFERENCE: Reference(REFERENCE, [other])}).judged] == [
        outcome
    ]


@pytest.mark.parametrize(
    ("name", "difference", "outcome"),
    [
        ("auc", Measure("auc", 0.03, 0.01, 0.05, rows=1_000), Outcome.PASSED),
        ("auc", Measure("auc", 0.0, 0.0, 0.0, rows=1_000), Outcome.PASSED),
        ("auc", Measure("auc", -0.01, -0.03, 0.01, rows=1_000), Outcome.OPEN),
        ("auc", Measure("auc", -0.03, -0.05, -0.01, rows=1_000), Outcome.FAILED),
        ("rmse", Measure("rmse", -0.3, -0.5, -0.1, rows=50), Outcome.PASSED),
        ("rmse", Measure("rmse", 0.1, -0.1, 0.3, rows=50), Outcome.OPEN),
        ("rmse", Measure("rmse", 0.3, 0.1, 0.5, rows=50), Outcome.FAILED),
    ],
)
def test_where_both_were_scored_on_the_same_rows_the_difference_decides(
    name: str, difference: Measure, outcome: Outcome
) -> None:
    """Whatever the two intervals are: these overlap with the other's value, or not."""
    policy = parsed(f"{name}: {{no_worse_than: {REFERENCE}}}")
    reference = Reference("models:/Triage@production (version 3)", [Measure(name, 0.79)], [difference])
    (one,) = judge(policy, MEASURES, {REFERENCE: reference}).judged
    assert one.outcome is outcome
    assert f"on the same {difference.rows:,} rows, the difference is {difference.value:+.4g} (" in one.sentence
    assert "that of models:/Triage@production (version 3) is 0.79" in one.sentence
    assert (one.found is not None, one.limit) == (True, f"no worse than {REFERENCE}")
    assert (one.rows is not None) is (outcome is Outcome.OPEN)


@pytest.mark.parametrize(
    ("other", "outcome", "said"),
    [
        (Measure("latency_p95_ms", 3.2), Outcome.OPEN, "no worse than this value was asked for: it may lie on either"),
        (Measure("latency_p95_ms", 3.2, 2.8, 3.6), Outcome.OPEN, "the difference is -0.2000 (-0.8403 to +0.4403)"),
        (Measure("latency_p95_ms", 2.4, 2.0, 2.8), Outcome.OPEN, "the difference is +0.600 (-0.040 to +1.240)"),
        (Measure("latency_p95_ms", 2.0, 1.6, 2.4), Outcome.FAILED, "measured one by one, the difference is +1.000 ("),
        (Measure("latency_p95_ms", 9.0, 8.0, 9.5), Outcome.PASSED, "the difference is -6.000 ("),
    ],
)
def test_what_was_measured_one_by_one_is_compared_with_both_intervals(
    other: Measure, outcome: Outcome, said: str
) -> None:
    policy = parsed(f"latency_p95_ms: {{no_worse_than: {REFERENCE}}}")
    (one,) = judge(policy, MEASURES, {REFERENCE: Reference(REFERENCE, [other])}).judged
    assert one.outcome is outcome
    assert said in one.sentence


def test_a_reference_that_is_not_known_says_why() -> None:
    policy = parsed(f"auc: {{min: 0.5, no_worse_than: {REFERENCE}}}")
    for reference in (Reference(REFERENCE, reason="it is gone"), Reference(REFERENCE, reasons={"auc": "it is gone"})):
        kept, unknown = judge(policy, MEASURES, {REFERENCE: reference}).judged
        assert (kept.outcome, unknown.outcome) == (Outcome.PASSED, Outcome.UNKNOWN)
        assert unknown.sentence.endswith(": it is gone")


@pytest.mark.parametrize(
    ("measure", "limit", "outcome"),
    [
        (Measure("latency_p99_ms", 3.0, 2.5, None, "ms", 60), "latency_p99_ms <= 50", Outcome.OPEN),
        (Measure("latency_p99_ms", 3.0, 2.5, None, "ms", 60), "latency_p99_ms <= 2", Outcome.FAILED),
        (Measure("latency_p99_ms", 3.0, 2.5, None, "ms", 60), "latency_p99_ms >= 2", Outcome.PASSED),
        (Measure("latency_p50_ms", 3.0, None, None, "ms", 3), "latency_p50_ms <= 50", Outcome.OPEN),
        (Measure("auc", 1.0, rows=88), "auc >= 0.99", Outcome.OPEN),
        (Measure("accuracy", 1.0, 0.96, 1.0, rows=88), "accuracy >= 0.99", Outcome.OPEN),
        (Measure("accuracy", 1.0, 0.96, 1.0, rows=88), "accuracy >= 0.95", Outcome.PASSED),
    ],
)
def test_an_end_that_is_not_known_decides_nothing(measure: Measure, limit: str, outcome: Outcome) -> None:
    (one,) = judge(parsed(limit), [measure], {}).judged
    assert one.outcome is outcome
    if outcome is Outcome.OPEN and measure.high is None:
        assert "too few" in one.sentence


@pytest.mark.parametrize(("its", "outcome"), [(9.0, Outcome.OPEN), (1.0, Outcome.FAILED)])
def test_two_percentiles_of_few_calls_are_worse_at_most(its: float, outcome: Outcome) -> None:
    ours = Measure("latency_p99_ms", 3.0, 2.5, None, "ms", 60)
    other = Reference(REFERENCE, [Measure("latency_p99_ms", its, its - 0.5, its + 0.5, "ms", 500)])
    policy = parsed(f"latency_p99_ms: {{no_worse_than: {REFERENCE}}}")
    (one,) = judge(policy, [ours], {REFERENCE: other}).judged
    assert one.outcome is outcome
    assert "(at least" in one.sentence


def test_a_model_that_does_not_work_keeps_no_policy() -> None:
    policy = parsed("auc >= 0.75")
    assert judge(policy, MEASURES, {}).works
    verdict = judge(parsed("{auc: {min: 0.01}, undecided: pass}"), MEASURES, {}, works=False)
    assert [one.outcome for one in verdict.judged] == [Outcome.PASSED]
    assert not verdict.passed
    assert verdict.sentence == "Not passed: it does not work; of 1 limit, 1 passed."


def test_why_there_are_no_scores_is_the_reason_of_their_limits() -> None:
    policy, no_labels = parsed("{auc: {min: 0.5}, throughput: {min: 1}}"), "The data has no labels."
    auc, other = judge(policy, [], {}, unscored=no_labels).judged
    assert auc.sentence == "auc was not measured. The data has no labels."
    assert other.sentence == "throughput was not measured; nothing was"


@pytest.mark.parametrize(("written", "number"), [("1e-3", 1e-3), ("5E2", 500), ("2.5e-1", 0.25), ("1.0e+1", 10)])
def test_a_number_may_be_written_with_an_exponent(written: str, number: float) -> None:
    assert parsed(f"rmse: {{max: {written}}}").limits[0].high == number
