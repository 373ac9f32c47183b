"""The Markdown face: GitHub reads it as meant, and nobody else's words as anything but words."""

import re

import pytest

from report.export.markdown import escaped, render_markdown
from report.story.story import Story
from tests.report import hostile

UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*([*_`<>\[\]|#])")


def unescaped(markdown: str) -> str:
    """As a reader sees it: backslashes before marks are gone."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)


@pytest.mark.parametrize("text", hostile.TEXTS)
def test_foreign_text_reads_as_it_is_and_means_nothing(text: str) -> None:
    line = escaped(text)
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
    gate = "Quality gate \\(XGBoost on batch\\_3\\_test\\)"
    assert f"{gate} [gate3](<https://mlflow.example/#/experiments/2/runs/gate3>)" in told
    assert "[version 3](<https://mlflow.example/#/models/CrashTriage/versions/3>)" in told
    assert f"{gate} gate3" in render_markdown(story)


def test_a_hostile_address_stays_inside_its_brackets() -> None:
    told = render_markdown(hostile.story(), "https://mlflow.example/a|b>c d")
    assert "](<https://mlflow.example/a%7Cb%3Ec%20d/#/models/" in told
    assert all(">" not in target for target in re.findall(r"\]\(<([^\n]*?)>\)", told))


def test_scores_carry_arrow_and_sign(story: Story) -> None:
    assert "| Change | ↑ +0.013 | ↑ +0.021 | ↓ −0.005 | ↑ +0.049 |" in render_markdown(story)
