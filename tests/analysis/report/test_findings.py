from typing import Any

from analysis.report.findings import finding_sentences
from analysis.validity.finding import Finding


def _finding(**changes: Any) -> Finding:
    values = {"rule": "V03", "severity": "tag", "subject": "x", "sentence": "it waited", "next_action": ""}
    return Finding(**{**values, **changes})


def test_a_finding_is_one_line_with_its_next_action() -> None:
    finding = _finding(severity="void-slice", next_action="offer a lower rate")
    assert finding_sentences([finding]) == [
        (finding, "V03 (slice not used) x: it waited -> offer a lower rate")
    ]


def test_findings_that_say_the_same_are_one_line_with_each_ones_number() -> None:
    findings = [
        _finding(subject=arm, number=share, unit="share of slices") for arm, share in (("a", 0.5), ("b", 1.0))
    ]
    ((_, sentence),) = finding_sentences(findings)
    assert sentence == "V03 (note) a 50%, b 100% (share of slices): it waited"


def test_loud_ones_come_first() -> None:
    findings = [_finding(), _finding(rule="V22"), _finding(severity="refuse-figure", refuses="latency")]
    assert [finding.loud for finding, _ in finding_sentences(findings)] == [True, True, False]
