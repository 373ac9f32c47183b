"""The models that a policy compares with: measured as the one under test, in the sandbox, on the same rows."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

from batch_zero.errors import BatchZeroError
from batch_zero.progress import Progress, Step
from metrics.classifier import ScoreError
from metrics.kinds import KNOWN
from mlflow_io.artifacts.registered import Fetched
from sandbox.warm import Forks
from testbench.findings import State
from testbench.paired.told import Told, differences, told
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
        both = _told(asked, warm), _told(other, warm)
        return replace(reference, differences=tuple(differences(*both, asked.settings.seed)))
    except ScoreError as error:
        rest = [measure for measure in reference.measures if measure.name not in KNOWN]
        return replace(reference, measures=rest, reasons={**reference.reasons, **dict.fromkeys(wanted, str(error))})


def _told(asked: Asked, warm: Forks | None) -> Told:
    assert asked.sample is not None
    rows, labels = parted(asked.sample, asked.labels)
    assert labels is not None
    known = labels.notna().to_numpy()
    with Subject(opens(asked, warm), rows[known].iloc[:5], positive=asked.settings.positive) as subject:
        return told(subject, rows, labels)
