"""What the rules objected to and which figures are missing, each reason once and in words."""

import re
from collections.abc import Sequence

from analysis.records.summary import Summary
from analysis.report.sentences import METRIC_WORDS
from analysis.validity.finding import Finding

_SEVERITY_WORDS = {
    "void-run": "the run is INVALID",
    "void-slice": "slice not used",
    "refuse-figure": "figures refused",
    "tag": "note",
}


def finding_sentences(findings: Sequence[Finding]) -> list[tuple[Finding, str]]:
    """Each group of findings that say the same of several subjects as one line, loud ones first.

    (one of the group, 'V06 (figures refused) none 100%, jwt-hs256 82%: the generator was late -> ...').
    """
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        key = (finding.rule, finding.severity, finding.sentence, finding.next_action)
        groups.setdefault(key, []).append(finding)
    ordered = sorted(groups.values(), key=lambda group: not group[0].loud)
    return [(group[0], _finding_sentence(group)) for group in ordered]


def _finding_sentence(group: Sequence[Finding]) -> str:
    first = group[0]
    shares = first.unit.startswith("share of slices")
    subjects = [
        f"{one.subject} {one.number:.0%}" if shares and one.number is not None else one.subject
        for one in group
    ]
    action = f" -> {first.next_action}" if first.next_action else ""
    unit = f" ({first.unit})" if shares else ""
    return (
        f"{first.rule} ({_SEVERITY_WORDS[first.severity]}) {', '.join(subjects)}{unit}: "
        f"{first.sentence}{action}"
    )


def missing_figures(summary: Summary) -> list[str]:
    """Why figures are missing, each reason once."""
    reasons: dict[str, list[str]] = {}
    for arm in summary.arms:
        for kind, figures in (("service", arm.service_ms), ("response", arm.response_ms)):
            for name, value in figures.items():
                if value.reason:
                    reasons.setdefault(_stem(value.reason), []).append(f"{kind} {name} of {arm.arm}")
    for c in summary.comparisons if summary.compares else []:
        if c.refused_because and not c.refused_because.endswith("has no store"):
            what = f"{METRIC_WORDS[c.metric]} of {c.a} / {c.b}"
            reasons.setdefault(_stem(c.refused_because), []).append(what)
    return [f"no figure for {_some(names)}: {reason}" for reason, names in reasons.items()]


_REFUSAL = re.compile(r"^(?P<rule>V[0-9V/]+( median)?|STALL): .*?: (?P<sentence>.*)$")


def _stem(reason: str) -> str:
    """A rule's refusal without its subject, which the list of figures names anyway."""
    found = _REFUSAL.match(reason)
    return f"{found['rule']}, {found['sentence']}" if found else reason


def _some(names: Sequence[str]) -> str:
    listed = ", ".join(names[:3])
    return f"{listed} and {len(names) - 3} more" if len(names) > 3 else listed
