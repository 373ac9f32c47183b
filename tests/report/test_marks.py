"""Two meanings, two sets of marks."""

import pytest

from lifecycle.gate import Decision
from lifecycle.records import DriftRecord
from report.story import marks


@pytest.mark.parametrize(
    ("batch", "detected", "symbol", "tone"),
    [
        (0, False, "◎", "blue"),
        (0, None, "◎", "blue"),
        (1, False, "○", "green"),
        (1, True, "▲", "red"),
        (1, None, "◇", "gray"),
    ],
)
def test_the_drift_verdict_keeps_the_colours_of_the_documents(
    batch: int, detected: bool | None, symbol: str, tone: str
) -> None:
    share = {True: 0.4, False: 0.1, None: None}[detected]
    mark = marks.of_drift(batch, DriftRecord(batch=batch, share=share, threshold=0.3))
    assert (mark.symbol, mark.tone) == (symbol, tone)


def test_too_few_rows_are_no_verdict() -> None:
    mark = marks.of_drift(1, DriftRecord(batch=1, share=None, threshold=0.3, too_few_rows=True))
    assert (mark.symbol, mark.tone, mark.name) == ("◈", "gray", "Too few rows")
    assert marks.of_drift(1, None) is marks.DRIFT_UNKNOWN


def test_batch_0_is_a_baseline_only_where_its_model_was_scored() -> None:
    assert marks.of_drift(0, None, baseline=True) is marks.BASELINE
    assert marks.of_drift(0, None) is marks.NOT_JUDGED


@pytest.mark.parametrize(
    ("decision", "detected", "badge"),
    [
        (Decision.BASELINE, None, None),
        (Decision.SKIP_NO_DRIFT, False, None),
        (Decision.SKIP_NO_DRIFT, True, "– Not retrained"),
        (Decision.SKIP_NO_DRIFT, None, "– Not retrained"),
        (Decision.DEPLOY, True, "■ Retrained → deployed"),
        (Decision.DEPLOY, False, "■ Retrained → deployed"),
        (Decision.DEPLOY_REFRESH, True, "▣ Retrained → refreshed"),
        (Decision.SKIP, True, "□ Retrained → held back"),
        (None, True, "? No known decision"),
        (None, None, "? No known decision"),
    ],
)
def test_what_the_gate_did_has_a_mark_of_its_own(
    decision: Decision | None, detected: bool | None, badge: str | None
) -> None:
    mark = marks.of_gate(decision, detected)
    assert (mark.badge if mark is not None else None) == badge


def test_no_mark_and_no_colour_of_alarm_or_relief_is_in_both_sets() -> None:
    (_, drift), (_, gate) = marks.LEGEND
    assert not {mark.symbol for mark in drift} & {mark.symbol for mark in gate}
    assert not {mark.tone for mark in gate} & {"red", "green", "blue"}
    assert len({mark.kind for mark in (*drift, *gate)}) == len({mark.name for mark in (*drift, *gate)}) == 11
    assert len({mark.symbol for mark in (*drift, *gate)}) == 11


def test_the_production_model_has_a_mark_and_a_tone_of_its_own() -> None:
    (_, drift), (_, gate) = marks.LEGEND
    others = (*drift, *gate)
    assert marks.PRODUCTION.symbol not in {mark.symbol for mark in others}
    assert marks.PRODUCTION.tone not in {mark.tone for mark in others}


def test_the_legend_has_the_marks_that_occur_in_their_order() -> None:
    shown = (marks.DRIFT, marks.DEPLOYED, marks.NO_DRIFT, marks.DRIFT)
    assert marks.legend(shown) == (("Drift", (marks.NO_DRIFT, marks.DRIFT)), ("Quality gate", (marks.DEPLOYED,)))
    assert marks.legend([marks.TOO_FEW_ROWS]) == (("Drift", (marks.TOO_FEW_ROWS,)),)
