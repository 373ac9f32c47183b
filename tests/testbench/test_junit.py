"""JUnit XML as CI systems take it: held against what the schema of Jenkins' xUnit plugin (``junit-10.xsd``) allows,
whatever text a model's owner, a policy or a file brought along."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from sandbox.warm import WarmParent
from testbench.files.examine import examine
from testbench.findings import Finding, Measure, State
from testbench.output.junit import to_junit
from testbench.policy.policy import parsed
from testbench.policy.verdict import Judged, Outcome, Verdict, judge
from testbench.run import Asked, TestReport, run_tests
from tests.testbench.conftest import Trained
from tests.testbench.test_run import QUICK, heard

pytestmark = pytest.mark.usefixtures("warmed")

REQUIRED, OPTIONAL = 0, 1
ALLOWED: dict[str, tuple[dict[str, int], set[str]]] = {
    "testsuites": (dict.fromkeys(("name", "time", "tests", "failures", "errors"), OPTIONAL), {"testsuite"}),
    "testsuite": (
        dict.fromkeys(("name", "tests", "failures", "errors"), REQUIRED)
        | dict.fromkeys(("skipped", "time", "timestamp", "hostname", "id", "package", "file"), OPTIONAL),
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": ({}, {"property"}),
    "property": ({"name": REQUIRED, "value": REQUIRED}, set()),
    "testcase": (
        {"name": REQUIRED, "time": OPTIONAL, "classname": OPTIONAL},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    **dict.fromkeys(("skipped", "error", "failure"), ({"type": OPTIONAL, "message": OPTIONAL}, set())),
}
"""Element -> its attributes, and the elements in it."""

SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")
HOSTILE = 'a\x00b\x1b[31m\r\n]]>&"<!-- \ud800 \ufffe \u202e </testsuites>'


def faults(element: Element) -> list[str]:
    attributes, within = ALLOWED[element.tag]
    required = [name for name, need in attributes.items() if need == REQUIRED]
    found = [f"{element.tag} without {name}" for name in required if name not in element.attrib]
    found += [f"{element.tag} with {name}" for name in element.attrib if name not in attributes]
    found += [f"{child.tag} in {element.tag}" for child in element if child.tag not in within]
    if "time" in element.attrib and not SECONDS.fullmatch(element.attrib["time"]):
        found.append(f"time {element.attrib['time']}")
    return found + [fault for child in element if child.tag in within for fault in faults(child)]


def valid(written: bytes) -> Element:
    """The one suite."""
    assert written.startswith(b"<?xml version='1.0' encoding='utf-8'?>\n")
    root = ElementTree.fromstring(written)
    assert root.tag == "testsuites"
    assert faults(root) == []
    (suite,) = root
    kinds = Counter(child.tag for case in suite.findall("testcase") for child in case)
    for attribute, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.attrib[attribute]) == kinds[kind]
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
    return suite


@pytest.fixture(scope="module")
def report(classifier: Trained, warm: WarmParent) -> TestReport:
    return run_tests(Asked(classifier.path, "model.joblib", classifier.sample, "outcome", settings=QUICK), heard, warm)


def test_a_real_test_is_valid_with_a_verdict_and_without(report: TestReport) -> None:
    policy = parsed("auc: {min: 0.6, no_worse_than: 'models:/X@production'}\nf1: {min: 0.999}\nrmse: {max: 3}")
    suite = valid(to_junit(report, judge(policy, report.measures, {})))
    policies = [case for case in suite.findall("testcase") if case.get("classname") == "policy"]
    assert [[child.tag for child in case] for case in policies] == [[], ["error"], ["failure"], ["error"]]
    assert len(valid(to_junit(report, None)).findall("testcase")) == len(report.findings)


def test_no_text_leaves_its_place(classifier: Trained, tmp_path: Path) -> None:
    measures = (Measure(HOSTILE, float("nan")), Measure("inf", float("inf")))
    findings = [Finding(HOSTILE, state, HOSTILE, measures, seconds=98_765.4) for state in State]
    judged = [Judged(HOSTILE, HOSTILE, outcome, HOSTILE) for outcome in Outcome]
    path = tmp_path / "model.joblib"
    path.write_bytes(classifier.path.read_bytes())
    plain = run_tests(
        Asked(path, "model.joblib", classifier.sample, "outcome", settings=replace(QUICK, checks=())), heard
    )
    hostile = replace(plain, name=HOSTILE, findings=tuple(findings), file=examine(path, HOSTILE), seconds=12_345.6)
    suite = valid(to_junit(hostile, Verdict(tuple(judged))))
    assert "</testsuites>" in suite.attrib["name"]
    assert len(suite.findall("testcase")) == len(State) + len(Outcome)
