"""A batch held against its reference: Evidently's tests on tables that are known to be comparable."""

import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from batch_zero.text import shortened
from drift.errors import DriftError
from drift.missing import jump
from drift.notes import describe, narrow_spread
from drift.page import without_markup_in_data
from drift.policy import DriftPolicy
from drift.prepare import Pair, prepare
from drift.result import ColumnDrift, DriftResult, too_few
from drift.schema import Schema

VERDICTS = {"FAIL": True, "SUCCESS": False}
"""Evidently's test status -> drifted. Another status would be news, and a KeyError."""


@dataclass(frozen=True)
class DriftCheck:
    """A result and the Evidently run it was read from."""

    result: DriftResult
    snapshot: Any
    """Evidently's Snapshot; None where no column could be tested."""

    def html(self) -> str:
        """Evidently's page of this very run, self-contained (about 4 MB).

        It shows the columns that were tested, and its share is among those: a column that is all missing on one side
        counts as drifted in ``result`` and is absent here. Raises DriftError where no column could be tested.
        """
        if self.snapshot is None:
            raise DriftError("no column has values on both sides, so there is no Evidently page to show")
        return without_markup_in_data(self.snapshot.get_html_str(as_iframe=False))


def detect(reference: pd.DataFrame, current: pd.DataFrame, schema: Schema, policy: DriftPolicy) -> DriftResult:
    """The result alone, the same as ``check``'s: Evidently's tests without its charts, which take most of the time."""
    return _compared(
        reference, current, schema, policy, lambda pair, names: (_statistics(pair, names, policy), None)
    ).result


def check(reference: pd.DataFrame, current: pd.DataFrame, schema: Schema, policy: DriftPolicy) -> DriftCheck:
    """Each column of the schema tested, and a verdict on the batch.

    Raises DriftError where the two can't be compared (see ``prepare``) or not one column gets a verdict.
    """

    def run(pair: Pair, names: list[str]) -> tuple[dict[str, ColumnDrift], Any]:
        snapshot = _run(pair, names, policy)
        return _tested(pair, snapshot.dict(), policy), snapshot

    return _compared(reference, current, schema, policy, run)


Run = Callable[[Pair, list[str]], tuple[dict[str, ColumnDrift], Any]]
"""Tests the columns of these names: the verdict on each, and Evidently's Snapshot, if there is one."""


def _compared(
    reference: pd.DataFrame, current: pd.DataFrame, schema: Schema, policy: DriftPolicy, run: Run
) -> DriftCheck:
    pair = prepare(reference, current, schema)
    testable = [name for name in pair.columns if all(pair.has_values(name)) and pair.fits_histogram(name)]
    tested, snapshot = run(pair, testable) if testable else ({}, None)
    result = DriftResult(
        columns=tuple(row for name in pair.columns for row in _rows(pair, name, tested.get(name), policy)),
        threshold=policy.threshold,
        reference_rows=len(reference),
        current_rows=len(current),
        ignored=pair.ignored,
        min_rows=policy.min_rows,
    )
    if not result.total_columns:
        raise DriftError(_nothing_compared(result, schema))
    return DriftCheck(result, snapshot)


def _rows(pair: Pair, name: str, tested: ColumnDrift | None, policy: DriftPolicy) -> list[ColumnDrift]:
    """The verdict on a column's values and, where they jumped, on its missing ones."""
    rows = [_of_enough(pair, tested, policy) if tested else _without_test(pair, name)]
    jumped = (
        jump(name, pair.kind(name), pair.reference[name], pair.current[name]) if all(pair.has_values(name)) else None
    )
    return [*rows, jumped] if jumped else rows


def _of_enough(pair: Pair, tested: ColumnDrift, policy: DriftPolicy) -> ColumnDrift:
    """No verdict on fewer values than a batch must have rows; of a table that is too short, none is one anyway."""
    sides = {"reference": pair.reference[tested.column], "batch": pair.current[tested.column]}
    few = [
        f"{column.count()} in the {side}"
        for side, column in sides.items()
        if too_few(column.count(), policy.min_rows) and not too_few(len(column), policy.min_rows)
    ]
    if not few:
        return tested
    note = f"too few values to tell: {' and '.join(few)}, at least {policy.min_rows} are needed"
    return replace(tested, drifted=None, note="; ".join(filter(None, (note, tested.note))))


def _nothing_compared(result: DriftResult, schema: Schema) -> str:
    reasons = [*schema.untested, *((column.column, column.note) for column in result.columns)]
    shown = ", ".join(f"{shortened(name)!r} ({reason})" for name, reason in reasons[:3])
    more = f" and {len(reasons) - 3} more" if len(reasons) > 3 else ""
    return f"no column can be compared: {shown or 'the schema names none'}{more}"


def _run(pair: Pair, columns: list[str], policy: DriftPolicy) -> Any:
    """Evidently's Snapshot. Imported here: evidently costs 3.5 s of CPU."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    definition = DataDefinition(
        numerical_columns=[name for name in columns if pair.kind(name) == "numerical"],
        categorical_columns=[name for name in columns if pair.kind(name) == "categorical"],
    )
    preset = DataDriftPreset(
        drift_share=policy.threshold,
        num_method=policy.numerical_method,
        num_threshold=policy.numerical_threshold,
        cat_method=policy.categorical_method,
        cat_threshold=policy.categorical_threshold,
    )
    reference, current = (
        Dataset.from_pandas(frame[columns], data_definition=definition) for frame in (pair.reference, pair.current)
    )
    with _quiet():
        return Report([preset], include_tests=True).run(current, reference)


@contextmanager
def _quiet() -> Iterator[None]:
    """A new category has an expected count of 0, and one row has no variance; Evidently divides by both. Where the
    exact p-value of two nearly equal samples overflows, scipy takes the asymptotic one, which is as good."""
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        for message in ("Degrees of freedom <= 0", "ks_2samp: Exact calculation unsuccessful"):
            warnings.filterwarnings("ignore", message=message, category=RuntimeWarning)
        yield


def _statistics(pair: Pair, names: list[str], policy: DriftPolicy) -> dict[str, ColumnDrift]:
    """As a Report does it for each column, see ``get_one_column_drift`` of Evidently."""
    from evidently.legacy.calculations.stattests import get_stattest
    from evidently.legacy.core import ColumnType

    found = {}
    for name in names:
        numerical = pair.kind(name) == "numerical"
        method = policy.numerical_method if numerical else policy.categorical_method
        limit = policy.numerical_threshold if numerical else policy.categorical_threshold
        kind = ColumnType.Numerical if numerical else ColumnType.Categorical
        sides = [frame[name].replace([-np.inf, np.inf], np.nan).dropna() for frame in (pair.reference, pair.current)]
        with _quiet():
            test = get_stattest(*sides, kind, method)
            result = test(*sides, kind, limit)
        found[name] = _verdict(
            pair,
            name,
            test.display_name,
            float(result.drift_score),
            float(result.actual_threshold),
            bool(result.drifted),
        )
    return found


def _tested(pair: Pair, report: dict[str, Any], policy: DriftPolicy) -> dict[str, ColumnDrift]:
    """The columns of a Snapshot as a dict."""
    drifted = {
        test["metric_config"]["metric_id"]: VERDICTS[test["status"].value]
        for test in report["tests"]
        if test["id"] == "drift"
    }
    columns = {}
    for metric in report["metrics"]:
        config, value = metric["config"], metric["value"]
        if (name := config.get("column")) is not None:
            method = _full_name(config["method"], pair.kind(name), policy)
            columns[name] = _verdict(
                pair, name, method, float(value), float(config["threshold"]), drifted[metric["id"]]
            )
    return columns


def _verdict(pair: Pair, name: str, method: str, statistic: float, threshold: float, drifted: bool) -> ColumnDrift:
    if not math.isfinite(statistic):
        return _unanswered(pair, name, None, f"{method} gave no number ({statistic})")
    notes = _notes(pair, name) + narrow_spread(pair.reference[name], method)
    return ColumnDrift(name, pair.kind(name), method, statistic, threshold, drifted, "; ".join(notes))


def _without_test(pair: Pair, name: str) -> ColumnDrift:
    """Values on one side only are a difference; values on neither leave nothing to compare."""
    sides = pair.has_values(name)
    if all(sides):
        return _unanswered(pair, name, None, "not tested: values too large or too close together for a histogram")
    return _unanswered(pair, name, True if any(sides) else None)


def _unanswered(pair: Pair, name: str, drifted: bool | None, *reasons: str) -> ColumnDrift:
    note = "; ".join([*reasons, *_notes(pair, name)])
    return ColumnDrift(name, pair.kind(name), None, None, None, drifted, note)


def _notes(pair: Pair, name: str) -> list[str]:
    return describe(pair.reference[name], pair.current[name], pair.infinite[name])


def _full_name(method: str, kind: str, policy: DriftPolicy) -> str:
    """Evidently calls its own choice "K-S p_value", but repeats an override as it was given: "ks"."""
    from evidently.legacy.calculations.stattests import get_stattest
    from evidently.legacy.core import ColumnType

    if (policy.numerical_method if kind == "numerical" else policy.categorical_method) is None:
        return method
    feature = ColumnType.Numerical if kind == "numerical" else ColumnType.Categorical
    return str(get_stattest(None, None, feature, method).display_name)
