"""Render report.html: the three answers first, then every section."""

from collections.abc import Mapping

from analysis.charts.figure import Figure, set_apart, sorted_arms
from analysis.records.summary import Summary
from analysis.report import cached, conditions, findings, opening, sentences
from analysis.report.frame import render_framed
from analysis.security.comparison import drills_of, measured_of
from analysis.security.evidence import Evidence
from analysis.summary.cached import cost_at_gap

SECTIONS = "report/sections/"


def render_page(
    summary: Summary,
    figures: Mapping[str, Figure],
    pictures: Mapping[str, str],
    evidence: Evidence | None = None,
) -> str:
    """Render the page. What came from a run is escaped.

    `pictures`: each figure as SVG, by name. They are shown where no script runs, and printed. `evidence`:
    what was measured of the schemes' security, if it was.
    """
    security = {
        arm.arm: (measured_of(evidence, arm.scheme), drills_of(evidence, arm.scheme))
        for arm in sorted_arms(summary)
        if arm.authenticates and arm.role == "arm"
    }
    context = {
        "summary": summary,
        "arms": sorted_arms(summary),
        "set_apart": set_apart,
        "words": sentences,
        "opening": opening,
        "cached": cached,
        "cost_at_gap": cost_at_gap,
        "caption": conditions.caption(summary),
        "conditions": conditions.conditions(summary),
        "findings": findings.finding_sentences(summary.findings),
        "security": {arm: found for arm, found in security.items() if any(found)},
        "security_reports": [header.run_id for header in evidence.headers] if evidence else [],
        "missing": findings.missing_figures(summary) if summary.status == "VALID" else [],
    }
    return render_framed("report/page.html.jinja", SECTIONS, summary.run_id, figures, pictures, context)
