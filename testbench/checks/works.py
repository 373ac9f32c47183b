"""Whether a model works at all: that it answers, with what it should, and the same each time."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from batch_zero import formats
from sandbox.errors import ModelError
from testbench.checks.claims import remarks
from testbench.findings import Finding, Measure, State, Table
from testbench.subject import Answers, Gives, Subject

ONE_BY_ONE = 20
"""Rows that are asked for alone as well."""

THREADS = 4
CLOSE = 1e-6
"""What arithmetic in another order may change: XGBoost and others count in single precision."""

Probe = Callable[[Subject, pd.DataFrame, Answers], str]
"""Empty where all is well, else what is not."""


def works(subject: Subject, rows: pd.DataFrame) -> Finding:
    """rows: as the model takes them. FAILED where one of the ``ESSENTIAL`` checks is not passed: its answers are
    none."""
    try:
        answers = subject.answers(rows)
    except ModelError as error:
        return Finding("works", State.FAILED, f"The model gives no predictions on the data: {error}")
    results = [(name, *_probed(probe, subject, rows, answers)) for name, probe in PROBES.items()]
    wrong = [name for name, fine, _ in results if not fine]
    sentence = (
        f"The model fails {len(wrong)} of {len(results)} checks of its answers: {formats.listed(wrong)}."
        if wrong
        else f"The model answers {formats.counted(len(rows), 'row')} and passes all {len(results)} checks of them."
    )
    table = Table("Checks of the answers", ("Check", "Passed", "What came"), tuple(results))
    state = State.FAILED if ESSENTIAL & set(wrong) else State.DONE
    failed = Measure("answer_checks_failed", float(len(wrong)))
    return Finding("works", state, sentence, (failed,), (table,), tuple(remarks(subject.description)))


def _probed(probe: Probe, subject: Subject, rows: pd.DataFrame, answers: Answers) -> tuple[bool, str]:
    try:
        found = probe(subject, rows, answers)
    except ModelError as error:
        return False, str(error)
    return not found, found


def _probabilities(subject: Subject, _: pd.DataFrame, __: Answers) -> str:
    """A model that has some, and gives what is none."""
    return subject.broken_probabilities


def _are_numbers(_: Subject, __: pd.DataFrame, answers: Answers) -> str:
    if answers.values.dtype.kind not in "iufb":
        return ""
    odd = int((~np.isfinite(answers.values.astype(float))).any(axis=1).sum())
    return f"{formats.counted(odd, 'row')} of {len(answers.values):,} with NaN or infinity" if odd else ""


def _add_up(subject: Subject, _: pd.DataFrame, answers: Answers) -> str:
    if subject.gives is not Gives.PROBABILITIES:
        return ""
    sums = answers.values.sum(axis=1)
    odd = int((np.abs(sums - 1) > 1e-3).sum())
    return (
        f"{formats.counted(odd, 'row')} whose probabilities sum to {sums.min():.3g} to {sums.max():.3g}" if odd else ""
    )


def _the_same_again(subject: Subject, rows: pd.DataFrame, answers: Answers) -> str:
    return _differing(subject.answers(rows).values, answers.values)


def _one_by_one(subject: Subject, rows: pd.DataFrame, answers: Answers) -> str:
    some = min(ONE_BY_ONE, len(rows))
    alone = np.concatenate([subject.answers(rows.iloc[place : place + 1]).values for place in range(some)])
    return _differing(alone, answers.values[:some])


def _other_order(subject: Subject, rows: pd.DataFrame, answers: Answers) -> str:
    if subject.in_order:
        return ""
    return _differing(subject.answers(rows[rows.columns[::-1]]).values, answers.values)


def _several_at_once(subject: Subject, rows: pd.DataFrame, answers: Answers) -> str:
    found = subject.session.in_threads(rows, THREADS, ask=subject.ask, in_order=subject.in_order)
    return next(filter(None, (_differing(each, answers.values) for each in found)), "")


_ANSWERS: dict[str, Probe] = {
    "probabilities from 0 to 1": _probabilities,
    "no NaN, no infinity": _are_numbers,
    "probabilities of a row sum to 1": _add_up,
    "the same answer when asked again": _the_same_again,
}
ESSENTIAL = set(_ANSWERS)
"""A model that fails one of these does not work, whatever it answers."""

PROBES: dict[str, Probe] = {
    **_ANSWERS,
    "the same answer row by row": _one_by_one,
    "the same answer with columns in another order": _other_order,
    "the same answer from several threads": _several_at_once,
}


def _differing(found: np.ndarray, expected: np.ndarray) -> str:
    if found.shape != expected.shape:
        return f"answers of shape {found.shape}, expected {expected.shape}"
    if expected.dtype.kind in "iufb" and found.dtype.kind in "iufb":
        ours, theirs = found.astype(float), expected.astype(float)
        with np.errstate(invalid="ignore"):  # an infinity less itself
            gaps = np.abs(ours - theirs)
        is_close = gaps <= CLOSE * np.maximum(1, np.abs(theirs))
        same = is_close | (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
        rows, largest = ~same.all(axis=1), float(np.nanmax(gaps, initial=0.0))
        return f"{formats.counted(int(rows.sum()), 'row')} differ, by up to {largest:.3g}" if rows.any() else ""
    rows = (found.astype(str) != expected.astype(str)).any(axis=1)
    return f"{formats.counted(int(rows.sum()), 'row')} differ" if rows.any() else ""
