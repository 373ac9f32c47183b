"""The models that a policy compares with: measured as the one under test, in the sandbox, on the same rows."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import numpy as np

from batch_zero.errors import BatchZeroError
from batch_zero.progress import Progress, Step
from batch_zero.text import quoted
from metrics.classifier import ScoreError
from metrics.kinds import KNOWN
from metrics.tasks import Task
from metrics.weighted import with_differences
from mlflow_io.artifacts.registered import Fetched
from sandbox.labels import Label
from sandbox.warm import Forks
from testbench.checks import quality
from testbench.findings import Measure, State
from testbench.policy.policy import Policy
from testbench.policy.verdict import Reference
from testbench.run import Asked, TestReport, opens, parted, run_tests
from testbench.subject import Subject

Fetch = Callable[[str], AbstractContextManager[Fetched]]
"""From the address of a registered model's version to its files, which are gone afterwards."""


def of_version(asked: Asked, found: Fetched) -> Asked:
    """The same test, of that version."""
    return replace(
        asked, model=found.folder, name=found.name, preprocessor=found.preprocessor, registered=found.version
    )


def measured(
    asked: Asked, report: TestReport, policy: Policy, fetch: Fetch, progress: Progress, warm: Forks | None
) -> Mapping[str, Reference]:
    """Each of ``policy.references``. report: of the model under test. What cannot be fetched, opened or measured is
    known by its reason."""
    return {address: _one(address, asked, report, policy, fetch, progress, warm) for address in policy.references}


def _one(
    address: str,
    asked: Asked,
    report: TestReport,
    policy: Policy,
    fetch: Fetch,
    progress: Progress,
    warm: Forks | None,
) -> Reference:
    wanted = {limit.measure for limit in policy.limits if limit.no_worse_than == address}
    checks = tuple(one.check for one in report.findings if wanted & {measure.name for measure in one.measures})
    if not checks:  # there is nothing to compare
        return Reference(address)
    steps = len(asked.settings.checks) + 2
    progress(Step(steps, steps, f"{address} is tested on the same rows"))
    name = address
    try:
        with fetch(address) as found:
            name = f"{address} (version {found.version.version})"
            settings = replace(asked.settings, checks=checks)
            other = replace(of_version(asked, found), schema=report.schema, settings=settings)
            tested = run_tests(other, lambda _: None, warm)
            return _beside(Reference(name, tested.measures, (), _reasons(tested, report)), asked, other, wanted, warm)
    except BatchZeroError as error:
        return Reference(name, reason=str(error))


def _reasons(tested: TestReport, report: TestReport) -> dict[str, str]:
    """Why it lacks what the model under test has: what the check says in its place."""
    said = {finding.check: finding.sentence for finding in tested.findings if finding.state is not State.DONE}
    return {one.name: said[each.check] for each in report.findings if each.check in said for one in each.measures}


def _beside(reference: Reference, asked: Asked, other: Asked, wanted: set[str], warm: Forks | None) -> Reference:
    """With the differences of scores. Models whose classes are not the same have none that could be compared."""
    if asked.labels is None or not any(measure.name in KNOWN for measure in reference.measures):
        return reference
    try:
        return replace(reference, differences=tuple(_differences(_told(asked, warm), _told(other, warm), asked)))
    except ScoreError as error:
        rest = [measure for measure in reference.measures if measure.name not in KNOWN]
        return replace(reference, measures=rest, reasons={**reference.reasons, **dict.fromkeys(wanted, str(error))})


@dataclass(frozen=True)
class _Told:
    """truth, answers: as ``metrics.tasks.score`` takes them."""

    task: Task
    classes: tuple[Label, ...]
    truth: np.ndarray
    answers: np.ndarray


def _told(asked: Asked, warm: Forks | None) -> _Told:
    assert asked.sample is not None
    rows, labels = parted(asked.sample, asked.labels)
    assert labels is not None
    known = labels.notna().to_numpy()
    rows, labels = rows[known].reset_index(drop=True), labels[known].reset_index(drop=True)
    with Subject(opens(asked, warm), rows.iloc[:5]) as subject:
        truth, answers = quality.truth_and_answers(subject, subject.answers(rows), labels)
        return _Told(subject.task, subject.classes, truth, answers)


def _differences(ours: _Told, theirs: _Told, asked: Asked) -> Iterator[Measure]:
    if ours.task is not theirs.task or not np.array_equal(ours.truth, theirs.truth):
        what = f"it is asked for {theirs.task}, this one for {ours.task}"
        if ours.task is theirs.task:
            what = f"it tells {quoted(theirs.classes)} apart, this one {quoted(ours.classes)}"
        raise ScoreError(what)
    found = with_differences(ours.task, ours.truth, ours.answers, theirs.answers, seed=asked.settings.seed)
    for name, interval in found.items():
        yield Measure.of(name, interval, rows=len(ours.truth))
