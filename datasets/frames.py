"""Rows in, features and target out, by the experiment's own ``features.py``."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from batch_zero.errors import BatchZeroError
from batch_zero.text import quoted, shortened
from datasets.tables import first_line
from drift.columns import to_numbers
from drift.errors import DriftError
from drift.labels import label_of
from lifecycle.experiment import DataSpec
from metrics.tasks import Task
from sandbox.labels import Label, LabelError, Labels, positive_of


class DataError(BatchZeroError):
    """Data that does not fit; one sentence that says what to do."""

    status = 422


class Answered(DataError):
    """One that other data would not help: its sentence says what to change in the experiment or the command."""


def prepare(spec: DataSpec, raw: pd.DataFrame) -> pd.DataFrame:
    """``raw`` through the experiment's ``features.py``, if it has one. Raises DataError where that fails, most often
    for a column that is missing."""
    file = spec.features_file
    if file is None:
        return raw
    try:
        with beside(file):
            frame = imported(file).prepare(raw)
    except KeyError as error:
        raise DataError(f"columns are missing: {error}; the data has {quoted(raw.columns)}") from error
    except Exception as error:  # whatever the user's own code raises is the answer
        raise DataError(f"{file}: {type(error).__name__}: {shortened(first_line(error), 200)}") from error
    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"{file}: prepare() returned a {type(frame).__name__}, expected a DataFrame")
    return frame


@contextmanager
def beside(file: Path) -> Iterator[None]:
    """While a user's own code runs, it finds the files beside it, under whatever name: another experiment's, or ours of
    the same name, are put away meanwhile."""
    names = {path.stem for path in file.parent.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    ours = {module: sys.modules.pop(module) for module in list(sys.modules) if module.partition(".")[0] in names}
    sys.path.insert(0, str(file.parent))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(file.parent))
        for module in [module for module in sys.modules if module.partition(".")[0] in names]:
            del sys.modules[module]
        sys.modules.update(ours)


def imported(file: Path) -> ModuleType:
    """The user's own code beside an ``experiment.toml``; raises whatever it raises."""
    described = importlib.util.spec_from_file_location(f"{file.stem}_of_{file.parent.name}", file)
    if described is None or described.loader is None:
        raise DataError(f"{file}: cannot be imported")
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


def features_and_target(spec: DataSpec, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """The feature columns, in the experiment's order and of one dtype per kind, and the target: 0 and 1, where 1 is the
    positive label; the code of each class, its place in the experiment's list; or numbers.

    An experiment that lists no features takes every column but target, batch and group. Raises DataError where
    columns are missing, no row is left, or the target is not what the experiment says.
    """
    names = list(spec.features) or list(unreserved(spec, frame).columns)
    absent = [name for name in (*names, spec.target) if name not in frame.columns]
    if absent:
        raise DataError(f"columns {quoted(absent)} are missing; the data has {quoted(frame.columns)}")
    if frame.empty:
        raise DataError("no row of the data is left after preparing it")
    return _typed(spec, frame[names]), _target(spec, frame[spec.target])


def _target(spec: DataSpec, target: pd.Series) -> pd.Series:
    if spec.task is Task.REGRESSION:
        return _target_numbers(target)
    if target.isna().any():
        raise DataError(f"target {spec.target!r}: got {quoted(target.unique())}, expected a label in each row")
    return _codes(spec, target) if spec.task is Task.MULTICLASS else _zero_and_one(spec, target)


def _target_numbers(target: pd.Series) -> pd.Series:
    numbers = _numbers(target, role="target")
    if missing := int(numbers.isna().sum()):
        raise DataError(f"target {target.name!r}: got {missing:,} rows without a value, expected a number in each")
    return numbers


def _codes(spec: DataSpec, target: pd.Series) -> pd.Series:
    """By the rule for equal values in other clothes: a class 1 is met by 1, 1.0 and "1"."""
    code_of = {label_of(label): code for code, label in enumerate(spec.classes)}
    found = target.map(label_of)
    if others := sorted(map(str, set(found) - code_of.keys())):
        raise Answered(
            f"target {spec.target!r}: got the labels {quoted(others)}, expected those of classes in [data]: "
            f"{quoted(spec.classes)}"
        )
    return found.map(code_of).astype(int)


def _zero_and_one(spec: DataSpec, target: pd.Series) -> pd.Series:
    try:
        positive = positive_of(_seen(target), spec.positive)
    except LabelError as error:
        if spec.positive is not None:
            raise Answered(f"target {spec.target!r}: {error}") from error
        raise Answered(
            f"target {spec.target!r}: got {quoted(target.unique())}, expected the numbers 0 and 1; where two other "
            "labels are meant, name the one that means yes in [data] of the experiment.toml: positive = ..."
        ) from error
    return (target == positive).astype(int)


def labels(spec: DataSpec, frame: pd.DataFrame) -> Labels | None:
    """What a model of two classes has to know of the target's labels; None where they are 0 and 1, or as good as."""
    return None if spec.positive is None else Labels(_seen(frame[spec.target]), spec.positive)


def _seen(target: pd.Series) -> tuple[Label, ...]:
    return tuple(getattr(value, "item", lambda value=value: value)() for value in target.unique())


def unreserved(spec: DataSpec, frame: pd.DataFrame) -> pd.DataFrame:
    """Every column but target, batch and group, as it was prepared."""
    return frame.drop(columns=[name for name in (spec.target, spec.batch, spec.group) if name in frame.columns])


def _typed(spec: DataSpec, features: pd.DataFrame) -> pd.DataFrame:
    """Numbers as float64; categories as text, missing ones as the category "missing"."""
    kinds: dict[str, pd.Series] = {}
    for name in map(str, features):
        if name in spec.numerical:
            kinds[name] = _numbers(features[name])
        elif name in spec.categorical:
            kinds[name] = _category(features[name])
        else:
            kinds[name] = features[name]
    return pd.DataFrame(kinds)


def _numbers(values: pd.Series, role: str = "column") -> pd.Series:
    """By the drift check's own rule, so that nothing is trained on what no batch could be compared in."""
    try:
        numbers = to_numbers(values, f"{role} {values.name!r}")
    except DriftError as error:
        raise DataError(str(error)) from error
    if infinite := int(np.isinf(numbers).sum()):
        raise DataError(f"{role} {values.name!r}: got {infinite:,} infinite values, expected finite or no values")
    return numbers


def _category(values: pd.Series) -> pd.Series:
    """By the drift check's own rule for equal values in other clothes; infinite ones, which it leaves out, as text."""
    present = zip(values, values.notna(), strict=True)
    labels = [label_of(value) or str(value) if there else "missing" for value, there in present]
    return pd.Series(labels, index=values.index, name=values.name, dtype=str)
