"""What each number is, in words: its name says it only to who knows it."""

import re

from batch_zero import formats
from metrics.kinds import KNOWN
from testbench.findings import Measure

_LATENCY = re.compile(r"latency_p(\d+)_ms(?:_batch_(\d+))?")
_THROUGHPUT = re.compile(r"throughput(?:_batch_(\d+))?")

_OF_NAMES = {
    "answer_checks_failed": "checks of its answers that it does not pass",
    "schema_violations": "values and columns of the sample that are not what its schema says",
    "start_ms": "from the start of its process until it could be asked",
    "peak_memory_mb": "the most memory that its process had",
    "error_rate": "share of the odd cells and tables that it does not answer",
    "breaks": "odd cells and tables that ended its process",
    "simulation_max_psi": "the largest PSI of its answers under a simulated drift; 0.25 is much",
    "explained_rows": "rows that were explained",
    "additivity_error": "the most by which base and SHAP values miss the model's own output",
    "importance_order": "rank correlation of the first features between two halves of the rows; 1 is the same order",
}


NAMES = (*KNOWN, *_OF_NAMES, "latency_p95_ms", "throughput")
"""Of all that is measured, but for other percentiles and other numbers of rows at once."""


def is_measured(name: str) -> bool:
    """
    >>> is_measured("auc"), is_measured("latency_p99_ms_batch_100"), is_measured("acu")
    (True, True, False)
    """
    return bool(_words(name))


def meaning(measure: Measure) -> str:
    """
    >>> meaning(Measure("latency_p95_ms_batch_100", 4.0, unit="ms", calls=52))
    '95 % of the calls with 100 rows at once took no longer'
    >>> meaning(Measure("recall", 0.9, about="class 'yes', cutoff 0.5")), meaning(Measure("of_a_later_version", 1.0))
    ("Recall (class 'yes', cutoff 0.5)", '')
    """
    words = _words(measure.name)
    return f"{words} ({measure.about})" if words and measure.about else words or measure.about


def basis(measure: Measure) -> str:
    """How much it comes from; empty where that makes no sense.

    >>> basis(Measure("auc", 0.8, rows=1200)), basis(Measure("latency_p50_ms", 2.0, unit="ms", rows=52))
    ('1,200 rows', '52 calls')
    """
    if measure.calls is not None:
        return formats.counted(measure.calls, "call")
    return "" if measure.rows is None else formats.counted(measure.rows, "row")


def _words(name: str) -> str:
    if name in KNOWN:
        return KNOWN[name].label
    if found := _LATENCY.fullmatch(name):
        return f"{found[1]} % of the calls with {_rows(found[2])} at once took no longer"
    if found := _THROUGHPUT.fullmatch(name):
        return f"rows that it answers in a second, one call with {_rows(found[1])} after the other"
    return _OF_NAMES.get(name, "")


def _rows(size: str | None) -> str:
    return formats.counted(int(size or 1), "row")
