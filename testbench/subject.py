"""The model under test: opened in the sandbox, and opened again where a question has ended it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from time import perf_counter
from types import TracebackType
from typing import Self

import numpy as np
import pandas as pd

from batch_zero import formats
from metrics.tasks import Task
from sandbox.description import Description
from sandbox.errors import ModelError
from sandbox.labels import Label
from sandbox.session import Ask, Session
from testbench.checks.classes import place_of


@dataclass(frozen=True)
class Answers:
    """values: shape (rows, columns): a probability for each class, or what ``predict`` gives. classes: of the columns;
    None where these are no probabilities."""

    values: np.ndarray
    classes: tuple[Label, ...] | None

    @property
    def scores(self) -> np.ndarray:
        """One number for each row: of two classes the probability of the second, of several that of the most probable
        one, of a regression the prediction. NaN for what is no number. Shape (rows,)."""
        if self.classes is None or self.values.shape[1] == 1:
            numbers: np.ndarray = pd.to_numeric(pd.Series(self.values[:, 0]), errors="coerce").to_numpy(dtype=float)
            return numbers
        chosen = self.values[:, 1] if self.values.shape[1] == 2 else self.values.max(axis=1)
        return np.asarray(chosen, dtype=float)

    @property
    def labels(self) -> np.ndarray:
        """What is predicted for each row: the most probable class, or the prediction itself."""
        if self.classes is None:
            labels: np.ndarray = self.values[:, 0]
            return labels
        chosen: np.ndarray = np.asarray(self.classes, dtype=object)[self.values.argmax(axis=1)]
        return chosen


class Gives(StrEnum):
    """What a model is asked for: the best of what it has."""

    PROBABILITIES = "probabilities"
    LABELS = "labels"
    NUMBERS = "numbers"


class Subject:
    """In a ``with`` statement. opening: begins a session that is not open yet. rows: some that the model takes, by
    which it is found out what it gives, or what makes them of the model's own words. alone: begins one whose process
    has imported nothing before, where ``opening`` does not. positive: the class that scores such as recall are of,
    where a person has chosen one of two. Raises ModelError where it cannot be opened, or gives nothing, and
    BadPositive."""

    def __init__(
        self,
        opening: Callable[[], Session],
        rows: pd.DataFrame | Callable[[Description], pd.DataFrame],
        alone: Callable[[], Session] | None = None,
        positive: str | None = None,
    ) -> None:
        self._opening, self._rows, self._alone, self._positive = opening, rows, alone, positive
        self._session: Session | None = None
        self._start_s: float | None = None
        self._peak_mb = 0.0
        self.without_probabilities, self.other_shape = "", False

    def __enter__(self) -> Self:
        try:
            self.description = self.session.describe()
            rows = self._rows
            self.gives = self._found_out(rows if isinstance(rows, pd.DataFrame) else rows(self.description))
            self.positive = place_of(self.classes, self._positive)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    @property
    def session(self) -> Session:
        if self.session_is_over:
            self._open(self._opening)
        assert self._session is not None
        return self._session

    def be_alone(self) -> None:
        """From here on the model is in a process of its own from the beginning, so that its times and its memory are
        not those of a fork."""
        if self._alone is not None:
            self._opening, self._alone = self._alone, None
            self._close()
            self._start_s, self._peak_mb = None, 0.0
            self._open(self._opening)

    @property
    def start_s(self) -> float:
        """What its first start took."""
        assert self._start_s is not None
        return self._start_s

    @property
    def peak_mb(self) -> float:
        """The most memory that its processes had so far; 0 where that is not known."""
        return max(self._peak_mb, (self._session and self._session.peak_mb()) or 0.0)

    @property
    def session_is_over(self) -> bool:
        """The last question has ended the model's process."""
        return self._session is None or self._session.is_over

    @property
    def ask(self) -> Ask:
        return "predict_proba" if self.gives is Gives.PROBABILITIES else "predict"

    @property
    def broken_probabilities(self) -> str:
        """What is wrong with those of a model that has some, and gives what is none; empty where nothing is."""
        return self.without_probabilities if self.description.outputs or self.other_shape else ""

    @property
    def scored_classes(self) -> tuple[Label, ...]:
        """In the order in which they are scored: of two, the one that scores such as recall are of comes last."""
        return self.classes[::-1] if self.task is Task.BINARY and self.positive == 0 else self.classes

    @property
    def in_order(self) -> bool:
        """The model knows its columns by their number only."""
        return self.description.features is None

    @property
    def task(self) -> Task:
        if self.gives is Gives.NUMBERS:
            return Task.REGRESSION
        return Task.BINARY if len(self.classes) == 2 else Task.MULTICLASS

    def answers(self, rows: pd.DataFrame) -> Answers:
        """Raises ModelError."""
        if self.gives is Gives.PROBABILITIES:
            return Answers(self._distributions(rows), self.classes)
        found = self.session.predict(rows, in_order=self.in_order)
        return Answers(found if found.ndim == 2 else found[:, None], None)

    def _found_out(self, rows: pd.DataFrame) -> Gives:
        self.classes: tuple[Label, ...] = self.description.classes or ()
        if self.description.task != "regressor":
            try:
                found = self._distributions(rows)
                self.classes = self.classes or tuple(range(found.shape[1]))  # as its library trains on
                return Gives.PROBABILITIES
            except ModelError as error:
                self.without_probabilities = str(error)
        numbers = self.session.predict(rows, in_order=self.in_order)
        says_so = self.description.task == "classifier" or (self.classes and self.description.task is None)
        if says_so or numbers.dtype.kind not in "iuf":
            self.classes = self.classes or tuple(pd.unique(numbers.ravel()).tolist())
            return Gives.LABELS
        return Gives.NUMBERS

    def _distributions(self, rows: pd.DataFrame) -> np.ndarray:
        """A probability for each class. Raises ModelError, for what is of another shape as well."""
        found = self.session.predict_proba(rows, in_order=self.in_order)
        known = len(self.classes)
        self.other_shape = found.shape[1] != known if known else found.shape[1] < 2
        if self.other_shape:
            classes = f"of its {formats.counted(known, 'class', 'classes')}" if known else "class"
            got = formats.counted(found.shape[1], "number")
            raise ModelError(f"predict_proba gives {got} for each row, expected one for each {classes}")
        return found

    def _open(self, opening: Callable[[], Session]) -> None:
        self._close()
        begun = perf_counter()
        self._session = opening().__enter__()
        self._start_s = self._start_s or perf_counter() - begun

    def _close(self) -> None:
        if self._session is not None:
            self._peak_mb = self.peak_mb
            self._session.close()
            self._session = None
