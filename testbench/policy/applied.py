"""A test and its verdict: what page, API and command all ask for."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from batch_zero.progress import Progress
from mlflow_io.artifacts.registered import Fetched
from sandbox.warm import WarmParent
from testbench.policy.policy import Policy
from testbench.policy.verdict import Verdict, judge
from testbench.run import Asked, TestReport, run_tests

Fetch = Callable[[str], AbstractContextManager[Fetched]]
"""From the address of a registered model's version to its files, which are gone afterwards."""


def with_verdict(
    asked: Asked,
    policy: Policy | None,
    progress: Progress,
    fetch: Fetch,
    *,
    address: str | None = None,
    warm: WarmParent | None = None,
) -> tuple[TestReport, Verdict | None]:
    """address: of a registered model's version, which is tested in the place of the file. Raises as ``run_tests``, and
    ModelMissing or TrackingError where there is no such version."""
    with _given(asked, address, fetch) as asked:
        report = run_tests(asked, progress, warm)
        return report, judge(policy, report.measures, {}) if policy is not None else None


@contextmanager
def _given(asked: Asked, address: str | None, fetch: Fetch) -> Iterator[Asked]:
    if address is None:
        yield asked
    else:
        with fetch(address) as found:
            yield of_version(asked, found)


def of_version(asked: Asked, found: Fetched) -> Asked:
    """The same test, of that version."""
    return replace(
        asked, model=found.folder, name=found.name, preprocessor=found.preprocessor, registered=found.version
    )
