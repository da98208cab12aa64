"""Write a comparison as JUnit XML: validity rules and gates as test cases, for a CI that shows tests.

The elements are those that Jenkins, GitLab and GitHub's actions read: testsuites, testsuite, testcase,
failure, error, skipped, system-out.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from analysis.records.run_comparison import ArmVerdict, RunComparison
from analysis.records.summary import THROUGHPUT, Summary
from analysis.report.sentences import METRIC_WORDS, ratio_interval
from analysis.rules.discovery import known_rules


def as_junit(compared: RunComparison, a: Summary, b: Summary) -> str:
    """Three suites: the rules of run A, those of run B, the gates. A regression is a failure."""
    root = Element("testsuites", name="authbench compare")
    for name, run in (("A", a), ("B", b)):
        _rules(SubElement(root, "testsuite", name=f"validity of run {name} {run.run_id}"), run)
    gates = SubElement(root, "testsuite", name="gates")
    for one in compared.arms:
        for metric, verdict in ((compared.metric, one.verdict), (THROUGHPUT, one.throughput_verdict)):
            case = _case(gates, "gates", f"{METRIC_WORDS[metric]} of {one.arm}")
            found = one.figures[metric]
            _judge(case, verdict, f"B / A {ratio_interval(found)}", found.reason or "")
    return _text(root)


def refusal_as_junit(sentence: str, reasons: Sequence[str]) -> str:
    """One case with an error: nothing was compared."""
    root = Element("testsuites", name="authbench compare")
    case = _case(SubElement(root, "testsuite", name="gates"), "gates", "the baseline can be compared")
    SubElement(case, "error", message=sentence).text = "\n".join(reasons)
    return _text(root)


def _rules(suite: Element, run: Summary) -> None:
    """A case for each rule; those that judge two runs or plans are not asked here."""
    for code, rule in known_rules().items():
        case = _case(suite, f"validity.{run.run_id}", f"{code}: {rule.lie}")
        found = [one for one in run.findings if one.rule == code or one.rule in code.split("/")]
        void = [one for one in found if one.severity == "void-run"]
        refused = [one for one in found if one.severity == "refuse-figure"]
        if void:
            SubElement(case, "failure", message=void[0].reason).text = "\n".join(one.reason for one in void)
        elif refused:
            SubElement(case, "skipped", message=f"figures are refused: {refused[0].reason}")
        elif found:
            SubElement(case, "system-out").text = "\n".join(one.reason for one in found)


def _judge(case: Element, verdict: ArmVerdict, ratio: str, reason: str) -> None:
    if verdict == "regression":
        SubElement(case, "failure", message=f"regression: {ratio}")
    elif verdict in ("unclear", "no figure"):
        words = f"cannot tell: {ratio}" if verdict == "unclear" else f"no figure: {reason}"
        SubElement(case, "skipped", message=words)
    else:
        SubElement(case, "system-out").text = ratio


def _case(suite: Element, group: str, name: str) -> Element:
    return SubElement(suite, "testcase", classname=f"authbench.{group}", name=name)


def _text(root: Element) -> str:
    """Count what each suite has, and write it."""
    for suite in root:
        suite.set("tests", str(len(suite)))
        for kind, key in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            suite.set(key, str(len(suite.findall(f"testcase/{kind}"))))
    indent(root, " ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, "unicode")}\n'
