"""How far something has come that takes a while: a step, of how many, and a line of text.

What works is handed ``Steps`` and knows nothing of who listens: a command prints (``printed``), a job stores.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from batch_zero.text import one_line


@dataclass(frozen=True)
class Step:
    """done: how many steps are through, of ``total``, which is 0 where it is not known. text: one line, what has just
    happened or been found."""

    done: int
    total: int
    text: str


class Progress(Protocol):
    """Is told of every step, and of every remark between two."""

    def __call__(self, step: Step, /) -> None: ...


class Steps:
    """Counts the steps of one undertaking, and passes each on."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._done, self._progress = total, 0, progress

    def remark(self, text: str) -> None:
        """Something to know, and no step."""
        self._progress(Step(self._done, self._total, text))

    def done(self, text: str) -> None:
        """One step more is through."""
        self._done += 1
        self.remark(text)


@contextmanager
def printed(speaker: str) -> Iterator[Progress]:
    """Prints a line for each step, as ``speaker: text``; where somebody watches, on a terminal, with a bar below."""
    if sys.stdout.isatty():
        with _bar(speaker) as progress:
            yield progress
    else:
        yield partial(_print, speaker)


def _print(speaker: str, step: Step) -> None:
    print(f"{speaker}: {one_line(step.text)}", flush=True)


@contextmanager
def _bar(speaker: str) -> Iterator[Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = TextColumn(speaker, markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Bar(*columns, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task(speaker)

        def show(step: Step) -> None:
            bar.console.print(f"{speaker}: {one_line(step.text)}", markup=False, highlight=False, soft_wrap=True)
            bar.update(task, completed=step.done, total=step.total, visible=step.total > 0)

        yield show
