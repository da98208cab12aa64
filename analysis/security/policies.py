"""What a refresh policy costs owners and leaves a thief, from the figures of the attack that tries it."""

import re
from dataclasses import dataclass

from authbench.contracts.card import RefreshPolicy
from authbench.contracts.security.attack import AttackReport, Cell, Figure

_LOGGED_OUT = re.compile(r"^owners logged out, (?P<tabs>\d+) tabs?, (?P<lost>[\d.]+)% of replies lost$")
_UNDETECTED = re.compile(r"^(?P<thief>thief .*), undetected$")


@dataclass(frozen=True)
class LoggedOut:
    """Owners who lost their login although nobody stole anything."""

    tabs: int
    lost_share: float
    """Share of the replies to a refresh that are lost."""
    share: Figure


@dataclass(frozen=True)
class PolicyTrade:
    """One policy, as tried on one scheme."""

    policy: RefreshPolicy
    scheme: str
    logged_out: tuple[LoggedOut, ...]
    undetected: dict[str, Figure]
    """By how the thief goes about it, in words."""


def policy_trades(report: AttackReport | None) -> list[PolicyTrade]:
    """Each policy that the attack report has figures of, in the order of `RefreshPolicy`."""
    found: dict[RefreshPolicy, PolicyTrade] = {}
    if report is None:
        return []
    for row in report.rows:
        for cell in row.cells if row.void is None else []:
            card = report.cards.get(cell.scheme)
            trade = None if card is None or card.refresh_policy is None else _trade(card.refresh_policy, cell)
            if trade is not None:
                found.setdefault(trade.policy, trade)
    return [found[policy] for policy in RefreshPolicy if policy in found]


def _trade(policy: RefreshPolicy, cell: Cell) -> PolicyTrade | None:
    """None: the cell has no figures of a refresh policy."""
    logged_out, undetected = [], {}
    for figure in cell.figures:
        if ended := _LOGGED_OUT.match(figure.name):
            logged_out.append(LoggedOut(int(ended["tabs"]), float(ended["lost"]) / 100, figure))
        elif thief := _UNDETECTED.match(figure.name):
            undetected[thief["thief"]] = figure
    if not logged_out or not undetected:
        return None
    return PolicyTrade(policy, cell.scheme, tuple(logged_out), undetected)
