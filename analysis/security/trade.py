"""The trade as points: how long a revoked credential works, and what a request asks and costs."""

from dataclasses import dataclass

from analysis.records.summary import Summary
from analysis.security.comparison import arm_of
from analysis.security.evidence import Evidence
from analysis.security.kinds import SchemeKind, by_kind
from analysis.security.windows import windows_of
from authbench.contracts.card import Operation
from authbench.contracts.security.timeline import Revocation


@dataclass(frozen=True)
class TradePoint:
    """A scheme with its revocation window, its store commands and its latency: one point of the figure."""

    scheme: str
    kind: SchemeKind
    declared_s: float
    """Longest time a credential is accepted after its logout, by the card."""
    longest_s: float | None
    """The longest that was measured, at default lifetimes; None: not measured."""
    commands: float
    """Of one read: as counted by the run, else the most that the card declares."""
    p50_ms: float | None
    cpu_us: float | None
    """Above the control."""


def trade_points(evidence: Evidence, summary: Summary | None) -> list[TradePoint]:
    """One point for each scheme that has a card; costs where the run measured it."""
    cards = evidence.cards
    points = []
    for kind, schemes in by_kind(cards, evidence.schemes).items():
        for scheme in schemes:
            arm = arm_of(summary, scheme)
            declared = cards[scheme].store_commands.get(Operation.READ, {})
            counted = sum(one.per_request for one in arm.store_commands.values()) if arm else None
            logout = windows_of(evidence.revocation, scheme).get(Revocation.LOGOUT)
            p50 = arm.service_ms.get("p50") if arm else None
            points.append(
                TradePoint(
                    scheme=scheme,
                    kind=kind,
                    declared_s=cards[scheme].revocation_window_s,
                    longest_s=logout.longest_s if logout else None,
                    commands=float(sum(declared.values())) if counted is None else counted,
                    p50_ms=p50.value if p50 else None,
                    cpu_us=arm.cpu_minus_control_us.value if arm else None,
                )
            )
    return points
