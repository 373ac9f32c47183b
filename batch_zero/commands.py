"""The manners that every command has: one sentence for what went wrong, the same exit codes, an end when it is told to.

    0    done
    1    the answer is no: drift was detected (with --fail-on-drift), no report can be told
    2    could not run: an argument, a setting, a table or a store cannot be used
    130  ended by Ctrl+C, 143 by SIGTERM; what was under way was ended in order

A door has its click command under the name ``command`` and hands it to ``run``. It is click's own but for its errors,
which are one sentence here: what it got, and what it expected.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

from batch_zero.errors import COULD_NOT_RUN, BatchZeroError, expected
from batch_zero.interrupts import interruptible
from batch_zero.text import one_line

ROOM = f"{__name__}.room"
"""In what contexts share: the name of the room that was entered last."""

tracking_uri = click.option(
    "--mlflow-tracking-uri", metavar="URI", help="The store; default: MLFLOW_TRACKING_URI, else the embedded store."
)
experiment = click.option(
    "--experiment",
    metavar="NAME",
    help="A folder of examples/ or the path of an experiment.toml; default: BATCH_ZERO_EXPERIMENT.",
)


def run(
    command: click.Command, program: str, arguments: Sequence[str] | None = None, *, speaker: str | None = None
) -> int:
    """What the command's ``main`` returns, its exit code; help and arguments that make no sense raise SystemExit.

    program: as it was called, such as ``python -m drift``. speaker: whose name its errors begin with, by default the
    command's.
    """
    name, given = speaker or str(command.name), sys.argv[1:] if arguments is None else arguments
    return interruptible(name)(partial(_run, command, program, [*given], name))()


def _run(command: click.Command, program: str, arguments: list[str], speaker: str) -> int:
    meta: dict[str, Any] = {}
    try:
        with command.make_context(program, arguments) as context:
            meta = context.meta
            return command.invoke(context) or 0
    except click.exceptions.Exit as end:  # after --help and --version
        raise SystemExit(end.exit_code) from None
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.message, file=sys.stderr)
        raise SystemExit(COULD_NOT_RUN) from None
    except click.UsageError as error:
        _complain(error.ctx.meta.get(ROOM, speaker) if error.ctx else speaker, _sentence(error))
        raise SystemExit(COULD_NOT_RUN) from None
    except BatchZeroError as error:
        _complain(meta.get(ROOM, speaker), error.advised)
        return error.exit_code


def _complain(speaker: str, sentence: str) -> None:
    print(f"{speaker}: {one_line(sentence)}", file=sys.stderr)


def _sentence(error: click.UsageError) -> str:
    """What it got and what it expected."""
    match error, error.ctx:
        case click.MissingParameter(param=click.Parameter() as param), context:
            valid = param.make_metavar(context or click.Context(click.Command("")))
            text = expected(_name(param), None, valid)
        case click.BadParameter(param=click.Parameter() as param), _:
            text = f"{_name(param)}: {error.message.rstrip('.')}"
        case click.NoSuchOption(), click.Context() as context:
            names = [name for param in context.command.get_params(context) for name in param.opts]
            text = f"got {error.option_name}, expected one of {', '.join(names)}"
        case click.exceptions.NoSuchCommand(), click.Context(command=click.Group() as group) as context:
            text = f"got {error.command_name!r}, expected one of {', '.join(group.list_commands(context))}"
        case _:
            text = error.format_message().rstrip(".")
    return f"{text}; see {error.ctx.command_path} --help" if error.ctx else text


def _name(param: click.Parameter) -> str:
    return max(param.opts, key=len) if isinstance(param, click.Option) else str(param.human_readable_name)


class OneOf(click.ParamType[str]):
    """One of ``names``, in any case. also: other words for them."""

    name = "one of"

    def __init__(self, *names: str, also: Mapping[str, str] | None = None) -> None:
        self._names, self._also = names, also or {}

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002
        return f"[{'|'.join(self._names)}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        name: str = self._also.get(value.lower(), value.lower())
        if name not in self._names:
            self.fail(f"got {value!r}, expected one of {', '.join(self._names)}", param, ctx)
        return name

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        return [CompletionItem(name) for name in self._names if name.startswith(incomplete.lower())]


class Whole(click.IntRange):
    """A whole number from ``low`` to ``high``."""

    def __init__(self, low: int, high: int) -> None:
        super().__init__(low, high)
        self._valid = f"a whole number from {low} to {high}"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"got {value}, expected {self._valid}", param, ctx)


def refuse_both(one: str, other: str, *given: object) -> None:
    """Raises UsageError where both options are given. given: their values."""
    if all(given):
        raise click.UsageError(f"{one}: not allowed with argument {other}", click.get_current_context())


def want_one(one: str, other: str, *given: object) -> None:
    """Raises UsageError where none or both of two options are given. given: their values, None for one that is not."""
    there = [value is not None for value in given]
    if not any(there):
        raise click.UsageError(f"give {one} or {other}", click.get_current_context())
    refuse_both(one, other, *there)


@dataclass(frozen=True)
class Elsewhere:
    """A command in another door. help: one line, so that a list of commands need not import them all."""

    module: str
    help: str


class Rooms(click.Group):
    """Its commands are in doors that it knows by name only, and imports when they are called."""

    def __init__(self, *args: Any, rooms: Mapping[str, Elsewhere], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rooms = rooms

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self._rooms)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Whose errors begin with its name from here on."""
        found = super().resolve_command(ctx, args)
        ctx.meta[ROOM] = found[0]
        return found

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in self._rooms:
            return None
        command: click.Command = import_module(self._rooms[cmd_name].module).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, room.help) for name, room in self._rooms.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        named = [(name, room.help) for name, room in self._rooms.items() if name.startswith(incomplete)]
        return [CompletionItem(name, help=text) for name, text in named] + click.Command.shell_complete(
            self, ctx, incomplete
        )
