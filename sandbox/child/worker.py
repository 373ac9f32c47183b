"""The part of a child that opens a model and answers for it: the first file that imports a library, and the only one of
this project that ever opens a model file.

It runs confined and isolated from the project (``python -I``), of which it knows the sandbox only; see its README.
"""

import re
import sys
import warnings
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from sandbox import labels
from sandbox.child import align, answers, describe, evidence, flavours, garbage, timing
from sandbox.child.align import Refused, Rows
from sandbox.child.explaining import explain
from sandbox.child.words import instead, mismatch, numbers, task
from sandbox.child.words.mismatch import Saved
from sandbox.files.mlmodel import MlmodelError
from sandbox.wire import frames, tables

LONGEST = 2_000
"""What is said of an error."""

PLACE = re.compile(r"^\[[0-9:]{8}\] \S+:[0-9]+: ")
"""Of XGBoost: when, and where in the source of whoever built it."""

OURS = (Refused, labels.LabelError, MlmodelError)
"""What says in a user's words what is wrong."""

ANSWERS = (str, bytes, bool, int, float, Decimal, np.bool_, np.integer, np.floating)
"""What a prediction can be."""

LONGEST_ANSWER = 1_000
"""Characters of one text."""


@dataclass(frozen=True)
class Opened:
    """A model, and what comes before it. beside: what stands next to its file. saved: with which versions."""

    model: Any
    preprocessor: Any | None
    beside: evidence.Described
    mlmodel: dict[str, Any]
    saved: Saved

    @property
    def taker(self) -> tuple[Any, evidence.Described, bool]:
        """What takes the rows, what stands beside it, and whether that is a preprocessor."""
        if self.preprocessor is None:
            return self.model, self.beside, False
        return self.preprocessor, evidence.NO_DATA, True

    def features(self, rows: Rows) -> Any:
        """The rows as the model wants them."""
        return self.prepared(align.aligned(rows, *self.taker))

    def prepared(self, taken: pd.DataFrame) -> Any:
        if self.preprocessor is None:
            return taken
        return align.renamed(self.preprocessor.transform(taken), self.preprocessor, self.model)

    def description(self) -> dict[str, Any]:
        first, _, _ = self.taker
        saved_with = {"sklearn_version": self.saved.scikit_learn} if self.saved.scikit_learn else {}
        return describe.described(self.model, self.mlmodel, self.beside, first, saved_with)

    def answer(self, request: dict[str, Any], frame: pd.DataFrame) -> tuple[dict[str, Any], np.ndarray]:
        """Words and a table."""
        said, frame.attrs = frame.attrs, {}  # pandas copies them with every column that is taken
        rows = Rows(frame, said["prepared"], said["features"], request.get("in_order", False))
        return self._explained(request, rows) if request["do"] == "explain" else ({}, self._table(request, rows))

    def _explained(self, request: dict[str, Any], rows: Rows) -> tuple[dict[str, Any], np.ndarray]:
        classifies, probabilities = task.task_of(self.model) == task.CLASSIFIER, request["ask"] == "predict_proba"
        asked = explain.Asked(
            self.model,
            self.preprocessor,
            align.aligned(rows, *self.taker),
            self.prepared,
            probabilities,
            classifies or probabilities,
        )
        bounds = {name: request[name] for name in ("budget_s", "background", "seed")}
        with threadpool_limits(1, user_api="openmp"):  # of many small calls, most would wait for each other's threads
            words, table = explain.explained(asked, **bounds)
        return {**words, "columns": list(align.taken(rows, *self.taker).values())}, table

    def _table(self, request: dict[str, Any], rows: Rows) -> np.ndarray:
        features = self.features(rows)

        def ask(part: Any) -> np.ndarray:
            return self._asked(request, part)

        if (timed := request.get("times")) is not None:
            return timing.times(ask, features, timed["size"], timed["calls"], timed["budget_s"])
        threads = request.get("threads", 1)
        found = ask(features) if threads == 1 else timing.in_threads(ask, features, threads)
        if found.shape[:1] != (len(rows) * threads,) or found.ndim > 2:
            raise Refused(f"got {_name(request['do'])} of shape {found.shape} for {len(rows)} rows")
        _check_answers(found)
        if found.ndim == 2 and found.shape[1] > tables.MOST_COLUMNS:
            raise Refused(f"got {found.shape[1]:,} numbers for each row, expected at most {tables.MOST_COLUMNS:,}")
        return found

    def _asked(self, request: dict[str, Any], features: Any) -> np.ndarray:
        if request["do"] == "predict":
            return answers.predictions(self.model, features)
        if request["do"] == "numbers":
            return numbers.predicted(self.model, features)
        if request["do"] == "predict_proba":
            return np.asarray(answers.probabilities(self.model, features), dtype=float)
        return np.asarray(answers.probability(self.model, features, _labels(request)), dtype=float)


def _check_answers(found: np.ndarray) -> None:
    """A dict has a text too, and is no label for that."""
    if found.dtype.kind in "biuf":
        return
    for value in found.flat:
        if not isinstance(value, ANSWERS):
            got = f"{type(value).__name__} ({repr(value)[:40]})"
            raise Refused(f"it answers with values of the type {got}, expected numbers, truth values or texts")
    longest = max(map(str, found.flat), key=len, default="")
    if len(longest) > LONGEST_ANSWER:
        raise Refused(
            f"it answers with texts of up to {len(longest):,} characters ({longest[:20]!r} and so on), expected "
            f"numbers, or labels of at most {LONGEST_ANSWER:,} characters"
        )


def _name(do: str) -> str:
    return "predictions" if do in ("predict", "numbers") else "probabilities"


def serve(requests: int, results: int, opening: dict[str, Any]) -> int:
    """Opens the model and answers until the other side closes; 0 then. requests, results: file descriptors."""
    warnings.filterwarnings("ignore")  # libraries' remarks on versions; what matters is said by an exception
    most = opening["limits"]["rows_mb"] << 20
    try:
        opened = _opened(*map(Path, opening["files"]))
        words = _described(opened)
    except Exception as error:  # whatever a model file raises
        frames.write(results, {"call": opening["call"], "error": sentence(error)})
        return 1
    garbage.as_usual()
    frames.write(results, {"call": opening["call"], **words})
    while (asked := frames.read(requests, most)) is not None:
        _answer(opened, *asked, results, opening["limits"]["answer_mb"] << 20)
    return 0


def _described(opened: Opened) -> dict[str, Any]:
    try:
        return opened.description()
    except Exception as error:
        raise _explained(error, opened, opening=True) from error


def _explained(error: Exception, opened: Opened, *, opening: bool) -> Exception:
    """The same, or what it comes of."""
    if isinstance(error, OURS):
        return error
    return mismatch.explained(error, opened.saved, opening=opening) or error


def _answer(opened: Opened, request: dict[str, Any], rows: bytes, results: int, most: int) -> None:
    """most: bytes of an answer."""
    try:
        words, values = opened.answer(request, tables.rows_in(rows))
        answer = tables.of_answer(values)
        if len(answer) > (most := tables.most_bytes(len(values), most)):
            raise Refused(f"its answers take {len(answer):,} bytes for {len(values):,} rows, expected at most {most:,}")
    except Exception as error:  # whatever a model raises
        frames.write(results, {"call": request["call"], "error": sentence(_explained(error, opened, opening=False))})
    else:
        frames.write(results, {**words, "call": request["call"]}, answer)


def _opened(path: Path, preprocessor: Path | None = None) -> Opened:
    folder, mlmodel = flavours.mlmodel_of(path)
    _know_code(folder, mlmodel)
    with mismatch.noticed() as saved:
        first = None if preprocessor is None else flavours.opened(flavours.load_pickle, preprocessor, saved=saved)
        model = flavours.opened(flavours.load, folder, mlmodel, saved=saved)
    if not instead.is_model(model):
        raise Refused(f"it holds {instead.what_it_is(model)}, expected a model with predict")
    return Opened(model, first, evidence.described(folder, mlmodel), mlmodel, saved)


def _labels(request: dict[str, Any]) -> labels.Labels | None:
    given = request["labels"]
    return labels.Labels(tuple(given["seen"]), given["positive"]) if given else None


def _know_code(folder: Path, mlmodel: dict[str, Any]) -> None:
    """Modules that were logged with the model (``code_paths``), as MLflow finds them."""
    for flavor in mlmodel.get("flavors", {}).values():
        code = folder / str(flavor.get("code") or "no code")
        if code.is_dir() and str(code) not in sys.path:
            sys.path.insert(0, str(code))


def sentence(error: Exception) -> str:
    """One line: the user's words where they are ours, else the library's with the kind of the exception."""
    lines = [line for line in (PLACE.sub("", line).strip() for line in str(error).splitlines()) if line]
    said = " ".join(lines[: 2 if lines and lines[0].endswith(":") else 1])  # what a colon announces is in the next one
    words = [said] if isinstance(error, OURS) else [type(error).__name__, *([said] if said else [])]
    return ": ".join(words)[:LONGEST]
