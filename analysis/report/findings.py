"""Say in words what the rules objected to and which figures are missing, each reason once."""

import re
from collections.abc import Sequence

from analysis.records.summary import Summary
from analysis.report.sentences import METRIC_WORDS
from analysis.validity.finding import Figures, Finding
from authbench.words.counting import counted

_SEVERITY_WORDS = {
    "void-run": "the run is INVALID",
    "void-slice": "slice not used",
    "refuse-figure": "not compared",
    "mark": "figures marked",
    "tag": "note",
}

_SHARES = ("share of slices", "share of its processor", "share of the generator's processor")
"""Units of numbers that differ between subjects of which the same is said."""


def finding_sentences(findings: Sequence[Finding]) -> list[tuple[Finding, str]]:
    """Make one line of findings that say the same of several subjects; loud findings first.

    A line: (one of its findings, 'V06 (figures marked) none 100%, jwt-hs256 82%: the generator was late').
    """
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        key = (finding.rule, finding.severity, finding.sentence, finding.next_action)
        groups.setdefault(key, []).append(finding)
    told = []
    for first, *others in sorted(groups.values(), key=lambda group: not group[0].loud):
        shares = first.unit.startswith(_SHARES)
        subjects = [
            f"{one.subject} {one.number:.0%}" if shares and one.number is not None else one.subject
            for one in (first, *others)
        ]
        about = ", ".join(subjects) + (f" ({first.unit})" if shares else "")
        action = f" -> {first.next_action}" if first.next_action else ""
        severity = _SEVERITY_WORDS[first.severity]
        told.append((first, f"{first.rule} ({severity}) {about}: {first.sentence}{action}"))
    return told


_KIND_WORDS: dict[Figures, str] = {
    "none": "",
    "response": "response times",
    "latency": "latency",
    "cost": "cost",
    "throughput": "throughput",
    "store": "store load",
    "all": "every figure",
}


def short_lines(summary: Summary) -> list[str]:
    """Make one line of all findings of a rule that mark or refuse the same kind of figures; loud ones first.

    '* V10 marks latency of all arms: ...'. `*` is the mark in the table; `!` is about no figure of it.
    """
    groups: dict[tuple[str, str, Figures], list[Finding]] = {}
    for finding in summary.findings:
        if finding.loud or finding.severity == "mark":
            groups.setdefault((finding.rule, finding.severity, finding.refuses), []).append(finding)
    lines = []
    for (rule, severity, kind), group in sorted(groups.items(), key=lambda item: not item[1][0].loud):
        who = _who([one.subject for one in group], [arm.arm for arm in summary.arms])
        if severity in ("mark", "refuse-figure"):
            does = "marks" if severity == "mark" else "refuses to compare"
            lines.append(f"* {rule} {does} {_KIND_WORDS[kind]} of {who}: {group[0].sentence}")
        else:
            lines.append(f"! {rule} {who}: {group[0].sentence}")
    return lines


def _who(subjects: Sequence[str], arms: Sequence[str]) -> str:
    """'all arms', '6 of 8 arms', or up to two names."""
    names = list(dict.fromkeys(subjects))
    if len(names) <= 2:
        return " and ".join(names)
    if not set(names) <= set(arms):
        return f"{names[0]} and {len(names) - 1} more"
    return "all arms" if len(names) == len(arms) else f"{len(names)} of {counted(len(arms), 'arm')}"


def missing_figures(summary: Summary) -> list[str]:
    """Say why figures are missing, each reason once."""
    reasons: dict[str, list[str]] = {}
    for arm in summary.arms:
        for kind, figures in (("service", arm.service_ms), ("response", arm.response_ms)):
            for name, value in figures.items():
                if value.reason:
                    reasons.setdefault(_stem(value.reason), []).append(f"{kind} {name} of {arm.arm}")
    for c in summary.comparisons if summary.judged_by.compares else []:
        if c.refused_because and not c.refused_because.endswith("has no store"):
            what = f"{METRIC_WORDS[c.metric]} of {c.a} / {c.b}"
            reasons.setdefault(_stem(c.refused_because), []).append(what)
    sentences = []
    for reason, names in reasons.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        sentences.append(f"no figure for {', '.join(names[:3])}{more}: {reason}")
    return sentences


_REFUSAL = re.compile(r"^(?P<rule>V[0-9V/]+( median)?|STALL): .*?: (?P<sentence>.*)$")


def _stem(reason: str) -> str:
    """Remove the subject from a rule's refusal: the list of figures names it already."""
    found = _REFUSAL.match(reason)
    return f"{found['rule']}, {found['sentence']}" if found else reason
