"""Render report.html: the three answers first, then every section."""

from collections.abc import Mapping

from analysis.charts.figure import Figure, set_apart, sorted_arms
from analysis.records.summary import Summary
from analysis.report import cached, conditions, findings, opening, sentences
from analysis.report.frame import inline, render_framed
from analysis.report.panels.choices import Choices
from analysis.report.panels.what_if import Panel
from analysis.security.comparison import drills_of, measured_of
from analysis.security.evidence import Evidence
from analysis.summary.cached import cost_at_gap

SECTIONS = "report/sections/"
_PLANNING, _ADVISING = ("formulas", "plan", "what_if"), ("choices",)
"""Scripts of the two parts; both need `wording`."""


def render_page(
    summary: Summary,
    figures: Mapping[str, Figure],
    pictures: Mapping[str, str],
    evidence: Evidence | None = None,
    panel: Panel | None = None,
    choices: Choices | None = None,
) -> str:
    """Render the page. What came from a run is escaped.

    `pictures`: each figure as SVG, by name. They are shown where no script runs, and printed. `evidence`:
    what was measured of the schemes' security, if it was. `panel`: what a reader may plan with; None: no plan
    rests on the run. `choices`: what a reader may ask of schemes.
    """
    security = {
        arm.arm: (measured_of(evidence, arm.scheme), drills_of(evidence, arm.scheme))
        for arm in sorted_arms(summary)
        # A variant of another service may have the name of a scheme.
        if arm.authenticates and arm.declared and arm.role == "arm"
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
        "panel": panel,
        "panel_data": inline(panel.model_dump(mode="json")) if panel else "",
        "choices": choices,
        "choices_data": inline(choices.model_dump(mode="json")) if choices else "",
        "scripts": [f"report/scripts/{name}.js" for name in _scripts(panel, choices)],
        "missing": findings.missing_figures(summary) if summary.status == "VALID" else [],
    }
    return render_framed("report/page.html.jinja", SECTIONS, summary.run_id, figures, pictures, context)


def _scripts(panel: Panel | None, choices: Choices | None) -> list[str]:
    """Names of the scripts that the page's parts need, in their order."""
    needed = [*(_PLANNING if panel else ()), *(_ADVISING if choices else ())]
    return ["wording", *needed] if needed else []
