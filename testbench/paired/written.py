"""Answers row by row as a file that stays with a test. Read back, nothing of it is believed: it may be anybody's."""

from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from batch_zero.errors import BatchZeroError
from batch_zero.text import as_json
from metrics.tasks import Task
from sandbox.labels import Label
from testbench.paired.told import Told

MOST_NUMBERS = 500_000
"""Of answers in one file, which has to stay small enough to be read again: of many classes, fewer rows are kept."""

Number = Annotated[float, Field(allow_inf_nan=False)]


class AnswersUnreadable(BatchZeroError):
    """What is kept are no answers; the message says why."""

    status = 422


class _Kept(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    task: Task
    classes: tuple[Label, ...]
    of: Annotated[int, Field(ge=1)]
    truth: Annotated[tuple[Number, ...], Field(min_length=1)]
    answers: tuple[Number, ...] | tuple[tuple[Number, ...], ...]


def most_rows(most: int, classes: int) -> int:
    """How many are kept where ``most`` are asked for."""
    return min(most, MOST_NUMBERS // max(classes, 1))


def to_json(told: Told) -> str:
    return as_json(
        {
            "task": told.task.value,
            "classes": list(told.classes),
            "of": told.of,
            "truth": told.truth.tolist(),
            "answers": told.answers.tolist(),
        }
    )


def from_data(data: Any) -> Told:
    """data: of ``to_json``, through JSON. Raises AnswersUnreadable."""
    try:
        found = _Kept.model_validate(data)
        truth, answers = np.asarray(found.truth), np.asarray(found.answers, dtype=float)
    except (ValidationError, ValueError) as error:
        raise AnswersUnreadable(f"no answers row by row: {str(error).splitlines()[0][:200]}") from None
    if fault := _fault(found, truth, answers):
        raise AnswersUnreadable(f"no answers row by row: {fault}")
    codes = truth if found.task is Task.REGRESSION else truth.astype(int)
    return Told(found.task, found.classes, codes, answers, found.of)


def _fault(found: _Kept, truth: np.ndarray, answers: np.ndarray) -> str:
    """Why they do not fit together; empty where they do."""
    shape = (len(truth), len(found.classes)) if found.task is Task.MULTICLASS else (len(truth),)
    if answers.shape != shape or found.of < len(truth):
        return f"got answers of shape {answers.shape}, expected {shape}"
    classes = {Task.BINARY: 2, Task.MULTICLASS: len(found.classes)}.get(found.task)
    if classes is not None and not np.isin(truth, np.arange(classes)).all():
        return "got outcomes that are none of its classes"
    return ""
