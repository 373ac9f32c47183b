"""A model file that is open, in a child process of its own, for as many questions as there are. See the README of this
folder for what that is worth, and for what is said over the pipes."""

import logging
import os
import re
import subprocess
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from types import TracebackType
from typing import IO, Any, Literal, NoReturn, Self

import numpy as np
import pandas as pd
import pyarrow as pa

from sandbox import description, explanation
from sandbox.cold import SANDBOX, Child, ColdChild, environment
from sandbox.confinement import confine
from sandbox.description import Description
from sandbox.ends import how_it_ended
from sandbox.errors import UNUSABLE, ModelError, NoAnswerError, plain
from sandbox.explanation import Explanation
from sandbox.labels import Labels
from sandbox.limits import Limits, too_large
from sandbox.shown import Shown
from sandbox.warm import Forks
from sandbox.watch import Overseer, watched
from sandbox.wire import tables
from sandbox.wire.channel import Channel, GoneError, LateError
from sandbox.wire.frames import FrameError

EXIT_WITHIN_S = 5.0
"""From the end of its pipe to the end of a process."""

EXPLAINED_WITHIN_S = 20.0
"""Beyond its budget: to import shap, and to finish what was asked of the model last."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Packed:
    """Rows as they are sent. count: of them."""

    table: memoryview
    count: int


Rows = pd.DataFrame | Shown | Packed
Ask = Literal["predict", "predict_proba"]


def open_model(
    path: Path, limits: Limits | None = None, *, preprocessor: Path | None = None, warm: Forks | None = None
) -> "Session":
    """A session with the model, to be used in a ``with`` statement, which raises ModelError where it cannot be opened.

    path: an MLflow model folder (with its ``MLmodel``), a zip of one, or one model file by itself, of any kind that
    ``sandbox.files.kinds`` has.
    preprocessor: a joblib or pickle file whose ``transform`` comes first; None where the model takes the rows itself.
    warm: a process that has its libraries already, from which the child begins faster."""
    return Session(path, preprocessor, limits or Limits(), warm)


@cache
def warn_once() -> None:
    for what in confine.missing():
        log.warning("a model file is not kept from %s; open only what you trust", what)


class Session:
    """One child and its model. Any of several threads may ask; one is answered at a time. A model that refuses a
    question can be asked another; one that is late, or gives no answer, is ended, and every further question raises
    ModelError with the same reason."""

    def __init__(self, path: Path, preprocessor: Path | None, limits: Limits, warm: Forks | None) -> None:
        self._files = [file.resolve() for file in (path, preprocessor) if file is not None]
        self._limits, self._warm = limits, warm
        self._held = ExitStack()
        self._lock = Lock()
        self._calls = 0
        self._over: ModelError | None = None
        self._child: Child | None = None

    def __enter__(self) -> Self:
        if (reason := confine.impossible()) is not None:
            raise ModelError(reason)
        if (fault := too_large(self._files, self._limits)) is not None:
            raise ModelError(fault)
        warn_once()
        try:
            self._description = self._opened(self._begin())
        except (OSError, subprocess.SubprocessError) as error:
            self.close()
            raise ModelError(f"the model's process could not be run: {plain(str(error))}") from error
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the child, whatever it is doing; its folder goes with it."""
        self._over = self._over or ModelError("the model was closed")
        if self._child is not None:
            self._child.kill()  # a thread that waits for its answer goes on at once
        with self._lock:
            self._held.close()

    @property
    def is_over(self) -> bool:
        """No further question is answered."""
        return self._over is not None

    def describe(self) -> Description:
        return self._description

    def predict(self, rows: Rows, *, in_order: bool = False) -> np.ndarray:
        """What the model's own ``predict`` gives: shape (rows,), or (rows, columns) where it has several outputs;
        numbers, truth values or text. rows: a frame, of which the model picks the columns that it was trained on.
        in_order: where it knows how many those were and not their names, they are the frame's, in its order."""
        found = self._asked("predict", rows, in_order=in_order)
        return found[:, 0] if found.shape[1] == 1 else found

    def numbers(self, rows: Rows) -> np.ndarray:
        """A number for each row, of a model that predicts those of its target: shape (rows,), or (rows, columns) where
        it has several outputs. Raises ModelError for a model of another kind, and for numbers that are not finite."""
        found = _finite(self._asked("numbers", rows))
        return found[:, 0] if found.shape[1] == 1 else found

    def predict_proba(self, rows: Rows, *, in_order: bool = False) -> np.ndarray:
        """A probability for each row and class: shape (rows, classes), in the order of ``describe().classes``. As
        ``predict`` otherwise."""
        return _probabilities(self._asked("predict_proba", rows, in_order=in_order))

    def times(
        self, rows: Rows, *, ask: Ask, size: int, calls: int, budget_s: float, in_order: bool = False
    ) -> np.ndarray:
        """Nanoseconds that each call of the model's ``ask`` took with ``size`` rows, by its own clock: shape (calls,),
        fewer where ``budget_s`` was over, but one at least. rows: ``size`` or more, which are taken in turn."""
        timed = {"size": size, "calls": calls, "budget_s": budget_s}
        packed = rows if isinstance(rows, Packed) else packed_rows(rows, self._limits)
        found = self._table(packed, range(1, calls + 1), ask, times=timed, in_order=in_order)
        if found.shape[1] != 1 or found.dtype.kind != "i" or (found < 0).any():
            self._fail(NoAnswerError("the model's process answered with no times"))
        return found[:, 0]

    def in_threads(self, rows: Rows, threads: int, *, ask: Ask, in_order: bool = False) -> np.ndarray:
        """The answers of several threads in the model's process that ask for the same rows at the same time: shape
        (threads, rows, columns)."""
        packed = rows if isinstance(rows, Packed) else packed_rows(rows, self._limits)
        count = packed.count * threads
        found = self._table(packed, range(count, count + 1), ask, threads=threads, in_order=in_order)
        return found.reshape(threads, packed.count, -1)

    def explain(
        self,
        rows: pd.DataFrame | Shown,
        *,
        ask: Ask,
        budget_s: float,
        background: int = 50,
        seed: int = 0,
        in_order: bool = False,
    ) -> Explanation:
        """Shapley values of what the model's ``ask`` gives, for as many of the rows, from the first on, as there was
        time for. background: rows of them that stand for a feature that is not known, at most, where the model is no
        ensemble of trees that says so itself. Raises ModelError where not even one row could be explained."""
        shown = rows if isinstance(rows, Shown) else Shown(rows, rows)
        packed, known = packed_rows(shown, self._limits), [*map(str, shown.prepared.columns)]
        asked = {"ask": ask, "budget_s": budget_s, "background": background, "seed": seed, "in_order": in_order}
        begun = time.monotonic()
        words, found = self._words_and_table(
            packed, range(1, packed.count + 1), "explain", budget_s + EXPLAINED_WITHIN_S, **asked
        )
        try:
            return explanation.parsed(words, found, known, time.monotonic() - begun)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            self._fail(NoAnswerError("the model's process answered with no explanation of its rows"), error)

    def peak_mb(self) -> float | None:
        """The most memory that the model's process has had in RAM so far; None where it has ended."""
        assert self._child is not None
        try:
            status = Path(f"/proc/{self._child.pid}/status").read_text("utf-8")
        except OSError:
            return None
        found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
        return int(found[1]) / 1024 if found else None

    def probability(self, rows: Rows, labels: Labels | None = None) -> np.ndarray:
        """Of the positive class, for each row: shape (rows,), each 0..1. labels: those of the target, where the
        experiment names the positive one; else that is 1 of 0 and 1, or of -1 and 1."""
        found = self._asked("probability", rows, labels=asdict(labels) if labels else None)
        if found.shape[1] != 1:
            raise NoAnswerError(f"the model's answer has {found.shape[1]} numbers for each row, one was expected")
        return _probabilities(found)[:, 0]

    def _begin(self) -> Child:
        self._ends = time.monotonic() + self._limits.wall_s
        self._watch = self._held.enter_context(watched(self._ends))
        self._remarks: IO[bytes] = self._held.enter_context(TemporaryFile())  # noqa: SIM115 - as long as the session
        requests, answers = os.pipe(), os.pipe()
        self._channel = Channel(requests[1], answers[0])
        self._held.callback(self._channel.close)
        try:
            self._child = self._started(requests[0], answers[1])
        finally:  # the child has its ends, or nobody has
            os.close(requests[0])
            os.close(answers[1])
        self._held.callback(self._child.bury)
        self._watch.expect(self._child.pid)
        self._overseer = Overseer(self._child, self._watch.folder, self._limits, self._ends)
        self._held.callback(self._overseer.end)
        return self._child

    def _started(self, requests: int, answers: int) -> Child:
        if self._warm is not None and not confine.missing():
            try:
                return self._warm.child(requests, answers, self._remarks)
            except OSError as error:
                log.warning("a model's process begins cold: %s", plain(str(error)))
        return ColdChild(requests, answers, self._remarks, self._watch.folder)

    def _opened(self, child: Child) -> Description:
        request = {
            "files": [str(file) for file in self._files],
            "read": [*map(str, self._files), str(SANDBOX)],
            "limits": asdict(self._limits),
            "parent": child.parent,
            "folder": self._watch.folder,
            "environment": environment(self._watch.folder),
        }
        words, _ = self._answered(request, b"", 0)
        try:
            return description.parsed(words)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            self._fail(NoAnswerError("the model's process answered with no description of its model"), error)

    def _asked(self, what: str, rows: Rows, **more: Any) -> np.ndarray:
        packed = rows if isinstance(rows, Packed) else packed_rows(rows, self._limits)
        return self._table(packed, range(packed.count, packed.count + 1), what, **more)

    def _table(self, packed: Packed, counts: range, what: str, **more: Any) -> np.ndarray:
        return self._words_and_table(packed, counts, what, None, **more)[1]

    def _words_and_table(
        self, packed: Packed, counts: range, what: str, within_s: float | None, **more: Any
    ) -> tuple[dict[str, Any], np.ndarray]:
        """counts: how many rows the answer may have. within_s: it has to come, if that is sooner than ``call_s``."""
        most = tables.most_bytes(counts[-1], self._limits.answer_mb << 20)
        words, answer = self._answered({"do": what, **more}, packed.table, most, within_s)
        try:
            return words, tables.answer_in(answer, counts)
        except tables.TableError as error:
            self._fail(NoAnswerError(f"the model's answer is not what was asked for: {error}"), error)

    def _answered(
        self, words: dict[str, Any], table: bytes | memoryview, most: int, within_s: float | None = None
    ) -> tuple[dict[str, Any], bytes]:
        """The answer to one question, of a child that may be up to anything."""
        with self._lock:
            if self._over is not None:
                raise type(self._over)(*self._over.args)
            call, self._calls = self._calls, self._calls + 1
            try:
                found, answer = self._exchanged({"call": call, **words}, table, most, within_s)
            except ModelError as error:
                self._fail(error, error.__cause__)
            except BaseException:  # a frame went half, so that nothing can be said any more
                self._over = ModelError("a question to the model was broken off")
                raise
            if found.get("call") != call:
                self._fail(NoAnswerError("the model's process answered what nobody had asked"))
        if "error" in found:
            raise ModelError(f"{UNUSABLE}{plain(self._nowhere(str(found['error'])))}")
        return found, answer

    def _nowhere(self, text: str) -> str:
        """Without the places where this machine keeps the files, which libraries like to name."""
        text = text.replace(f"{self._watch.folder}/", "")
        for file in self._files:
            text = text.replace(str(file), file.name)
        return text

    def _exchanged(
        self, words: dict[str, Any], table: bytes | memoryview, most: int, within_s: float | None
    ) -> tuple[dict[str, Any], bytes]:
        begun, call_s = time.monotonic(), self._limits.call_s if words["call"] else None  # it may take its time to open
        bounds = [bound for bound in (call_s, within_s) if bound is not None]
        deadline = min([self._ends, *(begun + bound for bound in bounds)])
        try:
            self._channel.send(words, table, deadline)
            return self._channel.receive(most, deadline)
        except LateError as error:
            raise ModelError(self._late(begun, deadline)) from error
        except GoneError as error:
            raise self._why_gone(begun, deadline) from error
        except FrameError as error:
            raise NoAnswerError(f"the model's process broke off: {error}") from error

    def _late(self, begun: float, deadline: float) -> str:
        seconds = self._limits.wall_s if deadline == self._ends else deadline - begun
        return f"the model gave no answer within {seconds:.0f} seconds"

    def _why_gone(self, begun: float, deadline: float) -> ModelError:
        assert self._child is not None
        if self._over is not None or time.monotonic() >= deadline:
            return self._over or ModelError(self._late(begun, deadline))
        code = self._child.ended(min(EXIT_WITHIN_S, deadline - time.monotonic()))
        if self._overseer.found is not None:
            return ModelError(self._overseer.found)
        return how_it_ended(code, self._remarks)

    def _fail(self, error: ModelError, cause: BaseException | None = None) -> NoReturn:
        assert self._child is not None
        self._over = error
        self._child.kill()
        raise error from cause


def packed_rows(rows: pd.DataFrame | Shown, limits: Limits) -> Packed:
    """Rows ready to be sent. Raises ModelError where they cannot be."""
    shown = rows if isinstance(rows, Shown) else Shown(rows, rows)
    try:
        table = tables.of_rows(shown.table())
    except (ValueError, OverflowError, pa.ArrowException) as error:
        raise ModelError(f"the rows cannot be handed to the model: {plain(str(error))}") from error
    if len(table) > limits.rows_mb << 20:
        raise ModelError(
            f"the rows cannot be handed to the model: got {len(table) >> 20} MB at once, expected at most "
            f"{limits.rows_mb}"
        )
    return Packed(table, len(shown.features))


def _finite(found: np.ndarray) -> np.ndarray:
    if found.dtype.kind not in "fi":
        raise ModelError("the model's answers are no numbers, expected one for each row")
    odd = np.argwhere(~np.isfinite(found))
    if len(odd):
        rows, (row, column) = len(np.unique(odd[:, 0])), odd[0]
        raise ModelError(
            f"the model predicts no finite number for {rows:,} of {len(found):,} rows, {found[row, column]} for row "
            f"{row + 1:,}"
        )
    return found.astype(float)


def _probabilities(found: np.ndarray) -> np.ndarray:
    if found.dtype.kind not in "fib" or not ((found >= 0) & (found <= 1)).all():
        raise ModelError("the model's answer holds numbers outside 0..1, which are no probabilities")
    return found.astype(float)
