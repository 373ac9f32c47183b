"""A test and its verdict: what page, API and command all ask for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from batch_zero.progress import Progress
from sandbox.warm import Forks
from testbench.checks.quality import NAME
from testbench.policy.policy import Policy
from testbench.policy.references import Fetch, measured, of_version
from testbench.policy.verdict import Verdict, judge
from testbench.run import Asked, TestReport, run_tests


def with_verdict(
    asked: Asked,
    policy: Policy | None,
    progress: Progress,
    fetch: Fetch,
    *,
    address: str | None = None,
    warm: Forks | None = None,
) -> tuple[TestReport, Verdict | None]:
    """fetch: is asked for the models that the policy compares with, too. address: of a registered model's version,
    which is tested in the place of the file. Raises as ``run_tests``, and ModelMissing or TrackingError where there is
    no such version."""
    if policy is not None:
        asked = replace(asked, settings=replace(asked.settings, percentiles=policy.percentiles))
    with _given(asked, address, fetch) as given:
        report = run_tests(given, progress, warm)
        if policy is None:
            return report, None
        references = measured(given, report, policy, fetch, progress, warm)
        unscored = next((one.sentence for one in report.findings if one.check == NAME and not one.measures), "")
        return report, judge(policy, report.measures, references, works=report.works, unscored=unscored)


@contextmanager
def _given(asked: Asked, address: str | None, fetch: Fetch) -> Iterator[Asked]:
    if address is None:
        yield asked
    else:
        with fetch(address) as found:
            yield of_version(asked, found)
