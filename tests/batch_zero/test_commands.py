"""The manners of a command: one sentence, its exit code, and an end when it is told to."""

import signal

import click
import pytest

from batch_zero import commands
from batch_zero.errors import BatchZeroError


@click.command("program")
@click.argument("number", type=int)
def ending(number: int) -> None:
    signal.raise_signal(number)  # heard before this returns, as os.kill need not be
    raise AssertionError("not reached")


@pytest.mark.parametrize(
    ("number", "code", "sentence"),
    [(signal.SIGINT, 130, "program: interrupted\n"), (signal.SIGTERM, 143, "program: ended by SIGTERM\n")],
)
def test_a_command_that_is_ended_says_so(
    capsys: pytest.CaptureFixture[str], number: int, code: int, sentence: str
) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert (commands.run(ending, "python -m program", [str(int(number))]), capsys.readouterr().err) == (
            code,
            sentence,
        )
    finally:
        signal.signal(signal.SIGINT, before)


@click.command("program")
@click.argument("code", type=int)
def returning(code: int) -> int:
    if code < 0:
        raise ValueError
    return code


def test_whatever_else_a_command_does_is_its_own() -> None:
    assert commands.run(returning, "program", ["3"]) == 3
    with pytest.raises(ValueError):  # noqa: PT011 - its own, without a word
        commands.run(returning, "program", ["--", "-1"])


class Refused(BatchZeroError):
    exit_code = 7
    hint = "Ask again"


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (BatchZeroError("a: got 3"), 2, "a: got 3"),
        (BatchZeroError("a: got 3", hint="name another one"), 2, "a: got 3; name another one"),
        (Refused("No"), 7, "No. Ask again"),
        (Refused("No", hint="ask me"), 7, "No; ask me"),
        (BatchZeroError("two\nlines, \x1b[31mred"), 2, "two lines, \\x1b[31mred"),
    ],
)
def test_an_error_of_the_family_is_one_sentence_with_its_hint_and_its_exit_code(
    capsys: pytest.CaptureFixture[str], error: BatchZeroError, code: int, sentence: str
) -> None:
    @click.command("program")
    def command() -> None:
        raise error

    assert commands.run(command, "python -m program", []) == code
    assert capsys.readouterr().err == f"program: {sentence}\n"


@click.group("program")
def several() -> None:
    """Two commands."""


@several.command()
@click.option("--kind", type=commands.OneOf("red", "blue", also={"azure": "blue"}), required=True)
@click.option("--one")
@click.option("--other")
def paint(kind: str, one: str | None, other: str | None) -> None:
    """Print the kind."""
    commands.want_one("--one", "--other", one, other)
    print(kind)


@pytest.mark.parametrize("kind", ["blue", "BLUE", "Azure"])
def test_a_choice_is_known_in_any_case_and_by_its_other_words(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run(several, "program", ["paint", "--kind", kind, "--one", ""]) == 0
    assert capsys.readouterr().out == "blue\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["paint", "--kind", "green"], "--kind: got 'green', expected one of red, blue; see x program paint --help"),
        (["paint"], "--kind: got nothing, expected [red|blue]; see x program paint --help"),
        (
            ["paint", "--kid", "red"],
            "got --kid, expected one of --kind, --one, --other, --help; see x program paint",
        ),
        (["pain"], "got 'pain', expected one of paint; see x program --help"),
        (["paint", "--kind"], "Option '--kind' requires an argument"),
        (["paint", "--kind", "red", "more"], "Got unexpected extra argument (more); see x program paint --help"),
        (
            ["paint", "--kind", "red"],
            "give --one or --other; see x program paint --help",
        ),
        (["paint", "--kind", "red", "--one", "1", "--other", "2"], "--one: not allowed with argument --other; see x"),
    ],
)
def test_arguments_that_make_no_sense_are_one_sentence_in_the_name_of_the_room(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        commands.run(several, "x program", arguments)
    said = capsys.readouterr().err
    assert (stop.value.code, said.count("\n")) == (2, 1)
    assert said.startswith(f"program: {sentence}")


@pytest.mark.parametrize("given", ["99999", "0", "many"])
def test_a_number_out_of_range_is_told_in_words(capsys: pytest.CaptureFixture[str], given: str) -> None:
    option = click.Option(["--port"], type=commands.Whole(1, 65535))
    with pytest.raises(SystemExit):
        commands.run(click.Command("serve", params=[option]), "python -m api", ["--port", given])
    wanted = f"serve: --port: got {given}, expected a whole number from 1 to 65535; see python -m api --help\n"
    assert capsys.readouterr().err == wanted
