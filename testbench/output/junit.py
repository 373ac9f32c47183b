"""A test as JUnit XML, as CI systems read it: one case for each check and each limit of the policy."""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from batch_zero.text import one_line
from testbench.findings import Finding, State
from testbench.output import words
from testbench.policy.verdict import Judged, Outcome, Verdict
from testbench.run import TestReport


def to_junit(report: TestReport, verdict: Verdict | None) -> bytes:
    """By the schema of Jenkins' xUnit plugin (``junit-10.xsd``): a limit that was not kept is a failure, one that
    nobody measured and a check that could not be done are errors, one that cannot be told is a failure or skipped, by
    the policy."""
    cases = [_of_check(finding) for finding in report.findings]
    cases += [_of_limit(judged, verdict) for judged in (verdict.judged if verdict is not None else ())]
    suite = Element(
        "testsuite",
        name=one_line(report.name),
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
        time=f"{report.seconds:.3f}",
    )
    properties = SubElement(suite, "properties")
    for name, value in (("sha256", report.file.sha256), ("kind", report.file.kind), ("rows", str(report.rows))):
        SubElement(properties, "property", name=name, value=one_line(value))
    for measure in report.measures:
        SubElement(properties, "property", name=one_line(measure.name), value=f"{measure.value:.6g}")
    suite.extend(cases)
    suites = Element("testsuites")
    suites.append(suite)
    indent(suites)
    written: bytes = tostring(suites, encoding="utf-8", xml_declaration=True)
    return written


def _of_check(finding: Finding) -> Element:
    case = Element("testcase", classname="checks", name=one_line(finding.check), time=f"{finding.seconds:.3f}")
    if finding.state is State.FAILED:
        SubElement(case, "error", message=one_line(words.came(finding)), type="check")
    elif finding.state is State.SKIPPED:
        SubElement(case, "skipped", message=one_line(finding.sentence))
    return case


def _of_limit(judged: Judged, verdict: Verdict | None) -> Element:
    case = Element("testcase", classname="policy", name=one_line(f"{judged.measure} {judged.limit}"), time="0")
    message = one_line(judged.sentence)
    if judged.outcome is Outcome.FAILED or (judged.outcome is Outcome.OPEN and verdict and not verdict.open_passes):
        SubElement(case, "failure", message=message, type=str(judged.outcome))
    elif judged.outcome is Outcome.OPEN:
        SubElement(case, "skipped", message=message)
    elif judged.outcome is Outcome.UNKNOWN:
        SubElement(case, "error", message=message, type=str(judged.outcome))
    return case
