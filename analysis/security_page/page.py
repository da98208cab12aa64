"""Render security.html: one file with the threat matrix, windows, failures, requirements and evidence."""

from collections.abc import Iterator, Mapping

from analysis.charts.render import svg_of
from analysis.records.summary import Summary
from analysis.report.frame import render_framed
from analysis.security import kinds, outcomes
from analysis.security.comparison import CRITERIA, SchemeFacts, all_facts
from analysis.security.evidence import Evidence
from analysis.security.matrix import threat_matrix
from analysis.security.policies import policy_trades
from analysis.security.requirements import check_requirements, rows_by_source
from analysis.security.trade import trade_points
from analysis.security.windows import KIND_WORDS, seconds
from analysis.security_page.figures import security_figures
from analysis.security_page.verdict import verdict
from authbench.contracts.security.drill import DrillOutcome, Objection

SECTIONS = "security_page/sections/"


def render_security_page(evidence: Evidence, summary: Summary | None = None) -> str:
    """Render the page. It is complete without a script and loads nothing. `summary`: a run with costs."""
    points, trades = trade_points(evidence, summary), policy_trades(evidence.attack)
    figures = security_figures(points, trades)
    facts = all_facts(evidence, summary)
    attack = evidence.attack
    drills = newest_drills(evidence)
    context: Mapping[str, object] = {
        "headers": evidence.headers,
        "headline": ", ".join(header.run_id for header in evidence.headers),
        "verdict": verdict(evidence),
        "summary": summary,
        "outcomes": outcomes,
        "kinds": kinds.MEANING,
        "kind_words": KIND_WORDS,
        "seconds": seconds,
        "matrix": threat_matrix(attack) if attack else None,
        "void": attack.void if attack else [],
        "denied": attack.denied if attack else [],
        "compared": compared_facts(evidence, facts),
        "criteria": CRITERIA,
        "all_facts": facts,
        "points": points,
        "trades": trades,
        "thieves": list(dict.fromkeys(thief for trade in trades for thief in trade.undetected)),
        "revocation": evidence.revocation,
        "drills": drills,
        "not_drilled": _not_drilled(drills),
        "objections": list(_objections(drills)),
        "checked": check_requirements(attack) if attack else {},
        "kinds_measured": list(kinds.by_kind(attack.cards, attack.schemes)) if attack else [],
        "known_rows": {row.id: row.name for row in attack.rows} if attack else {},
        "sources": rows_by_source(attack) if attack else {},
    }
    pictures = {name: svg_of(figure) for name, figure in figures.items()}
    return render_framed(
        "security_page/page.html.jinja", SECTIONS, _name(evidence), figures, pictures, context
    )


def compared_facts(evidence: Evidence, facts: list[SchemeFacts]) -> list[SchemeFacts]:
    """The scheme that stands for each kind."""
    names = kinds.examples(evidence.cards, evidence.schemes).values()
    return [one for one in facts if one.scheme in names]


def newest_drills(evidence: Evidence) -> list[DrillOutcome]:
    """Each drill as its newest report has it, in the order in which drills were first done."""
    found = {drill.drill: drill for report in evidence.drills for drill in report.drills}
    return list(found.values())


def _not_drilled(drills: list[DrillOutcome]) -> dict[tuple[str, str], list[str]]:
    """Schemes that a drill says nothing of, by drill and reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for drill in drills:
        for one in drill.schemes:
            if one.not_run is not None:
                found.setdefault((drill.drill, one.not_run), []).append(one.scheme)
    return found


def _objections(drills: list[DrillOutcome]) -> Iterator[tuple[str, str, Objection]]:
    for drill in drills:
        for one in drill.schemes:
            for objection in one.objections:
                yield drill.drill, one.scheme, objection


def _name(evidence: Evidence) -> str:
    """What files begin with that a reader saves from the page."""
    headers = evidence.headers
    return headers[0].run_id if headers else "security"
