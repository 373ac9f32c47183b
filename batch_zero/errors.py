"""The one family of errors: what a person outside can do something about.

Whoever talks to people (a command, the page, the API) catches BatchZeroError and nothing wider; every other exception
is a fault of ours, and keeps its traceback. Each error is at home in the room that raises it:

BatchZeroError
├── SettingsError           below, for settings and what reads an experiment.toml for them
├── UnknownExperiment       lifecycle
├── DriftError              drift
├── ScoreError              metrics
├── DataError               datasets
├── ModelError              sandbox, whose child process knows no other room and has errors of its own
├── FileRefused ...         testbench.files, which draws its own branch
├── SchemaError             testbench.schema
├── FileError               batch_zero.storage
├── TrackingError ...       mlflow_io, which draws its own branch
├── JobsError ...           jobs, which draws its own branch
├── EmptyHistory            report
└── OutOfTurn               pipeline
"""

import re
from typing import ClassVar

from batch_zero.installation import DEMO, called
from batch_zero.text import shortened

HOW_TO_BEGIN = f"Run `{DEMO}`, or `{called('pipeline')} run --help` for data of your own."
"""Where nothing has been recorded yet."""

COULD_NOT_RUN = 2
"""The exit code of a command that could not do what it was asked for. 1 is an answer: no."""


class BatchZeroError(Exception):
    """message: one sentence without secrets: where, what it got, what it expected. hint: what to do next, where the
    sentence does not say so itself; a sentence of its own, or in lower case the end of the same one. By default the
    class's."""

    exit_code: ClassVar[int] = COULD_NOT_RUN
    status: ClassVar[int] = 500
    """Of the HTTP answer."""
    hint: str | None = None
    in_vain: ClassVar[bool] = False
    """Whoever asks for the very same again gets the same answer."""
    retry_after_s: ClassVar[int | None] = None
    """When a program may come again, where that helps."""

    def __init__(self, message: str = "", *, hint: str | None = None) -> None:
        super().__init__(message)
        if hint is not None:
            self.hint = hint

    @property
    def advised(self) -> str:
        """The message and the hint as one text."""
        if self.hint is None:
            return str(self)
        return f"{self}{'; ' if self.hint[0].islower() else '. '}{self.hint}"


class SettingsError(BatchZeroError):
    """A setting that cannot be used; the message says which, what it got and what it expected."""


_MANY_DIGITS = re.compile(r"(\d{20})\d{20,}")
LONGEST = 300
"""Characters of a value that is quoted; what comes from outside may be a megabyte."""


def expected(name: str, got: object, words: str) -> str:
    """The sentence for a value that is refused. got: None where there was nothing. words: what is valid."""
    return f"{name}: got {'nothing' if got is None else shortened(_written(got), LONGEST)}, expected {words}"


def _written(got: object) -> str:
    """Of a number of hundreds of digits, the first ones."""
    return repr(got) if isinstance(got, str) else _MANY_DIGITS.sub(r"\1…", repr(got))
