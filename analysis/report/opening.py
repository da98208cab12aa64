"""What the page opens with: the verdict in three sentences, the place of each arm, and what a mark means."""

from analysis.charts.answers import with_interval
from analysis.charts.marks import marking_findings, objections
from analysis.records.summary import ArmSummary, Comparison, Metric, Summary
from analysis.report.findings import finding_sentences
from analysis.report.sentences import comparison_sentence, headline
from analysis.statistics.estimate import Estimate
from analysis.validity.decimals import decimals

__all__ = [
    "bound_sentences",
    "cost_places",
    "mark_sentences",
    "objections",
    "throughput_places",
    "verdict",
    "with_interval",
]
"""What templates ask of `opening`."""


def verdict(summary: Summary) -> list[str]:
    """Say of the primary pair what it costs, how long it takes and what it serves: a sentence each."""
    primary = next((c for c in summary.comparisons if c.primary), None)
    if summary.status == "INVALID" or not summary.judged_by.compares or primary is None:
        return headline(summary)
    told: list[Metric] = [summary.primary_metric, "service_p50_ms", "throughput_rps"]
    found = {c.metric: c for c in summary.comparisons if (c.a, c.b) == (primary.a, primary.b)}
    return [_sentence(summary, found[metric]) for metric in told if metric in found]


def _sentence(summary: Summary, c: Comparison) -> str:
    """Say a comparison; where it is refused, the figures that stand, and why nothing is concluded."""
    if c.ratio is not None:
        return comparison_sentence(c, summary.margin)
    arms = {arm.arm: arm for arm in summary.arms}
    figures = [_figure(arms[name], c.metric) for name in (c.a, c.b) if name in arms]
    if c.metric == "service_p50_ms":
        what = "Latency (service p50)"
    else:
        what = "Throughput" if c.metric == "throughput_rps" else "CPU per request"
    if len(figures) == 2 and all(figures):
        return (
            f"{what}: {c.a} {figures[0]}, {c.b} {figures[1]}; described, not compared: {c.refused_because}."
        )
    return f"{what}: no figure, because {c.refused_because}."


def _figure(arm: ArmSummary, metric: Metric) -> str:
    """'0.71 ms', 'at least 2,814 requests/s'; empty: there is none."""
    if metric == "service_p50_ms":
        value = arm.service_ms.get("p50", Estimate()).value
        return "" if value is None else f"{value:.2f} ms"
    if metric == "throughput_rps":
        if arm.throughput is None or arm.throughput.rps.value is None:
            return ""
        least = "at least " if arm.throughput.at_least else ""
        return f"{least}{decimals(arm.throughput.rps.value)} requests/s"
    value = arm.cpu_total_us.value
    return "" if value is None else f"{value:.0f} us"


def cost_places(summary: Summary) -> dict[str, int]:
    """Give the place of each arm by cost; empty for a run that does not rank its arms."""
    return {rank.arm: rank.place for rank in summary.ranking}


def throughput_places(summary: Summary) -> dict[str, int]:
    """Give the place of each arm by requests/s: one more than the number of arms with a higher interval.

    An arm of which only a lower bound is known has no place; nor has the control, nor the twin.
    """
    known = {
        arm.arm: arm.throughput.rps
        for arm in summary.arms
        if arm.throughput and not arm.throughput.at_least and arm.role not in ("control", "twin")
    }
    ends = {
        name: (rps.low, rps.high)
        for name, rps in known.items()
        if rps.value is not None and rps.low is not None and rps.high is not None
    }
    return {
        name: 1 + sum(low > high for other, (low, _) in ends.items() if other != name)
        for name, (_, high) in ends.items()
    }


def bound_sentences(summary: Summary) -> list[str]:
    """Say once why some throughputs are lower bounds: 'jwt-hs256, jwt-rs256: the generator was full'."""
    reasons: dict[str, list[str]] = {}
    for arm in summary.arms:
        if arm.throughput and arm.throughput.at_least:
            reasons.setdefault(arm.throughput.reason or "something else was full", []).append(arm.arm)
    return [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]


def mark_sentences(summary: Summary) -> list[str]:
    """Say once what the marks beside figures stand for."""
    return [sentence for _, sentence in finding_sentences(marking_findings(summary))]
