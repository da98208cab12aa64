"""Every attack through a browser: its control falls, and the schemes do what is expected of them."""

import pytest

from authbench.contracts.security.attack import AttackOutcome, Cell
from loadtests.attacks.attack import Attack, find_attacks
from loadtests.attacks.in_browser.browser_attack import BROWSER, BrowserAttack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.run_attacks import Laboratory, attack_target
from tests.chromium import need_chromium

BLOCKED, REJECTED = AttackOutcome.BLOCKED, AttackOutcome.REJECTED
UNAUTHENTICATED, SUCCEEDED = AttackOutcome.UNAUTHENTICATED, AttackOutcome.SUCCEEDED
ATTACKS = {
    row: attack
    for row, attack in find_attacks().items()
    if issubclass(attack, BrowserAttack) and not attack.slow
}


@pytest.fixture(autouse=True, scope="module")
def browser() -> None:
    need_chromium("no attack goes through a browser")


def attacked(
    laboratory: Laboratory, scheme: str, attacks: list[type[Attack]], control: Control | None = None
) -> dict[str, Cell]:
    """All on one server, with one browser."""
    with laboratory.target(scheme, BROWSER, control) as target:
        return {attack.row: attack_target(attack(), target, scheme) for attack in attacks}


@pytest.mark.parametrize("scheme", sorted({attack.control.scheme for attack in ATTACKS.values()}))
def test_the_control_falls_by_every_way(laboratory: Laboratory, scheme: str) -> None:
    attacks = [attack for attack in ATTACKS.values() if attack.control.scheme == scheme]
    cells = attacked(laboratory, scheme, attacks, attacks[0].control)
    assert {row: cell.outcome for row, cell in cells.items()} == dict.fromkeys(cells, SUCCEEDED), cells


EXPECTED: dict[str, dict[str, AttackOutcome]] = {}
