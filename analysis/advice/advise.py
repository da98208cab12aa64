"""Say which schemes a context leaves, and why each other one is excluded."""

from collections.abc import Iterable, Mapping

from analysis.advice.advice import Advice, SchemeAdvice
from analysis.advice.context import Context
from analysis.advice.rules import RULES, Known
from analysis.records.summary import Summary
from analysis.security.comparison import arm_of
from analysis.security.evidence import Evidence
from analysis.security.kinds import kind_of
from authbench.contracts.card import Card
from authbench.system.discovery import unknown


def advise(
    context: Context,
    cards: Mapping[str, Card],
    schemes: Iterable[str],
    evidence: Evidence | None = None,
    summary: Summary | None = None,
) -> Advice:
    """Hold each scheme against the context: measured where a report or a run shows it, else by its card.

    `cards` and `schemes` may name arms of the run as well, whose cards know the settings of that arm.
    Schemes that authenticate nobody are left out. Failure for a scheme that has no card.
    """
    found = []
    for name in dict.fromkeys(schemes):
        if name not in cards:
            raise unknown("scheme", name, list(cards), "; authbench list")
        kind = kind_of(cards[name])
        if kind is None:
            continue
        arm = arm_of(summary, name)
        known = Known(cards[name], evidence or Evidence(), arm, summary.run_id if summary else "")
        reasons = [reason for rule in RULES for reason in rule(context, known)]
        found.append(
            SchemeAdvice(
                scheme=name,
                kind=kind,
                summary=cards[name].summary,
                remains=not any(reason.effect == "excludes" for reason in reasons),
                reasons=reasons,
            )
        )
    return Advice(
        said=dict(context.said()),
        reports=[header.run_id for header in evidence.headers] if evidence else [],
        schemes=found,
    )
