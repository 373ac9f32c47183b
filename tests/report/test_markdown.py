"""The Markdown face: GitHub reads it as meant, and nobody else's words as anything but words."""

import re
from dataclasses import replace

import pytest

from batch_zero.text import as_markdown
from lifecycle.gate import GatePolicy
from lifecycle.records import History
from metrics.kinds import Score
from metrics.scores import Scores, ScoreSet
from report.export.markdown import render_markdown
from report.story.story import Story, tell
from tests.report import hostile
from tests.stories import EXPERIMENT, drift, gate, record

UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*([*_`<>\[\]|#])")


def unescaped(markdown: str) -> str:
    """As a reader sees it: backslashes before marks are gone."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)


@pytest.mark.parametrize("text", hostile.TEXTS)
def test_foreign_text_reads_as_it_is_and_means_nothing(text: str) -> None:
    line = as_markdown(text)
    assert unescaped(line) == " ".join(text.split())
    assert "\n" not in line
    assert not UNESCAPED.search(line)
    assert not re.search(r"http:|www\.", line)


def test_hostile_text_adds_no_line_no_column_and_no_link(story: Story) -> None:
    told = render_markdown(hostile.story(), None)
    assert not re.search(r"(?<!\\)\]\(", told)
    assert [line for line in told.splitlines() if line.startswith("#")][1:] == [
        line for line in render_markdown(story).splitlines() if line.startswith("#")
    ][1:]
    for table in re.findall(r"(?:^\|.*\n)+", told, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line.replace("\\\\", ""))) for line in table.splitlines()}
        assert len(widths) == 1


def test_a_decision_that_is_none_of_ours_is_quoted_and_shortened() -> None:
    told = unescaped(render_markdown(hostile.story("<b>" + "x" * 300)))
    assert f"stored the decision “<b>{'x' * 36}…”, which is none of ours" in told


def test_runs_are_links_where_there_is_an_address(story: Story) -> None:
    told = render_markdown(story, "https://mlflow.example")
    gate = "Quality gate run (XGBoost on batch\\_3\\_test)"
    assert f"{gate} [gate3](<https://mlflow.example/#/experiments/2/runs/gate3>)" in told
    assert "[version 3](<https://mlflow.example/#/models/CrashTriage/versions/3>)" in told
    assert f"{gate} gate3" in render_markdown(story)


@pytest.mark.parametrize("first", ["- item", "+ item", "1. item", "12) item", "= heading", "# heading", "> quote"])
def test_text_is_no_list_and_no_heading(first: str) -> None:
    assert re.match(r"\d*\\", as_markdown(first))


def test_the_label_of_an_own_score_means_nothing_anywhere() -> None:
    score = Score("value", "<b>x</b> [y](z) |", low=None, high=None, decimals=1)
    names = replace(EXPERIMENT.names, scores=ScoreSet(score, (score,)))
    experiment = replace(EXPERIMENT, names=names, gate=GatePolicy(score=score))
    judged = gate(1, Scores(value=3.0), Scores(value=4.0), decision="DEPLOY")
    first = gate(0, Scores(value=2.0), decision="BASELINE")
    told = render_markdown(tell(History((record(drift(0), first), record(drift(1, 4), judged))), None, experiment))
    assert "<b>" not in told
    assert not re.search(r"(?<!\\)\]\(", told)
    assert not re.search(r"(?<!\\)\[y", told)


def test_a_hostile_address_stays_inside_its_brackets() -> None:
    told = render_markdown(hostile.story(), "https://mlflow.example/a|b>c d")
    assert "](<https://mlflow.example/a%7Cb%3Ec%20d/#/models/" in told
    assert all(">" not in target for target in re.findall(r"\]\(<([^\n]*?)>\)", told))


def test_scores_carry_arrow_and_sign(story: Story) -> None:
    assert "| Change | ↑ +0.013 | ↑ +0.021 | ↓ −0.005 | ↑ +0.049 |" in render_markdown(story)
