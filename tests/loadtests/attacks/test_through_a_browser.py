"""Every attack through a browser: its control falls, and the schemes do what is expected of them."""

import shutil
from collections.abc import Sequence
from typing import Any

import pytest

from authbench.contracts.security.attack import AttackOutcome, Cell
from loadtests.attacks.attack import Attack, find_attacks
from loadtests.attacks.browser_attack import BROWSER, REPRESENTATIVES, BrowserAttack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.run_attacks import AttackRequest, Laboratory, attack_target, run_attacks
from tests.chromium import need_chromium
from tests.loadtests.attacks.cards import CARDS

BLOCKED, REJECTED = AttackOutcome.BLOCKED, AttackOutcome.REJECTED
UNAUTHENTICATED, SUCCEEDED = AttackOutcome.UNAUTHENTICATED, AttackOutcome.SUCCEEDED
ATTACKS = {
    row: attack
    for row, attack in find_attacks().items()
    if issubclass(attack, BrowserAttack) and attack.condition == BROWSER and not attack.slow
}


@pytest.fixture(autouse=True, scope="module")
def browser() -> None:
    need_chromium("no attack goes through a browser")


def attacked(
    laboratory: Laboratory, scheme: str, attacks: Sequence[type[Attack]], control: Control | None = None
) -> dict[str, Cell]:
    """All on one server, with one browser."""
    with laboratory.target(scheme, BROWSER, control) as target:
        return {attack.row: attack_target(attack(), target, scheme) for attack in attacks}


@pytest.mark.parametrize("scheme", sorted({attack.control.scheme for attack in ATTACKS.values()}))
def test_the_control_falls(laboratory: Laboratory, scheme: str) -> None:
    attacks = [attack for attack in ATTACKS.values() if attack.control.scheme == scheme]
    cells = attacked(laboratory, scheme, attacks, attacks[0].control)
    assert {row: cell.outcome for row, cell in cells.items()} == dict.fromkeys(cells, SUCCEEDED), cells


COOKIE = {
    "A2": BLOCKED,
    "B1": BLOCKED,
    "B2": REJECTED,  # SameSite=Lax lets the link through; no GET changes anything here
    "B3": BLOCKED,
    "B4": REJECTED,
    "B5": REJECTED,
    "B7": REJECTED,
    "B8": BLOCKED,
    "C1": BLOCKED,
    "C2": BLOCKED,
    "C3": BLOCKED,
    "C4": SUCCEEDED,
    "C5": BLOCKED,
    "C6": BLOCKED,
}
BEARER = {
    **dict.fromkeys(("B1", "B2", "B3", "B4", "B5", "B8"), UNAUTHENTICATED),
    "A2": BLOCKED,
    "B7": REJECTED,
    **dict.fromkeys(("C1", "C2", "C3", "C4", "C5", "C6"), SUCCEEDED),
}
EXPECTED = {
    "session-redis": COOKIE,
    "session-signed-cookie": COOKIE,
    "session-cookie-cache": COOKIE,
    "jwt-cookie": COOKIE,
    "jwt-hs256": BEARER,
    "jwt-denylist": {**BEARER, "C5": REJECTED},
    "opaque-redis": {**BEARER, "C5": REJECTED},
    # Without a store of used proofs one that was overheard is good again, for as long as it is young.
    "jwt-dpop": {**BEARER, "C1": REJECTED},
}


def test_every_representative_is_expected_something() -> None:
    assert set(EXPECTED) == set(REPRESENTATIVES)


@pytest.mark.long
@pytest.mark.parametrize("scheme", sorted(EXPECTED))
def test_what_comes_of_all(laboratory: Laboratory, scheme: str) -> None:
    cells = attacked(laboratory, scheme, list(ATTACKS.values()))
    assert {row: cell.outcome for row, cell in cells.items()} == EXPECTED[scheme], cells
    for cell in cells.values():
        assert cell.worked_before
        assert cell.worked_after is (None if cell.row == "C5" else True)
        assert cell.evidence


def test_a_scheme_that_browsers_treat_as_another_is_left_out() -> None:
    for attack in ATTACKS.values():
        card = CARDS["session-redis-hash"]
        stand_in = attack.stand_in("session-redis-hash", card)
        assert stand_in is not None
        assert stand_in.scheme == "session-redis"
        assert attack.stand_in("session-redis", CARDS["session-redis"]) is None
        assert attack.stand_in("my.module:Scheme", card) is None


@pytest.mark.parametrize("scheme", sorted(set(CARDS) - set(REPRESENTATIVES) - {"none"}))
def test_a_scheme_is_left_to_one_that_ends_a_stolen_credential_in_the_same_way(scheme: str) -> None:
    card = CARDS[scheme]
    stand_in = ATTACKS["C5"].stand_in(scheme, card)
    assert stand_in is not None
    other = CARDS[stand_in.scheme]
    assert (other.carrier, other.client, other.refreshes) == (card.carrier, card.client, card.refreshes)
    assert other.logout_ends_credential == card.logout_ends_credential


def test_without_a_browser_a_row_is_not_run_and_not_void(monkeypatch: pytest.MonkeyPatch) -> None:
    which = shutil.which

    def no_browser(name: str, *more: Any, **named: Any) -> str | None:
        return None if "chrom" in name else which(name, *more, **named)

    monkeypatch.setattr(shutil, "which", no_browser)
    request = AttackRequest(["session-redis", "session-sql"], ["B1"], False, CARDS, "x", say=lambda _: None)
    report = run_attacks(request)
    (row,) = report.rows
    assert row.void is None
    assert report.header.browser is None
    tried, left_out = row.cells
    assert tried.outcome is left_out.outcome is AttackOutcome.NOT_RUN
    assert "install Chromium" in tried.reason
    assert left_out.same_as == "session-redis"
