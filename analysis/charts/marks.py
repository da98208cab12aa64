"""Say which rules object to a figure of an arm: a mark beside the figure, and the reasons in words."""

from analysis.records.summary import ArmSummary, Summary
from analysis.validity.finding import Figures, Finding

MARK = "†"
_COVERED: dict[Figures, tuple[Figures, ...]] = {
    "response": ("response", "latency", "all"),
    "latency": ("latency", "all"),
    "cost": ("cost", "all"),
    "throughput": ("throughput", "all"),
    "store": ("store", "all"),
}
"""Kind of a figure -> kinds of objections that touch it: who doubts all latency doubts response times too."""


def objecting_rules(arm: ArmSummary, kind: Figures) -> list[str]:
    """List the codes of the rules that object to an arm's figures of one kind, each once."""
    found = [code for one in _COVERED.get(kind, ("all",)) for code in arm.marks.get(one, [])]
    return list(dict.fromkeys(found))


def mark(arm: ArmSummary, kind: Figures) -> str:
    """Give ' †' where a rule objects to the arm's figures of that kind; else nothing."""
    return f" {MARK}" if objecting_rules(arm, kind) else ""


def objections(summary: Summary, arm: ArmSummary, kind: Figures) -> str:
    """Give the objections in words, 'V06: the generator was late; V28: ...'; empty: there are none."""
    return "; ".join(_reason(summary, arm, code) for code in objecting_rules(arm, kind))


def _reason(summary: Summary, arm: ArmSummary, code: str) -> str:
    found = [one for one in summary.findings if one.rule == code]
    own = [one for one in found if one.subject in (arm.arm, "the run")] or found
    return f"{code}: {own[0].sentence}" if own else code


def marking_findings(summary: Summary) -> list[Finding]:
    """List the findings that some arm's mark stands for, in their order."""
    codes = {code for arm in summary.arms for listed in arm.marks.values() for code in listed}
    return [one for one in summary.findings if one.rule in codes and one.refuses != "none"]
