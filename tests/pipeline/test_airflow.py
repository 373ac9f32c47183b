"""docs/airflow.md: what it tells an orchestrator to call can be called."""

import ast
import re
import shlex
from typing import Any

import click
import pytest

from baseline.__main__ import command as baseline
from pipeline.__main__ import command as pipeline
from report.__main__ import command as report
from tests.conftest import ROOT

DOCUMENT = (ROOT / "docs" / "airflow.md").read_text("utf-8")
DAG = DOCUMENT.partition("```python\n")[2].partition("```")[0]
COMMANDS = re.findall(r"python -m (\w+) ((?:[^\n`\\\"]|\\\n)*)", DOCUMENT)


def understood(command: click.Command, arguments: list[str]) -> dict[str, Any]:
    """The parameters of the innermost command, which is not run."""
    inner = command.get_command(click.Context(command), arguments[0]) if isinstance(command, click.Group) else None
    return (inner or command).make_context("x", arguments[1:] if inner else arguments).params


def test_the_dag_is_ten_lines_and_runs_one_batch() -> None:
    assert len([line for line in DAG.splitlines() if line.strip()]) <= 10
    texts = [node.value for node in ast.walk(ast.parse(DAG)) if isinstance(node, ast.Constant)]
    (command,) = [text for text in texts if isinstance(text, str) and "python -m" in text]
    called = shlex.split(command.replace("{{ params.batch }}", "3").partition("python -m pipeline ")[2])
    assert understood(pipeline, called)["batch"] == [3]


def test_two_runs_of_the_dag_do_not_promote_at_once() -> None:
    (decorator,) = [
        node for node in ast.walk(ast.parse(DAG)) if isinstance(node, ast.Call) and ast.unparse(node.func) == "dag"
    ]
    assert {word.arg: ast.unparse(word.value) for word in decorator.keywords}["max_active_runs"] == "1"


@pytest.mark.parametrize("asked", COMMANDS, ids=lambda asked: " ".join(asked)[:50])
def test_every_command_is_one(asked: tuple[str, str]) -> None:
    program, rest = asked
    arguments = shlex.split(rest.replace("{{ params.batch }}", "3").replace("\\\n", " "))
    assert understood({"pipeline": pipeline, "baseline": baseline, "report": report}[program], arguments)


def test_the_code_for_a_pipeline_of_your_own_is_python() -> None:
    for block in re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL):
        ast.parse(block)
